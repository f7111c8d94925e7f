"""A load of orders with the shape of a shop, each run with SKUs and orders of its own names, and how to take it back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import cycle, islice
from typing import Final

from gateway.replay.actions import AdjustStock, CancelOrder, PlaceOrder, Plan, Product, Quantity
from gateway.replay.generated import generated_lines
from gateway.replay.plan import make_plan

PREFIX: Final = "bench-"
MOST_UNITS_PER_LINE: Final = 1000
"""The shop's one giant order is left out: it says nothing about speed."""


def load_plan(count: int, run: str, most_lines: int | None = None) -> Plan:
    """So many orders of the generated shop (from the first again when it has no more), with enough stock for all of them.

    Args:
        run: names the run's orders, `bench-RUN-1` and so on: another run is other work.
        most_lines: cuts orders to so many lines; the shop's have some twenty.
    """
    shop = make_plan(generated_lines())
    models = [action for action in shop.actions if isinstance(action, PlaceOrder) and _ordinary(action)]
    orders = tuple(
        replace(model, row=number, order_id=f"{PREFIX}{run}-{number}", reference=run, lines=_named(model, most_lines))
        for number, model in enumerate(islice(cycle(models), count), 1)
    )
    wanted: Counter[str] = Counter()
    for order in orders:
        for sku, quantity in order.lines:
            wanted[sku] += quantity
    return replace(
        shop,
        fingerprint=f"{PREFIX}{run}",
        rows=sum(len(order.lines) for order in orders),
        products=tuple(Product(sku, f"{sku} (of skuld bench)") for sku in wanted),
        opening=tuple(Quantity(sku, units) for sku, units in wanted.items()),
        actions=orders,
        skipped=(),
        bad=(),
    )


def taking_back(plan: Plan) -> tuple[Plan, Plan]:
    """What undoes a load: first every order is cancelled, then its stock is written off."""
    orders = [action for action in plan.actions if isinstance(action, PlaceOrder)]
    cancels = tuple(CancelOrder(order.row, None, order.order_id) for order in orders)
    counts = enumerate(plan.opening, 1)
    write_offs = tuple(AdjustStock(number, None, sku, -units, "correction") for number, (sku, units) in counts)
    empty = replace(plan, products=(), opening=())
    return replace(empty, actions=cancels), replace(empty, actions=write_offs)


def _ordinary(order: PlaceOrder) -> bool:
    return all(quantity <= MOST_UNITS_PER_LINE for _, quantity in order.lines)


def _named(order: PlaceOrder, most_lines: int | None) -> tuple[Quantity, ...]:
    return tuple(Quantity(f"{PREFIX}{sku}", quantity) for sku, quantity in order.lines[:most_lines])
