"""Shoppers: each places orders one after the other, and does with each whatever can be done with an order."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, Final

from actors.inventory.commands import ForceRelease
from actors.kernel.messages import ClientCommand, Message, Refusal
from actors.orders.commands import (
    CancelOrder,
    DeliverOrder,
    EditLines,
    HoldOrder,
    PlaceOrder,
    ResumeOrder,
    ReturnLines,
    ShipOrder,
)
from actors.orders.lines import POLICIES, RETURN_OUTCOMES, NewOrder, OrderedLine, ReturnedLine
from actors.orders.replies import OrderView
from tests.model.simulator.asking import Asking
from tests.model.simulator.world import INVENTORY

SKUS: Final = ["apple", "pear", "plum", "quince"]
ORDERS_EACH: Final = 4
MOST_STEPS: Final = 4
"""What else happens to an order after it was placed."""
WISHES: Final = {
    "received": ["cancel"],
    "reserved": ["cancel", "edit", "edit", "hold", "ship", "ship", "ship", "force-release"],
    "partially_reserved": ["cancel", "edit", "hold", "ship", "force-release"],
    "backordered": ["cancel", "edit", "hold"],
    "on_hold": ["resume", "resume", "cancel"],
    "shipped": ["return", "deliver", "cancel"],
    "partially_shipped": ["ship", "return", "cancel"],
    "delivered": ["return", "return", "cancel"],
    "cancelled": ["cancel", "hold"],
    "rejected": ["cancel"],
}
"""What is wished for an order by its state; some of it is refused."""


async def shop(asking: Asking, shopper: int) -> None:
    """Place orders, and do something with each."""
    rng = asking.world.rng
    for number in range(ORDERS_EACH):
        await asyncio.sleep(rng.uniform(0, 1.0))
        await Errand(asking, rng, f"o{shopper}-{number}").run()


class Errand:
    """One order, from placing it to whatever becomes of it."""

    def __init__(self, asking: Asking, rng: Random, order_id: str) -> None:
        self._asking = asking
        self._rng = rng
        self._order_id = order_id
        self._steps = 0
        self._sent: list[ClientCommand] = []

    async def run(self) -> None:
        """Place it, perhaps cancel it meanwhile; then go on as its state allows."""
        rng = self._rng
        lines = tuple(OrderedLine(sku, rng.randint(1, 3)) for sku in rng.sample(SKUS, rng.randint(1, 3)))
        order = NewOrder(lines, policy=rng.choice(POLICIES), priority=rng.randint(0, 1))
        placing = asyncio.create_task(self._send(PlaceOrder(self._order_id, 1, "test", self._order_id, order)))
        if rng.random() < 0.1:
            await asyncio.sleep(rng.uniform(0, 0.2))
            await self._send(CancelOrder(f"cancel-{self._order_id}-early", 1, "test", self._order_id, "customer"))
        view = await placing
        for _ in range(rng.randint(0, MOST_STEPS)):
            await asyncio.sleep(rng.uniform(0, 0.7))
            if not isinstance(view, OrderView):
                return
            view = await self._go_on(view)

    async def _go_on(self, view: OrderView) -> Message:
        """Do what may be wished of an order in that state, or repeat what was done."""
        if self._rng.random() < 0.2:
            again = await self._send(self._rng.choice(self._sent))
            return again if isinstance(again, OrderView) else view
        wish = self._rng.choice(WISHES.get(view.state, ["cancel"]))
        if wish == "force-release":
            await self._force_release()
            return view
        reply = await self._send(self._command(wish, view))
        return view if isinstance(reply, Refusal) else reply

    def _command(self, wish: str, view: OrderView) -> Any:
        self._steps += 1
        order_id = self._order_id
        who = (f"{wish}-{order_id}-{self._steps}", 1, "test", order_id)
        match wish:
            case "cancel":
                return CancelOrder(*who, "customer")
            case "edit":
                return EditLines(*who, self._changes())
            case "hold":
                return HoldOrder(*who, "fraud")
            case "resume":
                return ResumeOrder(*who)
            case "ship":
                return ShipOrder(*who)
            case "deliver":
                return DeliverOrder(*who)
            case _:
                shipped = [line.sku for line in view.lines if line.shipped] or [view.lines[0].sku]
                back = ReturnedLine(self._rng.choice(shipped), 1, self._rng.choice(RETURN_OUTCOMES))
                return ReturnLines(*who, f"r{self._steps}", (back,))

    def _changes(self) -> tuple[OrderedLine, ...]:
        skus = self._rng.sample(SKUS, self._rng.randint(1, 2))
        return tuple(OrderedLine(sku, self._rng.randint(0, 4)) for sku in skus)

    async def _force_release(self) -> None:
        self._steps += 1
        sku = self._rng.choice(SKUS)
        op_id = f"force-release-{self._order_id}-{self._steps}"
        await self._asking.insist(INVENTORY.owner_of(sku), ForceRelease(op_id, 1, "test", self._order_id, sku, "audit"))

    async def _send(self, command: Any) -> Message:
        if command not in self._sent:
            self._sent.append(command)
        return await self._asking.insist(self._asking.owner_of_order(self._order_id), command)
