"""Schedules of the whole system on a virtual clock; and bugs planted to see that they are caught.

`SKULD_SCHEDULES=5000 pytest tests/model/test_simulator.py` runs more of them. A failure names its seed:
`python -m tests.model.simulator --from SEED --schedules 1` runs it again, step for step.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import pytest

from actors.inventory.commands import Adjust, PutProduct
from actors.inventory.goods import Product
from actors.inventory.shard import InventoryShard
from actors.kernel import entry, recorder
from actors.kernel.client import OwnerClient
from actors.kernel.entry import Position
from actors.kernel.faults import OutcomeUnknown
from actors.kernel.forgotten import Forgotten, LatelyForgotten
from actors.kernel.machine import Outgoing, Rush
from actors.kernel.messages import Busy, Command, Failed, Message, OwnerName
from actors.kernel.owner import Owner
from actors.kernel.recorder import Batch, Recorder
from actors.kernel.routing import PROCUREMENT, InventoryShards, OrderShards
from actors.orders.commands import PlaceOrder
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.queries import ReadOrder
from actors.orders.records import OrderRecord
from actors.orders.refusals import OrderTaken, UnknownOrder
from actors.procurement import decisions as purchase_decisions
from actors.procurement.book import PurchaseBook
from actors.procurement.commands import ApproveSuggestion, ArrivedLine, ConfirmTask, Receive
from actors.procurement.documents import Document, DocumentRecord, copied
from actors.procurement.queries import ReadTask
from tests.model.simulator.asking import Asking
from tests.model.simulator.schedule import Broken, run_schedule
from tests.model.simulator.stores import SimulatedJournal
from tests.model.simulator.virtual_time import run_virtually
from tests.model.simulator.windows import Windows
from tests.model.simulator.world import INVENTORY, ORDERS, Kinds, SoonConfirming, World

SCHEDULES: Final = int(os.environ.get("SKULD_SCHEDULES", "200"))
GROUPS: Final = 10
FIXED_SEED: Final = 20_260_101
RANDOM_SEED: Final = random.SystemRandom().randrange(1_000_000_000)
SEEDS_PER_BUG: Final = 60


def run_two_clients(seed: int, kinds: Kinds | None = None) -> None:
    """One client writes to the newest owner, another still talks to the one before: it must not be told old news.

    Raises:
        Broken: with the seed and what was told.
    """
    rng = random.Random(seed)
    random.seed(seed)

    async def main() -> None:
        world = World(rng, kinds or Kinds())
        world.weather.calm()
        for name in world.names:
            world.start(name)
        await asyncio.sleep(1.0)
        await stock_apples(world)
        for number in range(8):
            order_id = f"o{number}"
            owner = ORDERS.owner_of(order_id)
            order = NewOrder((OrderedLine(rng.choice(["apple", "nothing"]), 1),))
            if rng.random() < 0.5:
                world.second_owner(owner)
                await asyncio.sleep(rng.choice([0.0, 0.01, 1.0]))
            await _insist(world, world.make_client(), owner, PlaceOrder(order_id, 1, "test", order_id, order))
            told = await _insist(world, world.client, owner, ReadOrder(order_id))
            if not isinstance(told, OrderRecord):
                raise Broken(f"{order_id} was acknowledged, and then somebody was told {told}")

    try:
        run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}: {type(error).__name__}: {error}") from error


def run_successor(seed: int, kinds: Kinds | None = None) -> None:
    """An order is answered, its owner dies at once, perhaps before it had recorded it: its successor must know of it.

    Raises:
        Broken: with the seed and what was told.
    """
    rng = random.Random(seed)
    random.seed(seed)

    async def main() -> None:
        world = World(rng, kinds or Kinds())
        world.weather.calm()
        for name in world.names:
            world.start(name)
        await stock_apples(world)
        for number in range(5):
            order_id = f"o{number}"
            owner = ORDERS.owner_of(order_id)
            order = NewOrder((OrderedLine("apple", 1),))
            await _insist(world, world.client, owner, PlaceOrder(order_id, 1, "test", order_id, order))
            world.kill(world.nodes[owner])
            world.supervise()
            another = PlaceOrder(order_id, 2, "test", order_id, NewOrder((OrderedLine("apple", 2),)))
            asking = []
            for turn in range(20):  # one of them comes while the successor is still finding out
                await asyncio.sleep(0.005)
                question = another if turn % 2 else ReadOrder(order_id)
                asking.append(asyncio.create_task(_insist(world, world.make_client(), owner, question)))
            for told in await asyncio.gather(*asking):
                if not isinstance(told, OrderRecord | OrderTaken):
                    raise Broken(f"{order_id} was acknowledged, and then somebody was told {told}")

    try:
        run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}: {type(error).__name__}: {error}") from error


def run_carries(seed: int, kinds: Kinds | None = None) -> None:
    """Goods are received and carried, and the owner of procurement dies as soon as it has said so: its successor must know.

    Raises:
        Broken: with the seed and what was told.
    """
    rng = random.Random(seed)
    random.seed(seed)

    async def main() -> None:
        world = World(rng, kinds or Kinds())
        world.weather.calm()
        for name in world.names:
            world.start(name)
        await stock_apples(world)
        for number in range(5):
            receipt = Receive(f"r{number}", 1, "test", f"r{number}", (ArrivedLine("apple", 4),), warehouse="main")
            received = await _insist(world, world.client, PROCUREMENT, receipt)
            assert isinstance(received, DocumentRecord), received
            (task_id,) = received.document.tasks
            for units in (1, 0):
                carry = ConfirmTask(f"c{number}-{units}", 1, "test", task_id, units)
                await _insist(world, world.client, PROCUREMENT, carry)
                world.kill(world.nodes[PROCUREMENT])
                world.supervise()
                told = await _insist(world, world.make_client(), PROCUREMENT, ReadTask(task_id))
                assert isinstance(told, DocumentRecord), told
                if carry.op_id not in {one.op_id for one in told.document.tasks[task_id].confirms}:
                    raise Broken(f"{carry.op_id} was acknowledged, and then somebody was told {told.document.tasks[task_id]}")

    try:
        run_virtually(main())
    except Exception as error:
        raise Broken(f"seed {seed}: {type(error).__name__}: {error}") from error


async def stock_apples(world: World) -> None:
    """Plenty of apples."""
    asking, owner = Asking(world), INVENTORY.owner_of("apple")
    await asking.insist(owner, PutProduct("put", 0, "test", Product("apple", "apple")))
    await asking.insist(owner, Adjust("stock", 0, "test", "apple", 100, "correction"))


async def _insist(world: World, client: OwnerClient, owner: OwnerName, message: Message) -> Message:
    for _ in range(30):
        try:
            reply = await client.ask(owner, message, timeout_s=1.0)
        except OutcomeUnknown:
            reply = Failed("no answer")
        if not isinstance(reply, Busy | Failed):
            return reply
        world.supervise()  # of two new owners either may be the one that stays
        await asyncio.sleep(0.1)
    raise Broken(f"{message} is not answered")


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_what_one_client_was_answered_every_other_client_can_see(seed: int) -> None:
    run_two_clients(seed)


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_a_successor_knows_every_order_that_was_answered(seed: int) -> None:
    run_successor(seed)


@pytest.mark.parametrize("seed", range(FIXED_SEED, FIXED_SEED + 10))
def test_a_successor_knows_every_carry_that_was_answered(seed: int) -> None:
    run_carries(seed)


@pytest.mark.parametrize("group", range(GROUPS))
def test_no_schedule_breaks_a_promise(group: int) -> None:
    share = -(-SCHEDULES // (2 * GROUPS))
    print(f"seeds {FIXED_SEED + group * share} and {RANDOM_SEED + group * share}, {share} from each on")
    for base in (FIXED_SEED, RANDOM_SEED):
        for seed in range(base + group * share, base + (group + 1) * share):
            run_schedule(seed)


def test_no_schedule_breaks_a_promise_when_nearly_every_batch_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (entry, recorder):
        monkeypatch.setattr(module, "MOST_ENTRY_BYTES", 300)
    for seed in range(FIXED_SEED, FIXED_SEED + 40):
        run_schedule(seed)


# ── bugs that must be caught ────────────────────────────────────────────────────────────────────────────────────────
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


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(bug: str) -> None:
    for seed in range(FIXED_SEED, FIXED_SEED + SEEDS_PER_BUG):
        try:
            run_schedule(seed, Kinds(**BUGS[bug]))
            run_two_clients(seed, Kinds(**BUGS[bug]))
            run_successor(seed, Kinds(**BUGS[bug]))
            run_carries(seed, Kinds(**BUGS[bug]))
        except Broken as broken:
            print(f"caught with seed {seed}, after {seed - FIXED_SEED + 1} schedules: {broken}")
            return
    pytest.fail(f"{SEEDS_PER_BUG} schedules saw nothing wrong although {bug}")


def test_a_schedule_is_the_same_every_time() -> None:
    """What a seed found can be found again."""
    found = []
    for _ in range(2):
        with pytest.raises(Broken) as caught:
            for seed in range(FIXED_SEED, FIXED_SEED + SEEDS_PER_BUG):
                run_schedule(seed, Kinds(journal=NoFencing))
        found.append(str(caught.value))
    assert found[0] == found[1]
