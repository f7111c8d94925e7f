"""How cost grows with the number of SKUs: a power law through the largest sizes, and a chart on logarithmic axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

LARGEST: Final = 3
"""So many sizes at most are fitted: at the small ones what has to be done once hides the growth."""


@dataclass(frozen=True, slots=True)
class Growth:
    """cost = `factor` · SKUs^`exponent`."""

    factor: float
    exponent: float

    def at(self, skus: float) -> float:
        """The cost of so many."""
        return float(self.factor * skus**self.exponent)


def growth(costs: Sequence[tuple[int, float]]) -> Growth:
    """Least squares in logarithms over the `LARGEST` sizes; at least two, costs above zero."""
    skus, cost = np.log(np.array(sorted(costs)[-LARGEST:], np.float64)).T
    exponent, constant = np.polyfit(skus, cost, 1)
    return Growth(float(np.exp(constant)), float(exponent))


def draw(costs: Mapping[str, Sequence[tuple[int, float]]], upto: int, path: Path) -> None:
    """Write a PNG: points as measured, by what was done; lines as they grow, dotted beyond what was measured."""
    figure = Figure(figsize=(8.0, 5.5), layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    for number, (name, points) in enumerate(costs.items()):
        color, (skus, seconds) = f"C{number}", zip(*sorted(points), strict=True)
        label = name
        if len(points) > 1:
            found = growth(points)
            label = f"{name}: SKUs^{found.exponent:.2f}"
            if max(skus) < upto:
                axes.plot([max(skus), upto], [found.at(max(skus)), found.at(upto)], ":", color=color)
        axes.plot(skus, seconds, "o-", color=color, label=label)
    axes.set(xscale="log", yscale="log", xlabel="SKUs, 104 weeks each", ylabel="CPU seconds", title="What forecasting costs")
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(which="both", alpha=0.25)
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=120)
