"""The chart of stock against fill rate, one line for each policy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, PercentFormatter

from forecasting.simulation.comparison import EXPERIENCE, Contest

SIZE_INCHES: Final = (9.0, 5.5)
LOWEST: Final = 0.6
"""Fill rates below it interest nobody."""


def draw_chart(result: Contest, fill_rates: tuple[float, ...], path: Path, title: str) -> None:
    """Write a PNG. Dotted lines stand at the fill rates of the comparison.

    Raises:
        OSError: the file cannot be written.
    """
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    axes = FigureCanvasAgg(figure).figure.add_subplot()
    scale = "linear"  # where no policy ever holds a unit there is nothing to take the logarithm of
    for name, curve in result.curves.items():
        fill, stock = np.maximum.accumulate(curve.outcome.fill_rate), curve.outcome.average_on_hand
        shown = (fill >= min(LOWEST, *fill_rates)) & (fill < 0.9995) & (stock > 0)
        scale = "log" if shown.any() else scale
        is_experience = name == EXPERIENCE
        axes.plot(
            fill[shown], stock[shown], label=name, lw=2.5 if is_experience else 1.5, color="black" if is_experience else None
        )
    for rate in fill_rates:
        axes.axvline(rate, color="grey", ls=":", lw=1)
    axes.set(
        title=title, xlabel="fill rate (share of units served at once)", ylabel="average stock on hand, units", yscale=scale
    )
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(which="both", alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(path, format="png", dpi=120)
