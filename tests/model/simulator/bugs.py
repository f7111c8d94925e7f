"""Bugs planted to see that they are caught: parts of the system with one thing wrong, by what that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from actors.inventory.shard import InventoryShard
from actors.kernel.entry import Position
from actors.kernel.forgotten import Forgotten, LatelyForgotten
from actors.kernel.machine import Outgoing, Rush
from actors.kernel.messages import Command, Message, OwnerName
from actors.kernel.owner import Owner
from actors.kernel.recorder import Batch, Recorder
from actors.kernel.routing import InventoryShards, OrderShards
from actors.orders.refusals import UnknownOrder
from actors.procurement import decisions as purchase_decisions
from actors.procurement.book import PurchaseBook
from actors.procurement.commands import ApproveSuggestion, ConfirmTask
from actors.procurement.documents import Document, DocumentRecord, copied
from tests.model.simulator.stores import SimulatedJournal
from tests.model.simulator.windows import Windows
from tests.model.simulator.world import SoonConfirming


class NoFencing(SimulatedJournal):
    """Takes entries from owners that were replaced."""

    refuses_stale = False


class TrimsByLength(SimulatedJournal):
    """Keeps the last three entries, whether or not a snapshot has the others."""

    async def append(self, position: Position, after: Position, data: bytes, read_model: Mapping[str, bytes]) -> None:
        await super().append(position, after, data, read_model)
        await self.trim(position)

    async def trim(self, through: Position) -> None:
        del self.shelf.entries[:-3]


class AnswersFirst(Owner):
    """Answers before the journal has it."""

    class recorder_type(Recorder):
        async def _write(self) -> None:
            early = Batch(replies=self.open.replies)
            self.open.replies = {}
            self._settle(early)
            await super()._write()


class NeverConfirms(Owner):
    """Answers queries, refusals and repeats without asking whether it is still the owner."""

    class recorder_type(Recorder):
        async def _confirm(self) -> None:
            return None


class AsksNobody(SoonConfirming):
    """A new owner of orders does not ask what its predecessors had begun."""

    def begin(self, epoch: int) -> None:
        self.epoch = epoch


class CarriesNothing(SoonConfirming):
    """Reserves before it has recorded the order, and does not say what the order is."""

    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        return _without_intent(super().outgoing(subject))

    def rush(self, messages: Sequence[tuple[int, Message]], at: int, now: int) -> Rush | None:
        rush = super().rush(messages, at, now)
        if rush is not None:
            rush.steps = _without_intent(rush.steps)
        return rush


def _without_intent(steps: Sequence[Outgoing]) -> list[Outgoing]:
    return [
        msgspec.structs.replace(step, command=msgspec.structs.replace(step.command, intent=b""))
        if step.carries_intent
        else step
        for step in steps
    ]


class ConfirmsTooSoon(SoonConfirming):
    """Tells shards that orders are on record when they are about to be."""

    def confirmations_due(self) -> list[Outgoing]:
        return [msgspec.structs.replace(step, carries_intent=True) for step in super().confirmations_due()]


class KnowsForSure(SoonConfirming):
    """Says "no such order" before it has heard of all that were begun."""

    def _not_known_yet(self) -> Any:
        return UnknownOrder("?")


class TakesAnyway(SoonConfirming):
    """Takes a new order before it has heard whether there is one of that id."""

    def _may_be_known(self, command: Command, outcome: Any) -> bool:
        return False


TIGHT: Final = Windows(finished_orders=1, closed_reservations=3, answers=3, finished_documents=1)
"""So little is remembered that much of what is repeated has just left memory."""


class NothingLately(LatelyForgotten):
    """Knows of nothing that has left memory just now."""

    def __contains__(self, key: str) -> bool:
        return False


class RecallsFromOldRows(SoonConfirming):
    """Looks an order up in rows that do not have yet what it was when it left memory."""

    def __init__(self, name: OwnerName, inventory: InventoryShards) -> None:
        super().__init__(name, inventory)
        self.forgotten.lately = NothingLately()


class LooksIntoAnOldLedger(InventoryShard):
    """Looks an adjustment up in a ledger that does not have it yet."""

    def __init__(self, name: OwnerName, orders: OrderShards) -> None:
        super().__init__(name, orders)
        self.forgotten.lately = NothingLately()


class ForgetsForGood(SoonConfirming):
    """Takes an order that has left memory for new: its filter is always empty."""

    def __init__(self, name: OwnerName, inventory: InventoryShards) -> None:
        super().__init__(name, inventory)
        self.forgotten = Empty()


class Empty(Forgotten):
    """Nothing is in it."""

    def __contains__(self, key: str) -> bool:
        return False


class NamesAnew(PurchaseBook):
    """Each owner sends bookings under names of its own: a successor's are new to stock."""

    epoch = 0

    def begin(self, epoch: int) -> None:
        self.epoch = epoch

    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        steps = super().outgoing(subject)
        if self.epoch < 2:
            return steps
        return [
            msgspec.structs.replace(
                step, command=msgspec.structs.replace(step.command, op_id=f"{step.command.op_id}#{self.epoch}")
            )
            for step in steps
        ]

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        op_id = sent.command.op_id.partition("#")[0]
        same = msgspec.structs.replace(sent, command=msgspec.structs.replace(sent.command, op_id=op_id))
        return super().hear(same, reply, certain=certain)


