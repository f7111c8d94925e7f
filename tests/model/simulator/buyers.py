"""Buyers and receivers: each writes purchase orders one after the other, takes goods in, and carries them to their places."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, Final

from actors.kernel.messages import Message
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.arrivals import AnnouncedLine
from actors.procurement.commands import ArrivedLine
from actors.procurement.documents import NewLine, NewPurchase
from actors.procurement.replies import DocumentRecord
from actors.procurement.suppliers import Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule
from tests.model.simulator.asking import Asking
from tests.model.simulator.shoppers import SKUS

ORDERS_EACH: Final = 3
MOST_STEPS: Final = 7
ORDERED: Final = 6
WISHES: Final = {
    "draft": ["place", "place", "place", "edit", "edit", "hold", "cancel"],
    "placed": ["receive", "receive", "receive", "announce", "hold", "cancel"],
    "partially_received": ["receive", "receive", "carry", "carry", "close"],
    "received": ["carry", "carry", "close", "receive"],
    "on_hold": ["resume", "resume", "cancel", "carry"],
    "closed": ["carry", "receive", "close"],
    "cancelled": ["cancel", "receive"],
}
"""What is wished for an order by its state; some of it is refused."""


async def buy(asking: Asking, buyer: int) -> None:
    """Write orders, and do something with each; some goods come without one."""
    rng = asking.world.rng
    await know_the_farm(asking, str(buyer))
    rule = PutawayRule("across", "main", "stock", cross_dock=True)
    await asking.insist(PROCUREMENT, commands.PutPutawayRule(f"rule-{buyer}", 0, "test", rule))
    for number in range(ORDERS_EACH):
        await asyncio.sleep(rng.uniform(0, 1.0))
        if rng.random() < 0.2:
            await Purchase(asking, rng, f"b{buyer}-{number}").come_blind()
        else:
            await Purchase(asking, rng, f"p{buyer}-{number}").run()


async def know_the_farm(asking: Asking, name: str) -> None:
    """The farm sells everything."""
    supplier = Supplier("farm", "Farm", 1, 20)
    await asking.insist(PROCUREMENT, commands.PutSupplier(f"farm-{name}", 0, "test", supplier))
    for sku in SKUS:
        item = SupplierItem("farm", sku)
        await asking.insist(PROCUREMENT, commands.PutSupplierItem(f"item-{name}-{sku}", 0, "test", item))


class Purchase:
    """One purchase order, from its draft to whatever becomes of it."""

    def __init__(self, asking: Asking, rng: Random, name: str) -> None:
        self._asking = asking
        self._rng = rng
        self._name = name
        self._steps = 0
        self._sent: list[Any] = []

    async def run(self) -> None:
        """Write it; then go on as its state allows."""
        lines = tuple(NewLine(sku, ORDERED) for sku in self._rng.sample(SKUS, self._rng.randint(1, 2)))
        new = NewPurchase("farm", "main", lines)
        view = await self._send(commands.CreatePurchase(self._name, 1, "test", self._name, new))
        await self._go_on(view, MOST_STEPS)

    async def come_blind(self) -> None:
        """Goods come without an order."""
        line = ArrivedLine(self._rng.choice(SKUS), self._rng.randint(1, 3))
        view = await self._send(commands.Receive(self._name, 1, "test", self._name, (line,), warehouse="main"))
        await self._go_on(view, 3)

    async def _go_on(self, view: Message, most: int) -> None:
        for _ in range(self._rng.randint(1, most)):
            await asyncio.sleep(self._rng.uniform(0, 0.6))
            if not isinstance(view, DocumentRecord):
                return
            if self._rng.random() < 0.2:
                await self._send(self._rng.choice(self._sent))
                continue
            command = self._command(view)
            if command is not None:
                reply = await self._send(command)
                view = reply if isinstance(reply, DocumentRecord) else view

    def _command(self, view: DocumentRecord) -> Any:
        self._steps += 1
        document, rng = view.document, self._rng
        wish = rng.choice(WISHES[document.state]) if document.supplier else "carry"
        op_id = f"{wish}-{self._name}-{self._steps}"
        who = (op_id, 1, "test", self._name)
        match wish:
            case "place":
                return commands.PlacePurchase(*who)
            case "edit":
                return commands.EditPurchase(*who, (NewLine(rng.choice(SKUS), rng.choice([0, ORDERED, ORDERED + 2])),))
            case "hold":
                return commands.HoldPurchase(*who, "price")
            case "resume":
                return commands.ResumePurchase(*who)
            case "close":
                return commands.ClosePurchase(*who, "enough")
            case "cancel":
                return commands.CancelPurchase(*who, "not wanted")
            case "announce":
                lines = tuple(AnnouncedLine(sku, 2) for sku in document.lines)
                return commands.Announce(op_id, 1, "test", f"asn-{op_id}", self._name, "2030-01-01", lines)
            case "receive":
                lines = tuple(ArrivedLine(sku, rng.randint(1, 4), rng.choice([0, 0, 1])) for sku in document.lines)
                asn_id = rng.choice(["", *document.notices])
                at_once = rng.random() < 0.2
                return commands.Receive(op_id, 1, "test", op_id, lines, self._name, asn_id, put_away=not at_once)
            case _:
                tasks = [task for task in document.tasks.values() if task.left]
                if not tasks:
                    return None
                return commands.ConfirmTask(op_id, 1, "test", rng.choice(tasks).task_id, rng.choice([0, 0, 1]))

    async def _send(self, command: Any) -> Message:
        if command not in self._sent:
            self._sent.append(command)
        return await self._asking.insist(PROCUREMENT, command)
