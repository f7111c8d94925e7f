"""What happened in a replay: counted while it runs, summed up when it ends."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from gateway.replay.actions import Action, PlaceOrder, Plan
from gateway.replay.answers import RETRY_STATUSES, Answer

NAMES: Final = {
    "PlaceOrder": "orders",
    "CancelOrder": "cancellations",
    "EditLines": "line edits",
    "ReturnGoods": "returns",
    "AdjustStock": "stock corrections",
    "ShipOrder": "shipments",
    "DeliverOrder": "deliveries",
    "Product": "products",
    "OpeningStock": "opening stock",
}
UNANSWERED: Final = "unanswered"
BUSINESS: Final = frozenset({"insufficient-stock", "wrong-state", "not-on-order"})
"""Why a shop says no: what happened in the file cannot happen in the system. Any other refusal is a fault of somebody's."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Exact percentiles of the time from first sending a request to its last answer, in milliseconds."""

    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal: what was asked for, at which row of the file, and the system's reason."""

    kind: str
    subject: str
    row: int
    problem: str
    detail: str


@dataclass(slots=True)
class Counted:
    """How often one kind of action was sent, done, refused, and held back because an earlier step had not happened."""

    planned: int = 0
    accepted: int = 0
    refused: int = 0
    held_back: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The summary of a replay. `seconds` is the timed part, without products and opening stock."""

    plan: Plan
    seconds: float
    setup_seconds: float
    counted: dict[str, Counted]
    order_states: dict[str, int]
    units_ordered: int
    units_reserved: int
    units_backordered: int
    lines_ordered: int
    lines_reserved: int
    refused: tuple[Refused, ...]
    latency: dict[str, Latency]
    retries: dict[str, int]

    @property
    def orders_per_second(self) -> float:
        """Orders answered per second of the timed part, everything else that happened in it included."""
        orders = self.counted["orders"]
        return (orders.accepted + orders.refused) / self.seconds if self.seconds else 0.0

    @property
    def lines_per_second(self) -> float:
        """Order lines decided per second of the timed part."""
        return self.lines_ordered / self.seconds if self.seconds else 0.0

    @property
    def requests_per_second(self) -> float:
        """Answered requests per second of the timed part; a batch is one request."""
        return self.latency["all"].requests / self.seconds if self.seconds else 0.0

    @property
    def refusals(self) -> dict[tuple[str, str], int]:
        """How often each kind of action was refused for which problem."""
        return dict(Counter((item.kind, item.problem) for item in self.refused))

    @property
    def rejected_orders(self) -> tuple[Refused, ...]:
        """Orders that the system did not take."""
        return tuple(item for item in self.refused if item.kind == "orders")

    @property
    def refused_by_fault(self) -> tuple[Refused, ...]:
        """What was refused for other reasons than those of business."""
        return tuple(item for item in self.refused if item.problem not in BUSINESS and item.problem != UNANSWERED)

    @property
    def complete(self) -> bool:
        """True when every action was answered, be it by a refusal."""
        return not any(counted.unanswered for counted in self.counted.values())

    def to_dict(self) -> dict[str, Any]:
        """Everything of the summary as plain JSON values; of the plan only its size."""
        shown = {name: getattr(self, name) for name in self.__slots__ if name not in ("plan", "refused", "counted")}
        plan = self.plan
        return {
            "source": plan.source,
            "first_day": plan.first_day and plan.first_day.isoformat(),
            "last_day": plan.last_day and plan.last_day.isoformat(),
            "trading_days": plan.trading_days,
            "rows": plan.rows,
            "orders_per_second": self.orders_per_second,
            "lines_per_second": self.lines_per_second,
            "requests_per_second": self.requests_per_second,
            "counted": {kind: asdict(counted) for kind, counted in self.counted.items()},
            "refused": [asdict(item) for item in self.refused],
            "refused_by_fault": len(self.refused_by_fault),
            "skipped_lines": {item.code: item.lines for item in plan.skipped},
            "bad_rows": [asdict(row) for row in plan.bad],
        } | {name: _plain(value) for name, value in shown.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: asdict(item) if isinstance(item, Latency) else item for key, item in value.items()}
    return value


@dataclass(slots=True)
class Tally:
    """Counts while a replay runs."""

    counted: defaultdict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    order_states: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    times_s: defaultdict[str, array[float]] = field(default_factory=lambda: defaultdict(lambda: array("d")))

    def note(self, kind: str, subject: str, row: int, answer: Answer) -> bool:
        """Count an answer, and say whether it was a yes."""
        counted = self.counted[kind]
        if answer.accepted:
            counted.accepted += 1
            return True
        if answer.status in RETRY_STATUSES:
            counted.unanswered += 1
            self.refused.append(Refused(kind, subject, row, UNANSWERED, answer.body.detail or answer.problem))
        else:
            counted.refused += 1
            self.refused.append(Refused(kind, subject, row, answer.problem, answer.body.detail or answer.body.title))
        return False

    def note_order(self, order: PlaceOrder, answer: Answer) -> None:
        """Count what became of an order's lines."""
        ordered = sum(quantity for _, quantity in order.lines)
        self.units["ordered"] += ordered
        self.lines["ordered"] += len(order.lines)
        if answer.accepted:
            self.order_states[answer.body.state or "accepted"] += 1
            lines = answer.body.lines or ()
            self.units["reserved"] += sum(line.quantity_reserved for line in lines)
            self.units["backordered"] += sum(line.quantity_backordered for line in lines)
            self.lines["reserved"] += sum(line.quantity_reserved >= line.quantity > 0 for line in lines)
        elif answer.status not in RETRY_STATUSES:
            self.order_states["rejected"] += 1

    def outcome(self, plan: Plan, *, seconds: float, setup_seconds: float, retries: Counter[str]) -> Outcome:
        """Sum up."""
        everything = array("d")
        for times in self.times_s.values():
            everything.extend(times)
        latency = {kind: latency_of(times) for kind, times in self.times_s.items()} | {"all": latency_of(everything)}
        return Outcome(
            plan=plan,
            seconds=seconds,
            setup_seconds=setup_seconds,
            counted={kind: self.counted[kind] for kind in NAMES.values()},
            order_states=dict(self.order_states),
            units_ordered=self.units["ordered"],
            units_reserved=self.units["reserved"],
            units_backordered=self.units["backordered"],
            lines_ordered=self.lines["ordered"],
            lines_reserved=self.lines["reserved"],
            refused=tuple(self.refused),
            latency=latency,
            retries=dict(retries),
        )


def kind_of(action: Action) -> str:
    """The word for an action in the summary."""
    return NAMES[type(action).__name__]


def latency_of(times_s: Sequence[float]) -> Latency:
    """Percentiles by the nearest rank: each is a time that really occurred. All 0 when nothing was sent."""
    ranked = sorted(times_s) or [0.0]
    p50, p95, p99 = (1000.0 * ranked[max(0, math.ceil(share * len(ranked)) - 1)] for share in (0.5, 0.95, 0.99))
    return Latency(len(times_s), p50, p95, p99, 1000.0 * ranked[-1])
