"""Replaying over real HTTP: causality, keys, retries, and what is told at the end."""

from __future__ import annotations

import io
import json
import random
import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from gateway.replay.actions import (
    Action,
    AdjustStock,
    CancelOrder,
    DeliverOrder,
    EditLines,
    PlaceOrder,
    Plan,
    Product,
    Quantity,
    ReturnGoods,
    ShipOrder,
    Skipped,
)
from gateway.replay.answers import Answer, Body, read_answer, read_batch
from gateway.replay.driver import ReplayStopped, RetryPolicy, Target, Terms, run_replay
from gateway.replay.generated import generated_lines
from gateway.replay.lines import BadRow
from gateway.replay.outcome import Outcome, latency_of
from gateway.replay.plan import make_plan
from gateway.replay.report import print_outcome
from gateway.replay.requests import Requests
from gateway.replay.stretch import peak_stretch
from gateway.replay.wire import BUSY_ITEM, CONNECTION_LOST, retry_after

IMPATIENT = RetryPolicy(attempts=4, first_wait_s=0.001, longest_wait_s=0.01)
FEW = (PlaceOrder(1, None, "1", "1", "7", (Quantity("A", 3),)), CancelOrder(2, None, "1"))


def plan_of(*actions: Action, opening: tuple[Quantity, ...] = (Quantity("A", 10),), **more: Any) -> Plan:
    base: dict[str, Any] = {"source": "test", "fingerprint": "f", "first_day": None, "last_day": None}
    base |= {"trading_days": 0, "rows": len(actions), "products": (Product("A", "A thing"),), "skipped": (), "bad": ()}
    return Plan(**(base | {"opening": opening, "actions": actions} | more))


def run(gateway: Any, plan: Plan, **choices: Any) -> Outcome:
    return run_replay(plan, Target(gateway.base_url, gateway.api_key, **({"retry": IMPATIENT} | choices)))


def printed(outcome: Outcome) -> str:
    console = Console(file=io.StringIO(), width=160)
    print_outcome(outcome, console)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_products_and_stock_come_before_the_first_action(gateway: Any) -> None:
    outcome = run(gateway, plan_of(*FEW))
    assert [call.path for call in gateway.calls] == [
        "/v1/products:batch",
        "/v1/adjustments:batch",
        "/v1/orders",
        "/v1/orders/1/cancel",
    ]
    assert gateway.calls[0].body == [{"sku": "A", "name": "A thing"}]
    assert gateway.calls[1].body == [{"sku": "A", "quantity": 10, "reason": "opening_stock"}]
    assert outcome.counted["products"].accepted == outcome.counted["opening stock"].accepted == 1
    assert outcome.complete


def test_every_action_is_written_as_the_api_wants_it(gateway: Any) -> None:
    lines = (Quantity("A/ü 1", 2),)
    actions: list[Action] = [
        PlaceOrder(1, None, "1", "No 1", "7", lines),
        EditLines(2, None, "1", (Quantity("A/ü 1", 0),)),
        ReturnGoods(3, None, "C3", None, lines),
        ReturnGoods(4, None, "C4-1", "1", lines),
        AdjustStock(5, None, "A/ü 1", -2, "damaged"),
        ShipOrder(1, None, "1"),
        DeliverOrder(1, None, "1"),
    ]
    written = [Requests(plan_of(), Terms(policy="ship_complete", warehouse="north")).action(each) for each in actions]
    line = {"sku": "A/ü 1", "quantity": 2}
    order = {"order_id": "1", "external_reference": "No 1", "customer": "7", "policy": "ship_complete"}
    assert [(each.method, each.path, json.loads(each.body)) for each in written] == [
        ("POST", "/v1/orders", order | {"lines": [line], "warehouse": "north"}),
        ("PATCH", "/v1/orders/1/lines", {"lines": [line | {"quantity": 0}]}),
        ("POST", "/v1/returns", {"return_id": "C3", "lines": [line | {"outcome": "restock"}], "warehouse": "north"}),
        ("POST", "/v1/returns", {"return_id": "C4-1", "lines": [line | {"outcome": "restock"}], "order_id": "1"}),
        ("POST", "/v1/adjustments", {"sku": "A/ü 1", "quantity": -2, "reason": "damaged", "warehouse": "north"}),
        ("POST", "/v1/orders/1/ship", {}),
        ("POST", "/v1/orders/1/deliver", {}),
    ]


