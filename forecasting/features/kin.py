"""Features of the groups a series belongs to: how demand of each has grown beyond the levels of its series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from forecasting.features.column import Column, Known
from forecasting.features.demand import LENGTHS
from forecasting.features.groups import CATEGORY
from forecasting.features.view import View
from forecasting.features.windows import Windows
from forecasting.panel.panel import Cells
from forecasting.parameters import Floats

FEWEST_GROUPS: Final = 8
"""With fewer groups their growth tells little more than the date, and a model takes the one for the other."""


def kin_columns(view: View) -> Iterator[Column]:
    """For each grouping the growth over a short and a long window, its size, and its growth in the same stretch a year ago; of
    categories in place of the size what a series of it is usually wanted, beside this one.

    These are encodings of categories that cannot leak: each is made of demand up to the origin.
    """
    history, (_, short, _, long, *_) = view.history, LENGTHS[view.frequency]
    for group, came, base, count in history.groups:
        demand, expected = Windows(came, view.origins), Windows(base, view.origins)
        if group.count >= FEWEST_GROUPS:
            for length in (short, long):
                growth = _log_ratio(demand.total(length), expected.total(length))
                yield Column(f"growth of {group.name} in {length}", Known.PAST, growth[group.member])
            if group.name != CATEGORY:
                size = np.log1p(demand.total(view.quarter)).astype(np.float32)
                yield Column(f"size of {group.name}", Known.PAST, size[group.member])
        if group.name == CATEGORY:
            usual = expected.total(long) / np.maximum(Windows(count, view.origins).total(long), 1)
            yield Column(f"level of {group.name}", Known.PAST, _log_ratio(usual[group.member], view.scale))
        back = view.year * -(-view.protection // view.year)
        if history.demand.shape[1] > back:
            then = demand.total(view.protection, back - view.protection) / view.protection
            growth = _log_ratio(then, demand.total(view.quarter, back) / view.quarter)
            growth[:, view.origins < back + view.quarter - 1] = np.nan
            yield Column(f"season of {group.name}", Known.PAST, growth[group.member])


def _log_ratio(over: Floats, under: Floats) -> Cells:
    """NaN where one of them is zero."""
    known = (over > 0) & (under > 0)
    return np.where(known, np.log(np.where(known, over, 1) / np.where(known, under, 1)), np.nan).astype(np.float32)