class SaysItIsCarried(PurchaseBook):
    """Answers a putaway before stock has, and (`AnswersPutawayFirst`) before it has recorded what was asked."""

    def answer(self, command: Command) -> Message | None:
        if isinstance(command, ConfirmTask):
            return DocumentRecord(copied(self.documents[self.task_of[command.task_id]]))
        return super().answer(command)


class AnswersPutawayFirst(Owner):
    """Lets answers about goods that are being carried leave before the append."""

    class recorder_type(Recorder):
        async def _write(self) -> None:
            for channel, replies in self.open.replies.items():
                early = [one for one in replies if _is_of_a_carry(one[1])]
                channel.send(early)
                replies[:] = [one for one in replies if not _is_of_a_carry(one[1])]
            await super()._write()


def _is_of_a_carry(reply: Message) -> bool:
    return isinstance(reply, DocumentRecord) and any(task.under_way for task in reply.document.tasks.values())


class TakesDocumentsForNew(PurchaseBook):
    """Looks for nothing behind its memory."""

    def recall_key(self, command: Command) -> str | None:
        return None

    def decide(self, command: Command, now: int) -> Any:
        return purchase_decisions.DECIDE[type(command)](self, command, now)


class ApprovesAgain(PurchaseBook):
    """Takes a repeated approval for another one."""

    def decide(self, command: Command, now: int) -> Any:
        there = self.find_suggestion(command.suggestion_id) if isinstance(command, ApproveSuggestion) else None
        if there is None or there.state != "approved":
            return super().decide(command, now)
        self.suggestions[there.key] = msgspec.structs.replace(there, state="open")
        return super().decide(msgspec.structs.replace(command, op_id=f"{command.op_id}#{self.decisions}"), now)


class ForgetsBaskets(PurchaseBook):
    """A successor does not know which draft gathers: its first approval begins a second one."""

    def take_in(self, document: Document) -> None:
        before = dict(self.baskets)
        super().take_in(document)
        self.baskets = before


BUGS: Final[dict[str, dict[str, Any]]] = {
    "fencing is off": {"journal": NoFencing},
    "an answer leaves before the append": {"owner": AnswersFirst},
    "the journal is trimmed by length": {"journal": TrimsByLength},
    "a retry has a fresh op id": {"fresh_op_ids": True},
    "an owner does not ask whether it is still the owner": {"owner": NeverConfirms},
    "a new owner does not ask what was begun": {"book": AsksNobody},
    "a reserve that leaves early does not carry its intent": {"book": CarriesNothing},
    "orders are confirmed before they are recorded": {"book": ConfirmsTooSoon},
    "an order that may have been begun is called unknown": {"book": KnowsForSure},
    "an order that may have been begun is taken for new": {"book": TakesAnyway},
    "what has left memory is taken for new": {"book": ForgetsForGood, "windows": TIGHT},
    "a booking that is sent again has a fresh id": {"purchases": NamesAnew},
    "a putaway is answered before it is recorded": {"purchases": SaysItIsCarried, "owner": AnswersPutawayFirst},
    "a repeated approval is taken for another": {"purchases": ApprovesAgain},
    "a successor begins another draft": {"purchases": ForgetsBaskets},
    "a purchase order that has left memory is not looked for": {"purchases": TakesDocumentsForNew, "windows": TIGHT},
    "an order is recalled from rows older than what was forgotten": {"book": RecallsFromOldRows, "windows": TIGHT},
    "an adjustment is looked up in rows older than what was forgotten": {"stock": LooksIntoAnOldLedger, "windows": TIGHT},
}
