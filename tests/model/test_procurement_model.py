"""Purchase orders, receipts and putaway behind a bad post: whatever is asked, repeated, lost or replayed, goods come once.

The reference is simple: units that were accepted in each receipt, and units of each confirm that was carried.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.kernel.messages import Busy, Refusal
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.commands import ArrivedLine
from actors.procurement.documents import FINISHED, NewLine, NewPurchase
from actors.procurement.suppliers import Supplier, SupplierItem, most_receivable
from tests.model.buying_house import EVERY_DAY, BuyingHouse
from tests.model.profiles import model_settings
from tests.model.unreliable_world import UnreliableWorld

SKUS = ("apple", "pear")
ORDERED = 10
TOLERANCE = 20


class UnreliableHouse(UnreliableWorld, BuyingHouse):
    """A house that buys, behind a bad post."""

    def __init__(self) -> None:
        UnreliableWorld.__init__(self, 2, 1)


class ProcurementModel(RuleBasedStateMachine):
    """Receipts, retries, crashes, cancels and closes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = UnreliableHouse()
        self.world.stock(apple=0, pear=0)
        supplier = Supplier("farm", "Farm", 5, TOLERANCE, EVERY_DAY)
        self.give(commands.PutSupplier("supplier", 0, "t", supplier))
        for sku in SKUS:
            self.give(commands.PutSupplierItem(f"item-{sku}", 0, "t", SupplierItem("farm", sku)))
        self.sent: list[Any] = []
        """Commands that were carried out: each may come again."""
        self.received: dict[str, Counter[str]] = {}
        """Units by order (or blind receipt) and SKU that were accepted."""
        self.state: dict[str, str] = {}
        self.ordered: dict[str, Counter[str]] = {}
        """Units on the lines of each order, after all edits."""
        self.numbers = 0

    def give(self, command: Any) -> Refusal | None:
        return self.world.give(PROCUREMENT, command)

    def take(self, command: Any) -> bool:
        """Carry a client's command out; a refusal changes nothing."""
        if self.give(command) is not None:
            return False
        self.sent.append(command)
        return True

    def name(self, what: str) -> str:
        self.numbers += 1
        return f"{what}{self.numbers}"

    # ── what clients ask ────────────────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: len(self.state) < 4)
    @rule(place=st.booleans())
    def buy(self, place: bool) -> None:
        name = self.name("po")
        lines = tuple(NewLine(sku, ORDERED) for sku in SKUS)
        assert self.take(commands.CreatePurchase(name, 0, "t", name, NewPurchase("farm", "main", lines)))
        self.state[name] = "draft"
        self.received[name] = Counter()
        self.ordered[name] = Counter(dict.fromkeys(SKUS, ORDERED))
        if place:
            self.change(name, "place")

    def change(self, name: str, verb: str) -> bool:
        op_id = self.name(f"{verb}-")
        kinds: dict[str, Any] = {
            "place": commands.PlacePurchase(op_id, 0, "t", name),
            "hold": commands.HoldPurchase(op_id, 0, "t", name, ""),
            "resume": commands.ResumePurchase(op_id, 0, "t", name),
            "close": commands.ClosePurchase(op_id, 0, "t", name, ""),
            "cancel": commands.CancelPurchase(op_id, 0, "t", name, ""),
        }
        return self.take(kinds[verb])

    @precondition(lambda self: self.state)
    @rule(data=st.data(), units=st.dictionaries(st.sampled_from(SKUS), st.integers(0, 12), min_size=1))
    def edit(self, data: st.DataObject, units: dict[str, int]) -> None:
        name = data.draw(st.sampled_from(sorted(self.state)))
        before, after = self.ordered[name], self.ordered[name] | Counter()
        after.update({sku: quantity - before[sku] for sku, quantity in units.items()})
        gone = [sku for sku, quantity in units.items() if not quantity and not before[sku]]
        may = self.world.document(name).state == "draft" and +after and not gone
        lines = tuple(NewLine(sku, quantity) for sku, quantity in units.items())
        assert self.take(commands.EditPurchase(self.name("edit-"), 0, "t", name, lines)) == bool(may)
        if may:
            self.ordered[name] = +after

    @precondition(lambda self: self.state)
    @rule(data=st.data(), verb=st.sampled_from(["place", "hold", "resume", "close", "cancel"]))
    def go_on(self, data: st.DataObject, verb: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.state)))
        done = self.change(name, verb)
        document = self.world.document(name)
        if verb == "cancel" and done:
            assert not self.received[name]
            assert document.state == "cancelled"
        if verb == "close" and done:
            assert document.state == "closed"

    @precondition(lambda self: self.state)
    @rule(data=st.data(), put_away=st.booleans(), damaged=st.integers(0, 2))
    def receive(self, data: st.DataObject, put_away: bool, damaged: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.state)))
        sku, units = data.draw(st.sampled_from(SKUS)), data.draw(st.integers(1, 8))
        document = self.world.document(name)
        fits = self.received[name][sku] + units + damaged <= most_receivable(self.ordered[name][sku], TOLERANCE)
        may = document.state in {"placed", "partially_received", "received"}
        receipt = self.name("r")
        line = ArrivedLine(sku, units, damaged)
        taken = self.take(commands.Receive(receipt, 0, "t", receipt, (line,), name, put_away=put_away))
        assert taken == (fits and may), f"{document.state}, {self.received[name]}, {units + damaged}"
        if taken:
            self.received[name][sku] += units + damaged

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 5))
    def receive_blind(self, sku: str, units: int) -> None:
        receipt = self.name("b")
        assert self.take(commands.Receive(receipt, 0, "t", receipt, (ArrivedLine(sku, units),), warehouse="main"))
        self.received[f"blind {receipt}"] = Counter({sku: units})

    @precondition(lambda self: self.world.purchases.task_of)
    @rule(data=st.data(), units=st.integers(0, 3), cancel=st.booleans())
    def put_away(self, data: st.DataObject, units: int, cancel: bool) -> None:
        task_id = data.draw(st.sampled_from(sorted(self.world.purchases.task_of)))
        op_id = self.name("c")
        command: Any = commands.ConfirmTask(op_id, 0, "t", task_id, units)
        if cancel and units == 0:
            command = commands.CancelTask(op_id, 0, "t", task_id)
        self.take(command)

    @rule(sku=st.sampled_from(SKUS), units=st.integers(-3, 2).filter(bool))
    def somebody_counts_what_was_received(self, sku: str, units: int) -> None:
        self.world.adjust(sku, units, "recounted", location="receiving")

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def come_again(self, data: st.DataObject) -> None:
        command = data.draw(st.sampled_from(self.sent))
        recorded = len(self.world.recorded[PROCUREMENT])
        refused = self.give(command)
        assert refused is None or isinstance(refused, Busy), refused
        assert len(self.world.recorded[PROCUREMENT]) == recorded, f"{command} was done again"

    # ── what happens to letters and processes ───────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.world.letters)
    @rule(data=st.data(), lose=st.sampled_from([False, False, False, True]))
    def a_letter(self, data: st.DataObject, lose: bool) -> None:
        place = data.draw(st.integers(0, len(self.world.letters) - 1))
        (self.world.lose_letter if lose else self.world.deliver_letter)(place)

    @precondition(lambda self: self.world.steps)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        self.world.send_again(data.draw(st.sampled_from(sorted(self.world.steps))))

    @rule(name=st.sampled_from(["procurement-0", "inventory-0", "inventory-1"]))
    def crash(self, name: Any) -> None:
        self.world.crash(name)

    @rule()
    def take_snapshot(self) -> None:
        self.world.take_snapshot(PROCUREMENT)

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────────────────────
    @invariant()
    def documents_say_what_was_accepted(self) -> None:
        for key, units in self.received.items():
            document = self.world.document(key)
            assert {line.sku: line.received for line in document.lines.values() if line.received} == {**units}
            assert document.state not in FINISHED - {"closed"} or not units

    @invariant()
    def drafts_and_orders_have_the_lines_that_were_edited_last(self) -> None:
        for key, units in self.ordered.items():
            lines = self.world.document(key).lines.values()
            assert {line.sku: line.ordered for line in lines if line.ordered} == +units
            assert all(line.ordered - line.edited == ORDERED for line in lines)

    def teardown(self) -> None:
        self.world.pump()
        assert self.world.goods_lost_or_doubled() == []
        assert self.world.not_at_rest() == []
        for sku in SKUS:
            site = self.world.site(sku)
            counted = sum(
                event.quantity
                for event in self.world.recorded[self.world.inventory.owner_of(sku)]
                if getattr(event, "sku", "") == sku and getattr(event, "reason", "") == "recounted"
            )
            assert site.on_hand - counted == sum(units[sku] for units in self.received.values())


TestProcurement = ProcurementModel.TestCase
TestProcurement.settings = model_settings(120, 40)
