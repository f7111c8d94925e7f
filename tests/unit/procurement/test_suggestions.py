"""Suggestions: runs replace each other, people decide, and what they approve gathers in one draft per supplier and warehouse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from actors.inventory.refusals import VersionConflict
from actors.kernel.messages import KeyReused
from actors.kernel.routing import PROCUREMENT
from actors.procurement import basket as basket_rules
from actors.procurement import commands, planning_tables
from actors.procurement.calendar import day_of
from actors.procurement.documents import Line, NewLine
from actors.procurement.events import RunTaken, SuggestionDecided
from actors.procurement.policies import ReorderPolicy
from actors.procurement.projection import changed_rows
from actors.procurement.queries import ReadBaskets
from actors.procurement.refusals import (
    DayIsOver,
    NotOrderable,
    NotSupplied,
    RunSuperseded,
    UnknownDocument,
    UnknownSupplier,
    WrongPurchaseState,
)
from actors.procurement.suggested import RUNS_KEPT
from actors.procurement.suggestions import MadeWith, suggestion_id
from tests.model.buying_house import BuyingHouse, new_suggestion

FAR, LONG_AGO = "2999-12-31", "1999-12-31"


def ask(house: BuyingHouse, verb: str, run: str, sku: str, op_id: str = "", **rest: Any) -> Any:
    return house.decide_on(verb, suggestion_id(run, sku, "main"), op_id, **rest)


def state(house: BuyingHouse, sku: str) -> str:
    return house.purchases.suggestions[sku, "main"].state


def basket(house: BuyingHouse, supplier: str = "farm") -> dict[str, int]:
    """Units by SKU in the draft that gathers."""
    key = house.purchases.baskets.get((supplier, "main"))
    return {line.sku: line.ordered for line in house.document(key).lines.values()} if key else {}


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_run_opens_one_suggestion_for_each_item(house: BuyingHouse) -> None:
    taken = house.suggest("run", apple=12, pear=0)
    assert isinstance(taken, RunTaken)
    assert (taken.opened, taken.closed, taken.left_out) == (1, 0, ())
    assert house.purchases.suggestions["apple", "main"].quantity == 12
    assert ("pear", "main") not in house.purchases.suggestions


def test_nothing_to_order_with_a_warning_is_opened_and_without_one_closes_what_is_open(house: BuyingHouse) -> None:
    house.suggest("run", apple=0, warnings=("late_order",))
    assert state(house, "apple") == "open"
    assert house.suggest("next", apple=0).closed == 1
    assert ("apple", "main") not in house.purchases.suggestions


def test_a_run_replaces_what_is_open_and_what_was_decided(house: BuyingHouse) -> None:
    house.suggest("run", apple=12, pear=5)
    ask(house, "approve", "run", "pear")
    house.suggest("next", apple=7, pear=3)
    assert [one.quantity for one in house.purchases.suggestions.values()] == [7, 3]
    assert isinstance(ask(house, "approve", "run", "apple"), UnknownDocument)


def test_the_same_run_again_changes_nothing(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    again = house.suggest("run", apple=99)
    assert (again.opened, house.purchases.suggestions["apple", "main"].quantity) == (0, 12)
    ask(house, "approve", "run", "apple")
    house.suggest("run", apple=12)
    assert state(house, "apple") == "approved"


def test_a_batch_sent_again_gets_the_answer_of_the_first_time(house: BuyingHouse) -> None:
    first = house.suggest("run", op_id="batch", apple=12)
    house.suggest("next", apple=0)
    recorded = len(house.recorded[PROCUREMENT])
    assert house.suggest("run", op_id="batch", apple=12) == first
    assert len(house.recorded[PROCUREMENT]) == recorded
    assert ("apple", "main") not in house.purchases.suggestions


def test_a_late_batch_of_a_run_behind_the_newest_is_refused(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    house.suggest("next", apple=7)
    assert house.suggest("run", pear=3) == RunSuperseded("run", "next")


def test_only_so_many_runs_are_kept(house: BuyingHouse) -> None:
    for number in range(RUNS_KEPT + 5):
        house.suggest(f"run-{number}", apple=0)
    assert len(house.purchases.runs) == RUNS_KEPT


def test_what_the_supplier_does_not_sell_is_left_out_and_told(house: BuyingHouse) -> None:
    taken = house.suggest("run", apple=12, plum=4)
    assert taken.opened == 1
    assert [(one.sku, one.reason) for one in taken.left_out] == [("plum", "farm does not sell it")]


def test_what_was_decided_on_since_the_run_read_its_rows_is_left_as_it_is(house: BuyingHouse) -> None:
    house.suggest("run", apple=12, pear=5)
    ask(house, "approve", "run", "apple")
    seen = house.purchases.decisions
    ask(house, "approve", "run", "pear")
    taken = house.suggest("next", apple=2, pear=5, decisions_seen=seen)
    assert [(one.sku, one.reason) for one in taken.left_out] == [("pear", "decided on since the run began")]
    assert (state(house, "apple"), state(house, "pear")) == ("open", "approved")


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_approved_units_gather_in_one_draft_until_it_is_placed(house: BuyingHouse) -> None:
    house.suggest("run", apple=12, pear=5)
    first = ask(house, "approve", "run", "apple")
    second = ask(house, "approve", "run", "pear")
    assert isinstance(first, SuggestionDecided)
    assert first.suggestion.purchase_id == second.suggestion.purchase_id
    assert basket(house) == {"apple": 12, "pear": 5}
    house.place_purchase(first.suggestion.purchase_id)
    assert basket(house) == {}
    house.suggest("next", apple=3)
    later = ask(house, "approve", "next", "apple")
    assert later.suggestion.purchase_id != first.suggestion.purchase_id
    assert basket(house) == {"apple": 3}
    assert house.document(first.suggestion.purchase_id).lines["apple"].ordered == 12


@pytest.mark.parametrize("verb", ["cancel", "hold"])
def test_a_draft_that_is_stopped_gathers_no_more(house: BuyingHouse, verb: str) -> None:
    house.suggest("run", apple=12, pear=5)
    first = ask(house, "approve", "run", "apple").suggestion.purchase_id
    house.change(verb, first)
    house.change("resume", first)
    assert ask(house, "approve", "run", "pear").suggestion.purchase_id != first


def test_approving_twice_is_approving_once(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    first = ask(house, "approve", "run", "apple", "key")
    assert ask(house, "approve", "run", "apple", "key") == first
    assert ask(house, "approve", "run", "apple").suggestion == first.suggestion
    assert basket(house) == {"apple": 12}


def test_a_repeat_after_the_next_run_gets_its_answer_and_orders_nothing(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    first = ask(house, "approve", "run", "apple", "key")
    house.suggest("next", apple=3)
    assert ask(house, "approve", "run", "apple", "key") == first
    assert basket(house) == {"apple": 12}


def test_a_key_belongs_to_one_body(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    ask(house, "override", "run", "apple", "key", quantity=4, until=FAR)
    assert isinstance(ask(house, "override", "run", "apple", "key", quantity=5, until=FAR, fingerprint=1), KeyReused)


def test_units_of_a_sku_approved_later_join_its_line(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    ask(house, "approve", "run", "apple")
    house.suggest("next", apple=3)
    ask(house, "approve", "next", "apple")
    assert basket(house) == {"apple": 15}


def test_a_day_is_over_when_it_is_at_the_site(house: BuyingHouse) -> None:
    house.purchases.zone = ZoneInfo("America/New_York")
    house.now = int(datetime(2026, 11, 27, 2, 0, tzinfo=UTC).timestamp() * 1000)  # the evening before, there
    house.suggest("run", apple=12)
    ask(house, "override", "run", "apple", quantity=30, until="2026-11-26")
    assert basket(house) == {"apple": 30}
    order = house.purchases.baskets["farm", "main"]
    house.place_purchase(order)
    assert house.document(order).lines["apple"].due_on == "2026-12-01", "three working days after the Thursday"


def test_an_override_orders_its_own_quantity_and_lasts_until_its_day_is_over(house: BuyingHouse) -> None:
    today = day_of(house.now)
    house.suggest("run", apple=12)
    ask(house, "override", "run", "apple", quantity=30, until=today)
    assert basket(house) == {"apple": 30}
    kept = house.suggest("next", apple=12)
    assert [one.reason for one in kept.left_out] == [f"overridden until {today}"]
    house.now += 86_400_000
    assert house.suggest("tomorrow", apple=12).opened == 1


def test_an_override_of_nothing_orders_nothing(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    ask(house, "override", "run", "apple", quantity=0, until=FAR)
    assert basket(house) == {}
    assert state(house, "apple") == "overridden"


def test_what_is_rejected_is_suggested_again_by_the_next_run(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    ask(house, "reject", "run", "apple")
    assert (state(house, "apple"), basket(house)) == ("rejected", {})
    assert ask(house, "reject", "run", "apple").suggestion.state == "rejected"
    assert house.suggest("next", apple=12).opened == 1


def test_what_was_decided_is_not_decided_again(house: BuyingHouse) -> None:
    house.suggest("run", apple=12, pear=5)
    ask(house, "approve", "run", "apple")
    ask(house, "reject", "run", "pear")
    assert ask(house, "reject", "run", "apple") == WrongPurchaseState(
        suggestion_id("run", "apple", "main"), "approved", "be rejected"
    )
    assert isinstance(ask(house, "override", "run", "apple", quantity=1, until=FAR), WrongPurchaseState)
    assert isinstance(ask(house, "approve", "run", "pear"), WrongPurchaseState)


def test_a_suggestion_that_has_expired_is_not_approved(house: BuyingHouse) -> None:
    house.suggest("run", expires_on=LONG_AGO, apple=12)
    assert ask(house, "approve", "run", "apple") == WrongPurchaseState(
        suggestion_id("run", "apple", "main"), "expired", "be approved"
    )


def test_an_override_cannot_end_before_today(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    assert ask(house, "override", "run", "apple", quantity=4, until=LONG_AGO) == DayIsOver(LONG_AGO, day_of(house.now))


def test_a_quantity_that_a_strict_supplier_takes_no_order_of_is_refused(house: BuyingHouse) -> None:
    house.supplier("farm", lead_time_days=5, strict_minimums=True)
    house.item("farm", "apple", minimum_quantity=12, order_multiple=6)
    house.suggest("run", apple=12)
    assert isinstance(ask(house, "override", "run", "apple", quantity=13, until=FAR), NotOrderable)
    assert (state(house, "apple"), basket(house)) == ("open", {})


def test_a_line_has_the_price_of_all_its_units(house: BuyingHouse) -> None:
    house.item("farm", "apple", (1, "2.50"), (20, "2.00"))
    house.suggest("run", apple=12)
    ask(house, "approve", "run", "apple")
    house.suggest("next", apple=8)
    key = ask(house, "approve", "next", "apple").suggestion.purchase_id
    assert house.document(key).lines["apple"] == Line("apple", 20, "2.00", lead_time_days=5)


def test_a_full_order_is_left_as_a_draft_and_the_next_approval_begins_another(
    house: BuyingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(basket_rules, "MOST_LINES", 1)
    house.suggest("run", apple=12)
    full = ask(house, "approve", "run", "apple").suggestion.purchase_id
    house.suggest("next", apple=1, pear=5)
    assert ask(house, "approve", "next", "apple").suggestion.purchase_id == full
    assert ask(house, "approve", "next", "pear").suggestion.purchase_id != full
    document = house.document(full)
    assert (basket(house), document.gathers, document.state) == ({"pear": 5}, False, "draft")


def test_baskets_are_told_beside_what_the_supplier_takes_no_order_below(house: BuyingHouse) -> None:
    house.supplier("farm", minimum_order="100.00", currency="EUR")
    house.item("farm", "apple", (1, "2.50"))
    house.suggest("run", apple=12, pear=5)
    for sku in ("apple", "pear"):
        ask(house, "approve", "run", sku)
    told: Any = house.read(ReadBaskets(), PROCUREMENT)
    (one,) = told.baskets
    assert (one.lines, one.units, one.money, one.unpriced, one.minimum) == (2, 17, "30.00", 1, "100.00")
    order = house.document(one.purchase_id)
    house.ask(commands.EditPurchase(house.op(), 0, "buyer", order.key, (NewLine("pear", 0),)))
    assert (str(order.money), order.unpriced) == ("30.00", 0), "what was taken off costs nothing"
    assert one.currency == "EUR"


def test_everything_is_the_same_after_a_snapshot_and_after_a_replay(house: BuyingHouse) -> None:
    house.suggest("run", apple=12, pear=5)
    ask(house, "approve", "run", "apple")
    ask(house, "override", "run", "pear", quantity=9, until=FAR)
    house.ask(commands.PutReorderPolicy(house.op(), 0, "planner", ReorderPolicy("apple", target=0.99)))
    before = list(house.purchases.snapshot())
    house.crash(PROCUREMENT)
    assert list(house.purchases.snapshot()) == before
    assert basket(house) == {"apple": 12, "pear": 9}


def test_why_a_suggestion_says_so_is_in_the_event_and_not_in_memory(house: BuyingHouse) -> None:
    house.suggest("run", apple=12)
    (event,) = [one for one in house.recorded[PROCUREMENT] if type(one).__name__ == "SuggestionsPut"]
    assert event.opened[0].explanation.steps  # type: ignore[attr-defined]
    assert "explanation" not in type(house.purchases.suggestions["apple", "main"]).__struct_fields__
    assert isinstance(house.purchases.ops.get(event.op_id), RunTaken)  # type: ignore[attr-defined]


def test_a_run_is_a_row_with_what_it_was_made_with(house: BuyingHouse) -> None:
    house.suggest("silent", apple=12)
    made = (new_suggestion("pear", 5),)
    house.ask(commands.PutSuggestions(house.op(), 0, "planner", "told", "", made, None, MadeWith(7.0, 0.25, 30.0)))
    losing = MadeWith(7.0, 0.25, 30.0, lost_sales=True)
    house.ask(commands.PutSuggestions(house.op(), 0, "planner", "losing", "", made, None, losing))
    events = [one for one in house.recorded[PROCUREMENT] if type(one).__name__ == "SuggestionsPut"]
    rows = changed_rows(house.purchases, [*events, events[-1]])[0][planning_tables.replenishment_runs]
    assert [(row[0], *row[2:]) for row in rows] == [
        ("silent", None, None, None, None), ("told", 7.0, 0.25, 30.0, 0), ("losing", 7.0, 0.25, 30.0, 1),
    ]  # fmt: skip
    assert msgspec.convert([7.0, 0.25, 30.0], MadeWith) == MadeWith(7.0, 0.25, 30.0, lost_sales=False), "of before it was told"


# ── reorder policies ────────────────────────────────────────────────────────────────────────────────────────────────
def policy(house: BuyingHouse, op_id: str = "", if_version: int | None = None, **terms: Any) -> Any:
    made = ReorderPolicy("apple", **terms)
    return house.ask(commands.PutReorderPolicy(op_id or house.op(), 0, "planner", made, if_version))


def test_a_policy_is_replaced_by_whoever_knows_its_version(house: BuyingHouse) -> None:
    assert policy(house, target=0.98).version == 1
    assert policy(house, target=0.98).version == 1
    assert policy(house, if_version=7, target=0.9) == VersionConflict(1)
    assert policy(house, if_version=1, target=0.9).version == 2
    assert policy(house, warehouse="main", target=0.9).version == 1


def test_a_policy_names_a_supplier_that_sells_it(house: BuyingHouse) -> None:
    assert policy(house, supplier="nobody") == UnknownSupplier("nobody")
    house.supplier("mill")
    assert policy(house, supplier="mill") == NotSupplied("mill", ("apple",))
    assert policy(house, supplier="farm").version == 1
