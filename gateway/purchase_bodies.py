"""Purchase orders as JSON, on their way in."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from actors.inventory.goods import DEFAULT_WAREHOUSE
from actors.procurement.editing import MOST_LINES
from gateway.fields import Body, Day, Id, Sku, Text, Units, UnitsOrNone, with_example


class PurchaseLineBody(Body):
    """What is ordered of a SKU; without `due_on` it is due after the supplier's lead time."""

    sku: Sku
    quantity: Units
    due_on: Day | None = None


class PurchaseEditLineBody(Body):
    """The new quantity of a SKU; 0 takes it off. Without `due_on` it is due as before, or, new, after the lead time."""

    sku: Sku
    quantity: UnitsOrNone
    due_on: Day | None = None


AnyLine = TypeVar("AnyLine", PurchaseLineBody, PurchaseEditLineBody)


def once_each(lines: list[AnyLine]) -> list[AnyLine]:
    """Two lines of a SKU may differ in day and price: which of them was meant for goods that arrive, nobody could say."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines):
        if line.sku in seen:
            raise ValueError(f"line {number} has {line.sku}, which line {seen[line.sku]} has already")
        seen[line.sku] = number
    return lines


class PurchaseBody(Body):
    """A purchase order. `round_up`: each line to the supplier's minimum and multiple, where it is below it or out of packs."""

    model_config = with_example(
        purchase_order_id="po-17", supplier="farm", lines=[{"sku": "85123A", "quantity": 24, "due_on": "2030-11-18"}]
    )

    purchase_order_id: Id | None = None
    supplier: Id
    warehouse: Id = DEFAULT_WAREHOUSE
    external_reference: Text = ""
    round_up: bool = False
    lines: Annotated[list[PurchaseLineBody], Field(min_length=1, max_length=MOST_LINES), AfterValidator(once_each)]


class PurchaseEditBody(Body):
    """Quantities to set, of lines that are there or are to be; lines that are not named stay as they are."""

    model_config = with_example(lines=[{"sku": "85123A", "quantity": 36}, {"sku": "22423", "quantity": 0}])

    round_up: bool = False
    lines: Annotated[list[PurchaseEditLineBody], Field(min_length=1, max_length=MOST_LINES), AfterValidator(once_each)]
