"""Replenishment suggestions: what a run of planning says should be ordered of a SKU in a warehouse, and what became of it.

Why it says so (`Explanation`) is in the event and in the rows; memory keeps only what a decision needs.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from actors.kernel.messages import Message

OPEN, APPROVED, OVERRIDDEN, REJECTED, SUPERSEDED, CLOSED = (
    "open", "approved", "overridden", "rejected", "superseded", "closed",
)  # fmt: skip
"""States. `superseded`: a later run put another in its place; `closed`: a later run found nothing to order."""
DECIDED: Final = frozenset({APPROVED, OVERRIDDEN, REJECTED})
MOST_SUGGESTIONS: Final = 1000
"""In one batch of a run."""
SEVERITIES: Final = ("none", "information", "soon", "urgent")
"""How soon somebody should look, from nothing on: customers are sent away (urgent), something is not as agreed (soon)."""
SEVERITY_OF: Final = {
    "out_of_stock": 3, "runs_out": 3, "late_order": 2, "limits_contradict": 2, "budget": 2, "below_minimum": 2, "overstock": 1,
    "phase_out": 1, "price_break": 1, "fills_minimum": 1, "waits_for_minimum": 1, "lasts_cycle": 1,
    "waits_for_order": 1, "event_left_out": 1,
}  # fmt: skip
"""Places in `SEVERITIES` of the warnings there are."""


class Step(Message, frozen=True, array_like=True, gc=False):
    """One bar of the waterfall from demand to order: steps add up to the quantity."""

    name: str
    units: int


class Explanation(Message, frozen=True, array_like=True, gc=False):
    """Why so many. Chances are of a stock-out before the next order arrives, without this order and with it. `expected_demand`
    is what the run expects to be wanted over `protection_days`, which the order has to last for; None when it has not said.
    `drivers` are what it is made of: steps that add up to it, rounded."""

    steps: tuple[Step, ...]
    chance_without: float
    chance_with: float
    days_of_supply: float | None = None
    expected_demand: float | None = None
    protection_days: float | None = None
    drivers: tuple[Step, ...] = ()


class NewSuggestion(Message, frozen=True, array_like=True, gc=False):
    """A suggestion as a run makes it. `unit_price` is a decimal text, empty when nobody has said; `target` a chance between
    0 and 1; `money_at_risk` counts hundredths of the currency's unit. `order_by` is the first day on which the supplier takes
    the order, `expected_on` that of its arrival when it is placed by then; empty when nobody has said."""

    sku: str
    warehouse: str
    supplier: str
    quantity: int
    unit_price: str
    target: float
    grade: str
    money_at_risk: int
    warnings: tuple[str, ...]
    explanation: Explanation
    order_by: str = ""
    expected_on: str = ""


class Suggestion(Message, frozen=True, array_like=True, gc=False):
    """The latest suggestion for a SKU in a warehouse. What follows `state` is about its decision.

    `decided` are the units that were decided on, `until` the last day of an override, `number` counts decisions.
    """

    id: str
    run_id: str
    sku: str
    warehouse: str
    supplier: str
    quantity: int
    unit_price: str
    target: float
    grade: str
    money_at_risk: int
    warnings: tuple[str, ...]
    made_at: int
    expires_on: str
    state: str = OPEN
    decided: int = 0
    decided_at: int = 0
    actor: str = ""
    reason: str = ""
    until: str = ""
    number: int = 0
    purchase_id: str = ""
    order_by: str = ""
    expected_on: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is about: there is one at a time."""
        return self.sku, self.warehouse

    @property
    def severity(self) -> int:
        """That of its most severe warning, as a place in `SEVERITIES`."""
        return max(
            (SEVERITY_OF[warning] for warning in self.warnings if warning in SEVERITY_OF), default=int(bool(self.warnings))
        )


class MadeWith(Message, frozen=True, array_like=True, gc=False):
    """What a run of planning was made with: days between two orders, what holding a unit for a year costs as a share of its
    price, how many days before it is needed a unit may be bought, and whether what finds no stock is lost."""

    review_days: float
    holding: float
    early_days: float
    lost_sales: bool = False


class LeftOut(Message, frozen=True, array_like=True, gc=False):
    """An item of a run that was not taken, and why."""

    sku: str
    warehouse: str
    reason: str


def suggestion_id(run_id: str, sku: str, warehouse: str) -> str:
    """What the suggestion of a run for an item is called, the same every time."""
    return blake2b("\x1f".join((run_id, sku, warehouse)).encode(), digest_size=12).hexdigest()


def as_made(new: NewSuggestion, run_id: str, made_at: int, expires_on: str) -> Suggestion:
    """What memory keeps of a new suggestion."""
    return Suggestion(
        suggestion_id(run_id, new.sku, new.warehouse), run_id, new.sku, new.warehouse, new.supplier, new.quantity,
        new.unit_price, new.target, new.grade, new.money_at_risk, new.warnings, made_at, expires_on,
        order_by=new.order_by, expected_on=new.expected_on,
    )  # fmt: skip