@pytest.mark.parametrize("batch_size", [1, 50])
def test_an_effect_is_sent_only_after_its_cause_was_answered(gateway: Any, batch_size: int) -> None:
    gateway.delay_s = 0.003
    orders = [PlaceOrder(n, None, str(n), str(n), None, (Quantity("A", 1),)) for n in range(40)]
    edits = [EditLines(n, None, str(n), (Quantity("A", 0),)) for n in range(40)]
    cancels = [CancelOrder(n, None, str(n)) for n in range(40)]
    mixed = [action for three in zip(orders, edits, cancels, strict=True) for action in three]
    outcome = run(gateway, plan_of(*mixed, opening=(Quantity("A", 100),)), batch_size=batch_size)
    assert outcome.refused == ()
    assert outcome.counted["cancellations"].accepted == outcome.counted["line edits"].accepted == 40
    for number in range(40):
        mine = [effect for effect in gateway.effects if f"{effect}/".startswith(f"/v1/orders/{number}/")]
        assert mine == [f"/v1/orders/{number}", f"/v1/orders/{number}/lines", f"/v1/orders/{number}/cancel"]


def test_no_more_requests_are_under_way_than_allowed(gateway: Any) -> None:
    gateway.delay_s = 0.05
    orders = [PlaceOrder(n, None, str(n), str(n), None, (Quantity("A", 1),)) for n in range(30)]
    started = time.monotonic()
    run(gateway, plan_of(*orders), concurrency=5)
    assert time.monotonic() - started >= 30 / 5 * 0.05


def test_a_second_replay_sends_the_same_keys_and_changes_nothing(gateway: Any) -> None:
    plan = make_plan(peak_stretch(generated_lines(2, days=4), 3))
    first = run(gateway, plan)
    stock, effects, calls = dict(gateway.stock), list(gateway.effects), len(gateway.calls)
    second = run(gateway, plan)
    keys, again = ([call.key for call in part] for part in (gateway.calls[:calls], gateway.calls[calls:]))
    assert None not in keys
    assert sorted(keys) == sorted(again)
    assert len(keys) == len(set(keys))
    assert (gateway.stock, gateway.effects) == (stock, effects)
    assert (first.counted, first.refusals) == (second.counted, second.refusals)


def test_sending_orders_in_batches_after_sending_them_one_by_one_changes_nothing(gateway: Any) -> None:
    plan = make_plan(peak_stretch(generated_lines(2, days=4), 3))
    run(gateway, plan)
    stock, effects = dict(gateway.stock), list(gateway.effects)
    run(gateway, plan, batch_size=20)
    assert (gateway.stock, gateway.effects) == (stock, effects)


def test_another_file_with_the_same_rows_has_other_keys_but_the_same_orders() -> None:
    adjust = AdjustStock(1, None, "A", -1, "damaged")
    one, other = (Requests(plan_of(fingerprint=mark), Terms()) for mark in "fg")
    assert one.action(adjust).key != other.action(adjust).key
    assert one.action(FEW[0]).key == other.action(FEW[0]).key == "1"


def test_a_busy_gateway_is_asked_again_with_the_same_key_after_the_time_it_named(gateway: Any) -> None:
    gateway.trouble = [("/v1/orders", "busy", "0.3")]
    started = time.monotonic()
    outcome = run(gateway, plan_of(FEW[0]))
    assert time.monotonic() - started >= 0.3
    assert [call.key for call in gateway.calls_to("/v1/orders")] == ["1", "1"]
    assert outcome.retries == {"503": 1}
    assert outcome.order_states == {"reserved": 1}


def test_a_lost_answer_is_asked_for_again_and_the_work_is_done_once(gateway: Any) -> None:
    gateway.trouble = [("/v1/orders", "lost", ""), ("adjustments:batch", "lost", ""), ("/cancel", "lost", "")]
    outcome = run(gateway, plan_of(*FEW))
    assert outcome.retries == {CONNECTION_LOST: 3}
    assert Counter(gateway.effects) == {
        "/v1/products": 1,
        "/v1/adjustments": 1,
        "/v1/orders/1": 1,
        "/v1/orders/1/cancel": 1,
    }


