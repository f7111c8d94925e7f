"""The models are worth their seconds: each of these bugs, planted on purpose, makes one of them fail."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from actors.inventory import decisions as stock_decisions
from actors.inventory.commands import Release, Reserve
from actors.inventory.refusals import UnknownReservation
from actors.inventory.shard import InventoryShard
from actors.kernel.machine import Outgoing
from actors.kernel.op_memory import OpMemory
from actors.orders import decisions as order_decisions
from actors.orders.commands import RecordRefusal, RecordReservation
from actors.procurement import decisions as purchase_decisions
from actors.procurement import steps as purchase_steps
from actors.procurement.book import PurchaseBook
from actors.procurement.commands import Receive, RecordPutAway
from actors.procurement.events import PutAway
from actors.procurement.receiving import key_of_receipt
from tests.model.test_orders_model import OrdersModel
from tests.model.test_procurement_model import ProcurementModel
from tests.model.test_stock_model import StockModel

SEARCH: Final = settings(
    max_examples=5_000,
    stateful_step_count=40,
    derandomize=True,  # a bug that is found once is found every time
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)

Plant = Callable[[pytest.MonkeyPatch], None]


def _wrap(patch: pytest.MonkeyPatch, table: dict[Any, Any], command: type, wrong: Callable[[Any, Any, Any, int], Any]) -> None:
    right = table[command]
    patch.setitem(table, command, lambda owner, c, now: wrong(right, owner, c, now))


def no_revision_check(patch: pytest.MonkeyPatch) -> None:
    """A reserve that comes late is carried out all the same."""

    def wrong(right: Any, shard: InventoryShard, c: Reserve, now: int) -> Any:
        held = shard.reservations.get(c.order_id)
        late = held is not None and c.revision < held.revision
        return right(shard, msgspec.structs.replace(c, revision=held.revision + 1) if late and held else c, now)

    _wrap(patch, stock_decisions.DECIDE, Reserve, wrong)


def no_tombstone(patch: pytest.MonkeyPatch) -> None:
    """A release of what is not known leaves no trace."""

    def wrong(right: Any, shard: InventoryShard, c: Release, now: int) -> Any:
        return right(shard, c, now) if c.order_id in shard.reservations else UnknownReservation(c.order_id)

    _wrap(patch, stock_decisions.DECIDE, Release, wrong)


def nobody_is_served(patch: pytest.MonkeyPatch) -> None:
    """Freed units serve nobody who waits."""
    for module in ("promises", "counts", "holds"):
        patch.setattr(f"actors.inventory.{module}.serve_waiting", lambda *_, **__: [])


def duplicates_not_summed(patch: pytest.MonkeyPatch) -> None:
    """Two lines of one SKU are checked one by one."""
    patch.setattr("actors.inventory.reservations._summed", lambda wishes: {wish.sku: wish for wish in wishes})


def no_op_memory(patch: pytest.MonkeyPatch) -> None:
    """A repeat is a new command."""
    patch.setattr(OpMemory, "get", lambda self, op_id: None)


def holds_never_end(patch: pytest.MonkeyPatch) -> None:
    """Nothing is due, and nobody minds."""
    patch.setattr(InventoryShard, "due", lambda self, now: ())
    patch.setattr(InventoryShard, "decide", lambda self, c, now: stock_decisions.DECIDE[type(c)](self, c, now))


def held_goods_are_sold(patch: pytest.MonkeyPatch) -> None:
    """Goods in quarantine are picked too."""
    patch.setattr(InventoryShard, "unsellable_in", lambda self, warehouse: frozenset())


@pytest.mark.parametrize(
    "plant",
    [
        no_revision_check, no_tombstone, nobody_is_served, duplicates_not_summed, no_op_memory, holds_never_end,
        held_goods_are_sold,
    ],
    ids=lambda plant: plant.__name__,
)  # fmt: skip
def test_the_stock_model_catches_a_planted_bug(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    _must_fail(StockModel, plant, monkeypatch)


def every_refusal_counts_as_certain(patch: pytest.MonkeyPatch) -> None:
    """A refused copy is taken as proof that no other copy was carried out."""

    def wrong(right: Any, book: Any, c: RecordRefusal, now: int) -> Any:
        return right(book, msgspec.structs.replace(c, certain=True), now)

    _wrap(patch, order_decisions.DECIDE, RecordRefusal, wrong)


def nothing_is_undone(patch: pytest.MonkeyPatch) -> None:
    """A rejected order keeps what its other shards had reserved."""
    patch.setattr("actors.orders.saga._undo", lambda order, intent: setattr(order, "intent", intent))


def nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    """Changes that happen by themselves are not told to the order."""
    patch.setattr(InventoryShard, "outgoing", lambda self, subject: ())
    patch.setattr(InventoryShard, "unfinished", lambda self: [])


def old_news_counts(patch: pytest.MonkeyPatch) -> None:
    """What a shard said last is believed, not what it said of the newest version."""

    def wrong(right: Any, book: Any, c: RecordReservation, now: int) -> Any:
        order = book.orders.get(c.order_id)
        part = order.parts.get(c.shard) if order is not None else None
        newer = part is not None and msgspec.structs.replace(c.view, version=max(c.view.version, part.version + 1))
        return right(book, msgspec.structs.replace(c, view=newer) if newer else c, now)

    _wrap(patch, order_decisions.DECIDE, RecordReservation, wrong)


@pytest.mark.parametrize(
    "plant",
    [
        no_revision_check, no_tombstone, no_op_memory, nothing_is_undone, nobody_is_told, old_news_counts,
        every_refusal_counts_as_certain,
    ],
    ids=lambda plant: plant.__name__,
)  # fmt: skip
def test_the_orders_model_catches_a_planted_bug(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    _must_fail(OrdersModel, plant, monkeypatch)


def a_retry_has_a_fresh_id(patch: pytest.MonkeyPatch) -> None:
    """A booking is sent under another name by each successor."""
    lives = count()
    init = PurchaseBook.__init__

    def born(self: Any, *arguments: Any) -> None:
        init(self, *arguments)
        self.life = next(lives)

    def fresh(self: Any, subject: str) -> Any:
        for step in purchase_steps.outgoing(self.documents[subject], self.inventory.owner_of):
            op_id = f"{step.command.op_id}#{self.life}" if self.life else step.command.op_id
            yield msgspec.structs.replace(step, command=msgspec.structs.replace(step.command, op_id=op_id))

    def heard(op_id: str, reply: Any) -> Any:
        return right(op_id.partition("#")[0], reply)

    right = purchase_steps.heard
    patch.setattr(PurchaseBook, "__init__", born)
    patch.setattr(PurchaseBook, "outgoing", lambda self, subject: list(fresh(self, subject)))
    patch.setattr(purchase_steps, "heard", heard)


def a_carry_is_counted_again(patch: pytest.MonkeyPatch) -> None:
    """Each answer to a carry counts, also that to its copy."""

    def wrong(right: Any, book: Any, c: RecordPutAway, now: int) -> Any:
        return (PutAway(now, c.task_id, c.number, c.moved),)

    _wrap(patch, purchase_decisions.DECIDE, RecordPutAway, wrong)
    patch.setattr(purchase_steps, "outgoing", _carries_for_ever)


def _carries_for_ever(document: Any, owner_of_sku: Any) -> Any:
    for receipt in document.receipts.values():
        for booking in receipt.bookings:
            if not booking.booked:
                yield Outgoing(owner_of_sku(booking.sku), purchase_steps._book(document, receipt, booking))
    for task in document.tasks.values():
        if task.confirms and task.state == "pending":
            yield Outgoing(owner_of_sku(task.sku), purchase_steps._carry(document, task))


def any_number_is_received(patch: pytest.MonkeyPatch) -> None:
    """Nobody counts what was ordered."""
    patch.setattr("actors.procurement.receiving.too_many_of", lambda *_: ())


def a_receipt_that_comes_again_is_another(patch: pytest.MonkeyPatch) -> None:
    """A receipt is not looked for by its id."""

    def wrong(right: Any, book: Any, c: Receive, now: int) -> Any:
        document = book.documents.get(key_of_receipt(book, c))
        known = document is not None and c.receipt_id in document.receipts
        return right(
            book, msgspec.structs.replace(c, receipt_id=f"{c.receipt_id}.2", op_id=f"{c.op_id}.2") if known else c, now
        )

    _wrap(patch, purchase_decisions.DECIDE, Receive, wrong)


def bookings_are_not_said_again(patch: pytest.MonkeyPatch) -> None:
    """A successor sends nothing that its predecessor may have sent."""
    patch.setattr(PurchaseBook, "unfinished", lambda self: [])


@pytest.mark.parametrize(
    "plant",
    [
        no_op_memory, a_retry_has_a_fresh_id, a_carry_is_counted_again, any_number_is_received,
        a_receipt_that_comes_again_is_another, bookings_are_not_said_again,
    ],
    ids=lambda plant: plant.__name__,
)  # fmt: skip
def test_the_procurement_model_catches_a_planted_bug(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    _must_fail(ProcurementModel, plant, monkeypatch)


def _must_fail(model: type[RuleBasedStateMachine], plant: Plant, patch: pytest.MonkeyPatch) -> None:
    plant(patch)
    with pytest.raises((Exception, BaseExceptionGroup)):  # an assertion of the model, or one of the rules' own
        run_state_machine_as_test(model, settings=SEARCH)
