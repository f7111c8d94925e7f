"""The chart of one series: history with stock-outs and days of events shaded, the fan of what is expected, past forecasts
against what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from forecasting.metrics import LEVELS
from forecasting.panel.panel import Cells
from forecasting.panel.periods import Periods
from forecasting.parameters import Floats

SIZE_INCHES: Final = (11.0, 6.0)
SHOWN: Final = {"day": 180, "week": 104, "month": 60}
"""Latest periods of history that are shown."""
SOME_SHORT: Final = 0.999
INK, HISTORY, SHADE, OCCASION = "#1f5a99", "#444444", "#d9534f", "#e0a800"


@dataclass(frozen=True, slots=True, eq=False)
class PastForecast:
    """What was said of one sum: after which day, its mean and quantiles, and what came (NaN when not known)."""

    cutoff: date
    mean: float
    quantiles: Sequence[float]
    actual: float


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One series to be drawn.

    Attributes:
        title: of the chart.
        periods: of the history; the horizon follows.
        units: shape (periods,); NaN while not on sale.
        in_stock_share: likewise, or None.
        mean, quantiles: of the sum over the horizon, the latter at `LEVELS`; None when nothing is forecast.
        by_period: mean of its periods.
        past: forecasts made before.
        events: first and last days of those that were known.
    """

    title: str
    periods: Periods
    units: Cells
    in_stock_share: Cells | None
    mean: float
    quantiles: Floats
    by_period: Floats
    past: Sequence[PastForecast]
    events: Sequence[tuple[date, date]] = ()


def draw(story: Story) -> bytes:
    """A PNG."""
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, height_ratios=(3, 2), sharex=True)
    # a title is data: a dollar sign in a SKU begins no formula
    above.set_title(story.title, parse_math=False)
    begin, end = _days_shown(story)
    _history(above, story)
    _events(above, story)
    _fan(above, story)
    _past(below, story, begin)
    above.set_xlim(begin, end)
    above.set_ylabel(f"units per {story.periods.frequency}")
    below.set_ylabel(f"units in {_horizon(story)}")
    for axes in (above, below):
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]  # as in Matplotlib
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.grid(alpha=0.25)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
        if axes.get_legend_handles_labels()[0]:  # beside the plot: whatever the demand, it hides none of it
            axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    into = BytesIO()
    figure.savefig(into, format="png", dpi=100, metadata={"Software": None})
    return into.getvalue()


def _days_shown(story: Story) -> tuple[np.datetime64, np.datetime64]:
    """From the first period of history that is shown (the first forecast, where there is none) to the end of the horizon."""
    latest = min(SHOWN[story.periods.frequency.value], len(story.periods))
    ahead = story.periods.ahead(len(story.by_period))
    told = (np.datetime64(one.cutoff, "D") for one in story.past)
    begin = story.periods.starts[-latest] if latest else min([ahead.starts[0], *told])
    return begin, ahead.ends[-1] + np.timedelta64(1, "D")


def _horizon(story: Story) -> str:
    count = len(story.by_period)
    return f"{count} {story.periods.frequency}s" if count > 1 else f"a {story.periods.frequency}"


def _history(axes: Axes, story: Story) -> None:
    latest = min(SHOWN[story.periods.frequency.value], len(story.periods))
    if not latest:
        return
    starts, ends = story.periods.starts[-latest:], story.periods.ends[-latest:]
    shown = story.units[-latest:]
    edges = np.append(starts, ends[-1:] + np.timedelta64(1, "D"))
    axes.step(edges, np.append(shown, shown[-1:]), where="post", color=HISTORY, lw=1, label="wanted")
    if story.in_stock_share is None:
        return
    label: str | None = "stock-out"
    for first, last, share in zip(starts, ends, story.in_stock_share[-latest:], strict=True):
        if share < SOME_SHORT:
            axes.axvspan(
                first, last + np.timedelta64(1, "D"), color=SHADE, alpha=0.12 + 0.3 * float(1 - share), lw=0, label=label
            )
            label = None


def _events(axes: Axes, story: Story) -> None:
    """A light stripe behind the days of each event that lie in what is shown."""
    latest = min(SHOWN[story.periods.frequency.value], len(story.periods))
    shown = story.periods.ahead(len(story.by_period))
    begins = story.periods.starts[-latest].item() if latest else shown.first
    label: str | None = "event"
    for first, last in _joined(story.events):
        if last >= begins and first <= shown.last_day:
            end = min(last, shown.last_day) + timedelta(1)
            begin, stop = (date2num(day) for day in (max(first, begins), end))  # type: ignore[no-untyped-call]  # as in Matplotlib
            axes.axvspan(begin, stop, color=OCCASION, alpha=0.25, lw=0.8, label=label)
            label = None


def _joined(spans: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """The same days, those of spans that overlap or follow each other in one."""
    found: list[tuple[date, date]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + timedelta(1):
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _fan(axes: Axes, story: Story) -> None:
    """Quantiles of the sum, spread over the periods as the mean is: how wide the sum is, not each period."""
    if not np.isfinite(story.mean):
        return
    ahead = story.periods.ahead(len(story.by_period))
    edges = np.append(ahead.starts, ahead.ends[-1:] + np.timedelta64(1, "D"))
    share = story.by_period / story.mean if story.mean > 0 else np.full(len(story.by_period), 1 / len(story.by_period))

    def steps(total: float) -> Floats:
        values = total * share
        return np.append(values, values[-1:])

    lower = np.zeros(len(edges))
    for place, level in enumerate(LEVELS):
        upper = steps(float(story.quantiles[place]))
        label = f"enough in {level:.0%} of cases" if level in (0.5, 0.9, 0.99) else None
        axes.fill_between(edges, lower, upper, step="post", color=INK, alpha=0.6 - 0.08 * place, lw=0, label=label)
        lower = upper
    expected = f"{story.mean:,.0f}" if story.mean >= 100 else f"{story.mean:,.1f}"
    label = f"expected: {expected} in {_horizon(story)}"
    axes.step(edges, steps(story.mean), where="post", color="black", lw=1.5, label=label)


def _past(axes: Axes, story: Story, begin: np.datetime64) -> None:
    axes.set_title(f"sums over {_horizon(story)}, as forecast after each day, and what came", fontsize=9)
    past = [one for one in story.past if np.datetime64(one.cutoff, "D") >= begin]
    if not past:
        return
    days = np.array([one.cutoff for one in past], "datetime64[D]")
    quantiles = np.array([one.quantiles for one in past])
    middle, high, highest = (quantiles[:, LEVELS.index(level)] for level in (0.5, 0.9, 0.99))
    axes.vlines(days, middle, highest, color=INK, lw=3, alpha=0.3, label="enough in 50% to 99%")
    axes.vlines(days, middle, high, color=INK, lw=6, alpha=0.5, label="enough in 50% to 90%")
    axes.plot(days, [one.mean for one in past], "_", color="black", ms=14, label="expected")
    came = np.array([one.actual for one in past])
    if np.isfinite(came).any():
        axes.plot(days, came, "o", color=SHADE, ms=5, label="came")
