"""What became of the items of one purchase order, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from gateway.buying.api import Told

SHOWN: Final = 12
"""Lines of an order that are shown, the one that came short and the damaged one among them."""


def order_table(order: Told, shown: list[str]) -> Table:
    """A purchase order after its receipt."""
    title = f"{order['purchase_order_id']} at {order['supplier']}, {order['state'].replace('_', ' ')}"
    table = _table(title, "SKU", "ordered", "unit price", "due", "arrived", "damaged", "still to come")
    for line in order["lines"]:
        if line["sku"] in shown:
            counts = (line["quantity"], line["quantity_received"], line["quantity_damaged"], line["quantity_open"])
            ordered, came, damaged, missing = (f"{count:,}" if count else "-" for count in counts)
            table.add_row(escape(line["sku"]), ordered, line["unit_price"], line["due_on"], came, damaged, missing)
    return table


def stock_table(
    before: Mapping[str, Told], after: Mapping[str, Told], chances: tuple[Mapping[str, float], Mapping[str, float]]
) -> Table:
    """Stock of some SKUs before the order and after putaway, and the chance of running out before the next order arrives.

    Args:
        before, after: levels by SKU.
        chances: by SKU, before and after; without the next order.
    """
    names = ("SKU", "available before", "after", "on hold", "still to come", "runs out: before", "after")
    table = _table("Stock, and what is still to come", *names)
    for sku, was in before.items():
        now = after[sku]
        counts = (was["available"], now["available"], now["on_hold"], now["incoming"])
        risk = [f"{chance[sku]:.0%}" if sku in chance else "" for chance in chances]
        table.add_row(escape(sku), *[f"{count:,}" if count else "-" for count in counts], *risk)
    return table


def skus_to_show(order: Told, arrived: list[dict[str, Any]]) -> list[str]:
    """The lines that are worth a look: those that did not arrive whole, then the first ones, in the order of the document."""
    came = {line["sku"]: line["quantity"] for line in arrived}
    short = [line["sku"] for line in order["lines"] if came.get(line["sku"], 0) != line["quantity"]]
    rest = [line["sku"] for line in order["lines"] if line["sku"] not in short]
    some = {*short, *rest[: SHOWN - len(short)]}
    return [line["sku"] for line in order["lines"] if line["sku"] in some]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table
