"""Why so many: steps in whole units that add up to the order, exactly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from forecasting.calendar.ahead import EVENTS
from forecasting.parameters import Floats
from forecasting.suggestions.ordering import Ordered
from forecasting.suggestions.outlook import Outlook
from forecasting.suggestions.position import OpenOrder, Positions, Units
from forecasting.suggestions.raising import Raised

SAFETY: Final = ("demand noise", "lead-time noise", "service target")
"""One standard deviation of demand; what the uncertain lead time adds to it; what the target asks beyond it, or short of it."""


PLANNED: Final = "planned promotion or price"
"""What is expected because of it."""
_APART: Final = ("planned ", EVENTS)
"""How names of steps begin that tell of demand which comes of a plan, or of events."""
LOST: Final = "lost before it arrives"
"""Expected to find no stock, and no customer who waits: it takes nothing from what is to come."""
ORDER, ANNOUNCED = "order ", "ASN "
"""How names of steps begin that tell of what is to come: of an open order, or of a notice of what comes of one."""
LASTS, WAITS_FOR_ORDER = "lasts until the next joint order", "waits for the next joint order"
"""Bought early so that the supplier is ordered from less often; or not ordered until more is needed of it."""
PRICE_BREAK: Final = "price break"
"""Bought early because as many are cheaper."""
FILLS, WAITS = "supplier's minimum", "waits for the supplier's minimum"
"""Bought early so that the supplier takes the order; or not ordered until it does."""


class Step(NamedTuple):
    """One bar of the waterfall: what it is called, and the units it adds, or takes away."""

    name: str
    units: int


def parts_of_level(outlook: Outlook) -> dict[str, Units]:
    """The level, part by part, whole units: expected demand, what comes of events and of a plan apart, then the safety stock.
    They add up to `Outlook.level`."""
    usual, sure = np.asarray(outlook.usual.sd), np.asarray(outlook.sure.sd)
    expected = outlook.until_arrival + outlook.over_review
    unplanned = expected if outlook.of_plan is None else expected - outlook.of_plan
    ordinary = unplanned if outlook.of_events is None else unplanned - outlook.of_events
    share = ordinary / np.where(expected > 0, expected, 1.0)
    through = {
        "demand until arrival": outlook.until_arrival * share,
        "review cover": ordinary,
        EVENTS: unplanned,
        PLANNED: expected,
        SAFETY[0]: expected + usual,
        SAFETY[1]: expected + sure,
        SAFETY[2]: outlook.level,
    }
    return dict(zip(through, _differences(through.values()), strict=True))


def _to_come(order: OpenOrder) -> Step:
    return Step(f"{ANNOUNCED}{order.asn_id}" if order.asn_id else f"{ORDER}{order.document}", -order.units)


def apart(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Those that tell of demand which comes of a plan, or of events."""
    return tuple(step for step in steps if step.name.startswith(_APART))


def _differences(sums: Iterable[Floats]) -> Iterable[Units]:
    """Whole parts of sums so far: each sum is rounded, so no part is off by more than one and all of them add up."""
    before: Units | int = 0
    for so_far in sums:
        now = np.rint(so_far).astype(np.int64)
        yield now - before
        before = now


def waterfall(item: int, parts: dict[str, Units], positions: Positions, order: Ordered, more: Raised) -> tuple[Step, ...]:
    """The steps of one item, those of zero units left out.

    Args:
        item: its place.
        parts: from `parts_of_level`.
        order: what is needed; `more` what became of it, in the end.
    """
    steps = [Step(name, int(units[item])) for name, units in parts.items()]
    steps.append(Step("on hand", -int(positions.on_hand[item])))
    steps.append(Step("on hold", int(positions.on_hold[item])))
    steps += [_to_come(one) for one in positions.open_orders[item]]
    steps.append(Step("reserved", int(positions.reserved[item])))
    steps.append(Step("backordered", int(positions.backordered[item])))
    need = sum(step.units for step in steps)
    steps.append(Step("covered already", int(order.needed[item]) - need))
    steps.append(Step("minimum order", int(order.at_minimum[item] - order.needed[item])))
    steps.append(Step("whole packs", int(order.in_packs[item] - order.at_minimum[item])))
    steps.append(Step("most that may be ordered", int(order.within_most[item] - order.in_packs[item])))
    steps.append(Step("budget", int(more.budgeted[item] - order.within_most[item])))
    cycle = int(more.for_cycle[item] - more.budgeted[item])
    steps.append(Step(LASTS if cycle > 0 else WAITS_FOR_ORDER, cycle))
    steps.append(Step(PRICE_BREAK, int(more.at_break[item] - more.for_cycle[item])))
    steps.append(Step(WAITS if more.waits[item] else FILLS, int(more.for_minimum[item] - more.at_break[item])))
    assert sum(step.units for step in steps) == more.for_minimum[item], steps
    return tuple(step for step in steps if step.units)