def test_a_gateway_that_stays_busy_leaves_the_action_unanswered_and_the_rest_goes_on(gateway: Any) -> None:
    gateway.trouble = [("/v1/orders", "busy", "")] * IMPATIENT.attempts
    other = AdjustStock(3, None, "A", 1, "found")
    outcome = run(gateway, plan_of(*FEW, other), concurrency=1)
    assert not outcome.complete
    assert outcome.counted["orders"].unanswered == 1
    assert outcome.counted["cancellations"].held_back == 1
    assert outcome.counted["stock corrections"].accepted == 1
    assert "stayed unanswered" in printed(outcome)


def test_refusals_are_counted_by_reason_and_what_builds_on_them_is_held_back(gateway: Any) -> None:
    ship, deliver = ShipOrder(1, None, "1"), DeliverOrder(1, None, "1")
    back = ReturnGoods(9, None, "C9-1", "1", (Quantity("A", 1),))
    order = PlaceOrder(4, None, "1", "1", "7", (Quantity("A", 30),))
    partial = run(gateway, plan_of(order, ship, deliver, back))
    assert partial.order_states == {"partially_reserved": 1}
    assert (partial.units_ordered, partial.units_reserved, partial.units_backordered) == (30, 10, 20)
    assert partial.refusals == {("shipments", "wrong-state"): 1}
    assert partial.counted["deliveries"].held_back == partial.counted["returns"].held_back == 1
    order = PlaceOrder(5, None, "2", "2", "7", (Quantity("A", 30),))
    strict = run(gateway, plan_of(order, CancelOrder(6, None, "2")), terms=Terms(policy="all_or_nothing"))
    assert [(item.subject, item.row, item.problem) for item in strict.rejected_orders] == [("2", 5, "insufficient-stock")]
    assert strict.order_states == {"rejected": 1}
    assert strict.counted["cancellations"].held_back == 1


def test_batches_are_read_as_an_array_too_and_count_every_order(gateway: Any) -> None:
    gateway.shape = "array"
    orders = [PlaceOrder(n, None, str(n), str(n), None, (Quantity("A", 1),)) for n in range(25)]
    outcome = run(gateway, plan_of(*orders), batch_size=10)
    assert sorted(len(call.body) for call in gateway.calls_to("orders:batch")) == [5, 10, 10]  # they travel side by side
    assert outcome.order_states == {"reserved": 10, "partially_reserved": 15}
    assert outcome.latency["orders"].requests == 3


def test_nobody_at_the_address_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ReplayStopped, match=f"127.0.0.1:{port} does not answer after 3 attempts") as stopped:
        run_replay(plan_of(*FEW), Target(f"http://127.0.0.1:{port}", retry=IMPATIENT))
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://host", "", "http://"])
def test_an_address_that_is_none_is_told_in_one_line(address: str) -> None:
    with pytest.raises(ReplayStopped, match="is no address such as"):
        run_replay(plan_of(*FEW), Target(address))


def test_a_refused_key_stops_the_replay(gateway: Any) -> None:
    gateway.api_key = "another"
    with pytest.raises(ReplayStopped, match="refuses the API key: unknown key"):
        run_replay(plan_of(*FEW), Target(gateway.base_url, "wrong", retry=IMPATIENT))


def test_a_gateway_that_goes_away_stops_the_replay_and_says_how_far_it_came(gateway: Any) -> None:
    gateway.trouble = [("/cancel", "lost", "")] * IMPATIENT.attempts
    with pytest.raises(ReplayStopped, match="1 of 2 actions were answered, run it again to go on"):
        run(gateway, plan_of(*FEW))
    assert run(gateway, plan_of(*FEW)).counted["cancellations"].accepted == 1


def test_progress_ends_at_the_total_of_each_phase(gateway: Any) -> None:
    told: list[tuple[str, int, int]] = []
    run_replay(plan_of(*FEW), Target(gateway.base_url, gateway.api_key), lambda *step: told.append(step))
    assert ("products", 1, 1) in told
    assert ("opening stock", 1, 1) in told
    assert told[-1] == ("actions", 2, 2)


