"""Runs of planning, decisions, placing, repeats and crashes in any order: each approved unit is ordered once.

The reference is simple: units of the decisions that were accepted, by SKU, and which suggestion is the latest of each.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.kernel.messages import Refusal
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.calendar import day_of
from actors.procurement.documents import NewLine
from actors.procurement.refusals import RunSuperseded
from actors.procurement.suggestions import suggestion_id
from actors.procurement.suppliers import Supplier, SupplierItem
from tests.model.buying_house import EVERY_DAY, BuyingHouse, decision, new_suggestion
from tests.model.profiles import model_settings

SUPPLIER_OF = {"apple": "farm", "pear": "farm", "nail": "smith"}
DAY_MS = 86_400_000


class SuggestionsModel(RuleBasedStateMachine):
    """One owner, asked by planners whose messages may come twice."""

    def __init__(self) -> None:
        super().__init__()
        self.world = BuyingHouse(1, 1)
        for name in ("farm", "smith"):
            self.world.ask(commands.PutSupplier(f"s-{name}", 0, "t", Supplier(name, name, 5, 0, EVERY_DAY)))
        for sku, supplier in SUPPLIER_OF.items():
            self.world.ask(commands.PutSupplierItem(f"i-{sku}", 0, "t", SupplierItem(supplier, sku)))
        self.numbers = 0
        self.sent: list[tuple[Any, Any]] = []
        """Commands that were carried out, with their answers: each may come again."""
        self.runs: list[str] = []
        self.latest: dict[str, tuple[str, int, str, str]] = {}
        """By SKU: id, units, state and the last day of an override of its latest suggestion."""
        self.ordered: Counter[str] = Counter()
        """Units on all orders; `edited` of them because people changed drafts."""
        self.edited: Counter[str] = Counter()

    def take(self, command: Any) -> bool:
        reply = self.world.ask(command)
        if isinstance(reply, Refusal):
            return False
        self.sent.append((command, reply))
        return True

    def name(self, what: str) -> str:
        self.numbers += 1
        return f"{what}{self.numbers}"

    @rule(units=st.dictionaries(st.sampled_from(sorted(SUPPLIER_OF)), st.integers(0, 9), min_size=1))
    def run(self, units: dict[str, int]) -> None:
        run = self.name("run")
        self.runs.append(run)
        assert self.take(self.batch(run, units))
        for sku, quantity in units.items():
            there = self.latest.get(sku)
            if there is not None and there[2] == "overridden" and there[3] >= day_of(self.world.now):
                continue
            if quantity:
                self.latest[sku] = (suggestion_id(run, sku, "main"), quantity, "open", "")
            elif there is not None and there[2] == "open":
                del self.latest[sku]

    def batch(self, run: str, units: dict[str, int]) -> commands.PutSuggestions:
        made = tuple(new_suggestion(sku, quantity, SUPPLIER_OF[sku]) for sku, quantity in units.items())
        return commands.PutSuggestions(self.name("put"), 0, "t", run, "", made)

    @precondition(lambda self: len(self.runs) > 1)
    @rule(data=st.data(), units=st.integers(1, 9))
    def a_late_batch(self, data: st.DataObject, units: int) -> None:
        run = data.draw(st.sampled_from(self.runs[:-1]))
        assert self.world.ask(self.batch(run, {"apple": units})) == RunSuperseded(run, self.runs[-1])

    @precondition(lambda self: self.latest)
    @rule(data=st.data(), verb=st.sampled_from(["approve", "override", "reject"]), units=st.integers(0, 9))
    def decide(self, data: st.DataObject, verb: str, units: int) -> None:
        sku = data.draw(st.sampled_from(sorted(self.latest)))
        named, suggested, state, _ = self.latest[sku]
        until = day_of(self.world.now + DAY_MS)
        command = decision(verb, named, self.name(verb), self.name("po"), units, until)
        became = {"approve": "approved", "override": "overridden", "reject": "rejected"}[verb]
        taken = self.take(command)
        if state == "open":
            assert taken
            self.latest[sku] = (named, suggested, became, until if verb == "override" else "")
            self.ordered[sku] += {"approve": suggested, "override": units, "reject": 0}[verb]
        elif state != became:
            assert not taken

    @precondition(lambda self: self.world.purchases.baskets)
    @rule(data=st.data(), verb=st.sampled_from(["place", "hold", "cancel"]))
    def leave_the_basket(self, data: st.DataObject, verb: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.world.purchases.baskets.values())))
        if verb == "place":
            assert not isinstance(self.world.place_purchase(key), Refusal)
        else:
            self.world.change(verb, key)
        assert key not in self.world.purchases.baskets.values()

    @precondition(lambda self: self.world.purchases.baskets)
    @rule(data=st.data(), sku=st.sampled_from(sorted(SUPPLIER_OF)), units=st.integers(0, 9))
    def edit_a_basket(self, data: st.DataObject, sku: str, units: int) -> None:
        document = self.world.document(data.draw(st.sampled_from(sorted(self.world.purchases.baskets.values()))))
        before = document.lines[sku].ordered if sku in document.lines else 0
        others = any(line.ordered for line in document.lines.values() if line.sku != sku)
        may = SUPPLIER_OF[sku] == document.supplier and (units or (before and others))
        edit = commands.EditPurchase(self.name("edit"), 0, "t", document.key, (NewLine(sku, units),))
        assert self.take(edit) == bool(may)
        if may:
            self.ordered[sku] += units - before
            self.edited[sku] += units - before

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def come_again(self, data: st.DataObject) -> None:
        command, reply = data.draw(st.sampled_from(self.sent))
        recorded = len(self.world.recorded[PROCUREMENT])
        again = self.world.ask(command)
        assert len(self.world.recorded[PROCUREMENT]) == recorded, f"{command} was done again"
        forgotten = self.world.purchases.ops.get(command.op_id) is None  # an order is told as it is now
        assert again == reply or forgotten

    @rule()
    def a_day_goes_by(self) -> None:
        self.world.now += DAY_MS

    @rule()
    def crash(self) -> None:
        self.world.crash(PROCUREMENT)

    @invariant()
    def each_approved_unit_is_on_one_order(self) -> None:
        units: Counter[str] = Counter()
        edited: Counter[str] = Counter()
        for document in self.world.purchases.documents.values():
            for line in document.lines.values():
                assert SUPPLIER_OF[line.sku] == document.supplier
                units[line.sku] += line.ordered
                edited[line.sku] += line.edited
        assert +units == +self.ordered
        assert {sku: count for sku, count in edited.items() if count} == {sku: n for sku, n in self.edited.items() if n}

    @invariant()
    def what_gathers_is_one_draft_for_each_supplier(self) -> None:
        gathering = [one for one in self.world.purchases.documents.values() if one.gathers]
        assert all(one.state == "draft" for one in gathering)
        assert {one.supplier: one.key for one in gathering} == {
            supplier: key for (supplier, _), key in self.world.purchases.baskets.items()
        }
        assert len(gathering) == len(self.world.purchases.baskets)

    @invariant()
    def the_latest_suggestion_stands_as_it_was_decided(self) -> None:
        book = self.world.purchases
        assert {one.sku: (one.id, one.quantity, one.state, one.until) for one in book.suggestions.values()} == self.latest

    def teardown(self) -> None:
        self.world.pump()
        assert self.world.broken() == []


TestSuggestions = SuggestionsModel.TestCase
TestSuggestions.settings = model_settings(100, 40)
