"""What a planner and a buyer do: suppliers and their terms, a look at suggestions, approval of one basket, the order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from gateway.buying.api import Api, CallFailed, Told
from gateway.buying.supply import Supply

Show = Callable[[str, int, int], None]
SUGGESTIONS: Final = "replenishment-suggestions"


async def put_terms(api: Api, supply: Supply, show: Show) -> None:
    """Tell the system who sells what."""
    puts = list(supply.puts())
    suppliers, items = puts[: len(supply.suppliers)], puts[len(supply.suppliers) :]
    done = 0

    async def put(path: str, body: Told) -> None:
        nonlocal done
        await api.call("PUT", path, body)
        done += 1
        show("terms", done, len(puts))

    for some in (suppliers, items):
        await asyncio.gather(*[put(path, body) for path, body in some])


async def open_suggestions(api: Api) -> list[Told]:
    """Those with warnings first, then by money at risk."""
    return await api.all_pages(f"{SUGGESTIONS}?limit=500")


async def approve_basket(api: Api, suggestions: list[Told], show: Show) -> Told:
    """Approve all that is to be ordered of the supplier of the first such suggestion; gives the basket that it gathers in.

    Raises:
        CallFailed: there is nothing to order.
    """
    first = next((one for one in suggestions if one["quantity"]), None)
    if first is None:
        raise CallFailed("no suggestion says to order anything")
    chosen = [one for one in suggestions if one["quantity"] and one["supplier"] == first["supplier"]]
    for done, one in enumerate(chosen, start=1):
        await api.call("POST", f"{SUGGESTIONS}/{one['id']}/approve")
        show("approvals", done, len(chosen))
    baskets = (await api.call("GET", f"{SUGGESTIONS}:baskets"))["items"]
    return next(one for one in baskets if one["supplier"] == first["supplier"])


async def place(api: Api, purchase_order_id: str) -> Told:
    """Send the draft to its supplier."""
    return await api.call("POST", f"purchase-orders/{purchase_order_id}/place")


async def read_order(api: Api, purchase_order_id: str) -> Told:
    """A purchase order as it stands."""
    return await api.call("GET", f"purchase-orders/{purchase_order_id}")
