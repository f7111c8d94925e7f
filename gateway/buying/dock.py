"""What happens at the dock: goods arrive, one line short and one damaged, and are carried to where they are sold from."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from gateway.buying.api import Api, Told
from gateway.buying.desk import Show


def arrived(order: Told) -> list[dict[str, Any]]:
    """What comes of an order, as a receipt has it: all of it, but half of its first line, and one unit of the last damaged."""
    lines = [{"sku": line["sku"], "quantity": line["quantity_open"]} for line in order["lines"] if line["quantity_open"]]
    if len(lines) > 1 or lines[0]["quantity"] > 1:
        lines[0]["quantity"] = lines[0]["quantity"] // 2
    last = lines[-1]
    if last["quantity"]:
        lines[-1] = {"sku": last["sku"], "quantity": last["quantity"] - 1, "quantity_damaged": 1}
    return [line for line in lines if line["quantity"] or line.get("quantity_damaged")]


async def receive(api: Api, order: Told) -> Told:
    """The receipt, once all of it is on stock, in the location `receiving`."""
    return await api.call("POST", f"purchase-orders/{order['purchase_order_id']}/receive", {"lines": arrived(order)})


async def put_away(api: Api, receipt: Told, show: Show) -> int:
    """Carry out every task of a receipt; gives the units that are on the shelf then."""
    tasks, units = receipt["putaway_tasks"], 0
    for done, task in enumerate(tasks, start=1):
        units += (await api.call("POST", f"putaway-tasks/{task['task_id']}/confirm"))["quantity_done"]
        show("putaway", done, len(tasks))
    return units


async def levels(api: Api, skus: list[str]) -> dict[str, Told]:
    """What there is of each SKU, and what is to come, as its owner says."""
    return {sku: await api.call("GET", f"inventory-levels/{quote(sku, safe='')}?consistent=true") for sku in skus}