def test_the_report_shows_all_that_happened(gateway: Any) -> None:
    extra = {"skipped": (Skipped("POST", "POSTAGE [x]", 3),), "bad": (BadRow(9, "Quantity", "0", "is zero"),)}
    outcome = run(gateway, plan_of(*FEW, ShipOrder(1, None, "1"), **extra))
    text = printed(outcome)
    for part in ("orders per second", "p99", "units reserved", "shipments", "wrong-state", "POSTAGE [x]"):
        assert part in text
    assert "row 9: Quantity '0' is zero" in text
    summary = json.loads(json.dumps(outcome.to_dict()))
    assert summary["counted"]["orders"]["accepted"] == 1
    assert summary["latency"]["all"]["requests"] == 3
    assert summary["bad_rows"] == [{"row": 9, "column": "Quantity", "value": "0", "problem": "is zero"}]


def test_percentiles_are_times_that_occurred() -> None:
    times = [number / 1000 for number in range(1, 101)]
    random.Random(1).shuffle(times)
    found = latency_of(times)
    assert (found.p50_ms, found.p95_ms, found.p99_ms, found.max_ms) == pytest.approx((50, 95, 99, 100))
    assert latency_of([]).max_ms == 0


@pytest.mark.parametrize(("header", "wait"), [("2", 2.0), ("0.5", 0.5), ("-1", 0.0), ("soon", None), (None, None)])
def test_retry_after_is_read_in_seconds(header: str | None, wait: float | None) -> None:
    assert retry_after({} if header is None else {"Retry-After": header}, datetime.now(UTC)) == wait


def test_retry_after_is_read_as_a_date_and_never_waits_beyond_the_limit() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    later = (now + timedelta(minutes=10)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    asked = retry_after({"Retry-After": later}, now)
    assert asked == 600
    assert RetryPolicy().wait_s(1, asked, 0.0) == RetryPolicy().longest_retry_after_s


@pytest.mark.parametrize(
    "content",
    [
        b'[{"status":201,"order_id":"1"},{"status":409,"type":"/problems/x"}]',
        b'{"results":[{"status":201,"order_id":"1"},{"type":"/problems/x"}]}',
        b'{"results":[{"status":201,"body":{"order_id":"1"}},{"status":409,"body":{"type":"/problems/x"}}]}',
        b'{"status":201,"order_id":"1"}\n{"status":409,"type":"/problems/x"}\n',
    ],
)
def test_batch_answers_are_read_in_every_shape(content: bytes) -> None:
    answers = read_batch(content, 2)
    assert answers is not None
    assert [answer.status for answer in answers] == [201, 409]
    assert (answers[0].body.order_id, answers[1].problem) == ("1", "x")


@pytest.mark.parametrize("content", [b"", b"null", b'{"results":[]}', b"<html>"])
def test_a_batch_answer_that_is_none_is_recognised(content: bytes) -> None:
    assert read_batch(content, 2) is None


def test_busy_items_of_a_batch_are_asked_for_again(gateway: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = iter([True])
    real = gateway._place
    monkeypatch.setattr(gateway, "_place", lambda body: (503, {}) if next(busy, False) else real(body))
    monkeypatch.setattr(gateway, "_once", lambda key, method, path, body: gateway._carry_out(path, body))
    outcome = run(gateway, plan_of(FEW[0]), batch_size=5)
    assert outcome.retries == {BUSY_ITEM: 1}
    assert outcome.order_states == {"reserved": 1}


@pytest.mark.parametrize(
    ("status", "content", "problem"),
    [
        (409, b'{"type":"https://x/problems/insufficient-stock","title":"t"}', "insufficient-stock"),
        (409, b'{"type":"urn:skuld:wrong-state"}', "wrong-state"),
        (409, b'{"type":"about:blank","title":"Conflict"}', "Conflict"),
        (500, b"Internal Server Error", "status 500 with an unreadable body"),
        (404, b"", "status 404"),
    ],
)
def test_a_refusal_is_named_by_the_end_of_its_type(status: int, content: bytes, problem: str) -> None:
    assert read_answer(status, content).problem == problem


def test_an_answer_is_a_yes_below_300() -> None:
    assert [Answer(status, Body()).accepted for status in (200, 201, 202, 303, 409)] == [True] * 3 + [False] * 2
