"""A stock policy replayed for one SKU in plain Python, one unit of thought at a time: what the fast replay must equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from forecasting.stock_policy.rounding import OrderLimits, Rounding, order_quantity


@dataclass
class SlowOutcome:
    """Sums over the scored periods."""

    demand: float = 0
    served: float = 0
    on_hand: float = 0
    closing: float = 0
    waiting: float = 0
    stock_outs: int = 0
    cycles: int = 0
    clean_cycles: int = 0
    orders: int = 0
    ordered: float = 0


@dataclass
class SlowShop:
    """One SKU: shelves, the orders on their way as (arrival, units), the units customers wait for."""

    shelf: int = 0
    backlog: int = 0
    under_way: list[tuple[int, int]] = field(default_factory=list)

    @property
    def position(self) -> int:
        return self.shelf - self.backlog + sum(units for _, units in self.under_way)


def slow_replay(
    demand: list[int],
    scored: list[bool],
    need: Callable[[int, int], int],
    lead_times: list[int],
    review: int,
    opens: int,
    lost_sales: bool,
    limits: OrderLimits,
    rounding: Rounding,
) -> SlowOutcome:
    """`need(period, position)`: units the policy asks for, zero or less for none."""
    shop, found, had_stock_out = SlowShop(), SlowOutcome(), False
    for now, wanted in enumerate(demand):
        if now < opens:
            continue
        if now == opens:
            shop.shelf += order_quantity(max(need(now, 0), 0), limits, rounding)
        ordered = order_quantity(max(need(now, shop.position), 0), limits, rounding) if now % review == 0 else 0
        if ordered:
            shop.under_way.append((now + lead_times[now], ordered))
        arrived = sum(units for due, units in shop.under_way if due == now)
        shop.under_way = [(due, units) for due, units in shop.under_way if due != now]
        late = min(arrived, shop.backlog)
        shop.backlog -= late
        shop.shelf += arrived - late
        before = shop.shelf
        served = min(shop.shelf, wanted)
        shop.shelf -= served
        if not lost_sales:
            shop.backlog += wanted - served
        clean = arrived > 0 and not had_stock_out
        had_stock_out = (had_stock_out and not arrived) or served < wanted
        if scored[now]:
            found.demand += wanted
            found.served += served
            found.on_hand += (before + shop.shelf) / 2
            found.closing += shop.shelf
            found.waiting += shop.backlog
            found.stock_outs += served < wanted
            found.cycles += arrived > 0
            found.clean_cycles += clean
            found.orders += ordered > 0
            found.ordered += ordered
    return found
