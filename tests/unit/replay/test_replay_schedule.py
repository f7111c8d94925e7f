"""Cause before effect, whatever is sent at the same time."""

from __future__ import annotations

from gateway.replay.actions import (
    Action,
    AdjustStock,
    CancelOrder,
    EditLines,
    PlaceOrder,
    Quantity,
    ReturnGoods,
    ShipOrder,
)
from gateway.replay.generated import generated_lines
from gateway.replay.plan import make_plan
from gateway.replay.schedule import order_of, schedule


def place(order: str, *skus: str) -> PlaceOrder:
    return PlaceOrder(1, None, order, order, None, tuple(Quantity(sku, 1) for sku in skus or ("A",)))


def adjust(sku: str) -> AdjustStock:
    return AdjustStock(1, None, sku, -1, "damaged")


def after(*actions: Action, batch_size: int = 1) -> list[tuple[int, ...]]:
    return [job.after for job in schedule(actions, batch_size)]


def test_actions_on_one_order_follow_each_other_and_others_do_not_wait() -> None:
    edit = EditLines(1, None, "1", (Quantity("A", 0),))
    assert after(place("1"), place("2"), edit, ShipOrder(1, None, "1")) == [(), (), (0,), (2,)]


def test_a_correction_has_its_place_among_the_orders_of_its_sku() -> None:
    actions = [place("1", "A"), place("2", "B"), adjust("A"), place("3", "A", "B"), adjust("A")]
    assert after(*actions) == [(), (), (0,), (2,), (2, 3)]


def test_a_return_without_an_order_waits_for_corrections_of_its_sku_only() -> None:
    back = ReturnGoods(1, None, "C1", None, (Quantity("A", 1),))
    assert after(place("1", "A"), adjust("A"), back) == [(), (0,), (1,)]


def test_orders_gather_in_a_batch_until_something_waits_for_one_of_them() -> None:
    actions = [place("1"), place("2"), CancelOrder(1, None, "1"), place("3")]
    jobs = schedule(actions, batch_size=10)
    assert [len(job.actions) for job in jobs] == [2, 1, 1]
    assert [job.after for job in jobs] == [(), (0,), ()]


def test_a_batch_goes_out_when_it_is_full_and_at_the_end() -> None:
    jobs = schedule([place(str(number)) for number in range(5)], batch_size=2)
    assert [len(job.actions) for job in jobs] == [2, 2, 1]


def test_a_correction_sends_the_batch_that_names_its_sku_first() -> None:
    jobs = schedule([place("1", "A"), adjust("B"), place("2", "B"), adjust("A")], batch_size=10)
    assert [type(job.actions[0]) for job in jobs] == [AdjustStock, PlaceOrder, AdjustStock]
    assert [job.after for job in jobs] == [(), (0,), (1,)]


def test_every_action_is_scheduled_once_and_after_what_it_depends_on() -> None:
    actions = make_plan(generated_lines()).actions
    for batch_size in (1, 100):
        jobs = schedule(actions, batch_size)
        scheduled = [action for job in jobs for action in job.actions]
        assert sorted(map(repr, scheduled)) == sorted(map(repr, actions))
        last: dict[str, int] = {}
        for number, job in enumerate(jobs):
            assert all(earlier < number for earlier in job.after)
            for action in job.actions:
                order = order_of(action)
                if order is not None:
                    assert last.get(order, number) in (*job.after, number)
                    last[order] = number
