"""Demand by day as the system's own rows tell it; SQLite and MariaDB alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update

from actors.inventory.commands import Adjust, EndHold, Hold, PutProduct, Release, Reserve, Ship, Wanted
from actors.inventory.goods import Product
from actors.inventory.projection import changed_rows as inventory_rows
from actors.inventory.shard import InventoryShard
from actors.inventory.stock_outs import StockOuts
from actors.inventory.tables import stock_outs
from actors.kernel.entry import START, Position
from actors.kernel.faults import StoreUnavailable
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from actors.kernel.record.tables import owners
from actors.kernel.record.writer import SqlRecord
from actors.kernel.routing import InventoryShards, OrderShards
from actors.orders.book import OrderBook
from actors.orders.commands import CancelOrder, PlaceOrder, RecordRefusal, RecordReservation
from actors.orders.lines import NewOrder, OrderedLine
from actors.orders.projection import changed_rows as order_rows
from forecasting.history.keeping import keep_up
from forecasting.history.reading import panel_of
from forecasting.history.site_days import SiteDays
from forecasting.history.store import HistoryStore
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError

ZONE = "Europe/London"
SITE = SiteDays(ZONE)
MONDAY = date(2025, 3, 24)


def at(days: int, hour: int = 12) -> int:
    day = MONDAY + timedelta(days)
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


@pytest.fixture(params=["sqlite", "mariadb"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    made = open_database(url)
    migrate(made)
    yield made
    made.dispose()


class Owner:
    """A machine whose rows are written command by command, at the time that the test says."""

    def __init__(self, engine: Engine, machine: Any) -> None:
        self.machine = machine
        of_stock = isinstance(machine, InventoryShard)
        self.record = SqlRecord(engine, inventory_rows, StockOuts()) if of_stock else SqlRecord(engine, order_rows)
        self.position, _ = asyncio.run(self.record.position(machine.name))

    def do(self, now: int, *commands: Any) -> None:
        events = []
        for command in commands:
            decided = self.machine.decide(command, now)
            assert isinstance(decided, tuple), decided
            for event in decided:
                self.machine.apply(event)
                events.append(event)
        self.write(events)

    def write(self, events: list[Any]) -> None:
        last = Position(1, self.position.number + 1)
        asyncio.run(self.record.write(self.machine.name, self.machine, events, self.position, last, 1))
        self.machine.forget_changes()
        self.position = last


@pytest.fixture
def stock(engine: Engine) -> Owner:
    """Ten pens on Monday morning."""
    owner = Owner(engine, InventoryShard(OwnerName("inventory-0"), OrderShards(1)))
    owner.do(
        at(0, 8), PutProduct("put", 1, "ann", Product("pen", "Pen")), Adjust("count", 2, "ann", "pen", 10, "opening_stock")
    )
    return owner


@pytest.fixture
def orders(engine: Engine) -> Owner:
    """An order shard."""
    return Owner(engine, OrderBook(OwnerName("orders-0"), InventoryShards(1)))


def place(order_id: str, units: int, policy: str = "all_or_nothing") -> PlaceOrder:
    return PlaceOrder(f"place:{order_id}", 1, "ann", order_id, NewOrder((OrderedLine("pen", units),), policy))


def spells(engine: Engine) -> list[tuple[int, int | None]]:
    with engine.connect() as connection:
        return [(row.began_at, row.ended_at) for row in connection.execute(select(stock_outs).order_by(stock_outs.c.began_at))]


def test_a_stock_out_lasts_from_the_last_promise_to_the_next_goods(engine: Engine, stock: Owner) -> None:
    stock.do(at(0, 18), Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("pen", 10),)))
    assert spells(engine) == [(at(0, 18), None)]
    stock.do(at(1, 9), Ship("o1:2", "o1", 2))
    assert spells(engine) == [(at(0, 18), None)]
    stock.do(at(1, 12), Adjust("more", 3, "ann", "pen", 5, "receipt"))
    assert spells(engine) == [(at(0, 18), at(1, 12))]
    stock.do(at(2, 12), Adjust("gone", 4, "ann", "pen", -5, "missing"))
    assert spells(engine) == [(at(0, 18), at(1, 12)), (at(2, 12), None)]


def test_a_projector_that_begins_again_ends_the_stock_out_that_another_began(engine: Engine, stock: Owner) -> None:
    stock.do(at(0, 18), Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("pen", 10),)))
    again = Owner(engine, stock.machine)
    assert again.position == stock.position
    again.do(at(1, 12), Adjust("more", 3, "ann", "pen", 5, "receipt"))
    assert spells(engine) == [(at(0, 18), at(1, 12))]


def test_rows_that_could_not_be_written_are_the_same_the_next_time(
    engine: Engine, stock: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(stock.record, "_write", away)
        with pytest.raises(StoreUnavailable):
            stock.do(at(0, 18), Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("pen", 10),)))
    stock.write([])
    assert spells(engine) == [(at(0, 18), None)]


def test_the_history_is_what_was_wanted_whatever_became_of_it(
    engine: Engine, stock: Owner, orders: Owner, tmp_path: Path
) -> None:
    stock.do(at(0), Hold("h1", 1, "ann", "h1", "pen", 2, 60_000, "", "ann"))
    stock.do(at(0), EndHold("h1 sold", 1, "ann", "h1", "committed"))
    orders.do(at(0), place("kept", 4))
    stock.do(at(0), Reserve("kept:1", "kept", 1, 5, 0, "refuse", (Wanted("pen", 4),)))
    view = stock.machine.answer(Reserve("kept:1", "kept", 1, 5, 0, "refuse", (Wanted("pen", 4),)))
    orders.do(at(0), RecordReservation("kept told", "kept", "inventory-0", view))
    orders.do(at(1), place("refused", 50))
    refusal = stock.machine.decide(Reserve("refused:1", "refused", 1, 5, 0, "refuse", (Wanted("pen", 50),)), at(1))
    orders.do(at(1), RecordRefusal("refused told", "refused", "inventory-0", 1, refusal, True))
    store = HistoryStore(tmp_path / "history")
    with engine.connect() as connection:
        days = keep_up(store, connection, SITE, at(3))
        assert days == [MONDAY + timedelta(number) for number in range(3)]
        found = [(row[0], row[1], row[2].day, *row[3:6]) for row in store.read().drop("promotion", "price").rows()]
        assert found == [("pen", "main", 24, 6, 2, 0), ("pen", "", 25, 50, 0, 0)]
        assert panel_of(store.read(), Frequency.DAY, days[-1]).units.tolist() == [[6, 50]]

        orders.do(at(3), CancelOrder("cancel", 1, "ann", "kept", "changed_mind"))
        released = Release("kept:2", "kept", 2)
        stock.do(at(3), released)
        orders.do(at(3), RecordReservation("kept told 2", "kept", "inventory-0", stock.machine.answer(released)))
        connection.rollback()
        keep_up(store, connection, SITE, at(4))
        assert store.read().filter(day=MONDAY)["units"].to_list() == [2], "cancelled while its day may change: not wanted"


def test_a_second_run_changes_nothing_and_a_rebuild_finds_the_same(engine: Engine, stock: Owner, tmp_path: Path) -> None:
    for day in range(20):
        stock.do(at(day), Adjust(f"in {day}", 1, "ann", "pen", 3, "receipt"))
        stock.do(at(day, 13), Hold(f"h{day}", 1, "ann", f"h{day}", "pen", 1 + day % 3, 60_000, "", "ann"))
        stock.do(at(day, 13), EndHold(f"h{day} sold", 1, "ann", f"h{day}", "committed"))
    store = HistoryStore(tmp_path / "history")

    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in store.folder.iterdir()}

    with engine.connect() as connection:
        assert len(keep_up(store, connection, SITE, at(10))) == 10
        assert keep_up(store, connection, SITE, at(20))[0] == MONDAY + timedelta(3), "older days are never written again"
        progress = store.progress()
        assert progress is not None
        assert progress.movements_above > 0
        before = files()
        keep_up(store, connection, SITE, at(20))
        assert files() == before
        store.clear_days()
        keep_up(store, connection, SITE, at(20))
        assert files() == before
        with pytest.raises(ParameterError, match="Europe/London, whose days are recorded"):
            keep_up(store, connection, SiteDays("UTC"), at(20))
    assert store.read()["units"].sum() == sum(1 + day % 3 for day in range(20))


def test_a_system_in_which_nothing_has_happened_has_no_history(engine: Engine, tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history")
    with engine.connect() as connection:
        assert keep_up(store, connection, SITE, at(3)) == []
    assert store.read().is_empty()
    assert Owner(engine, OrderBook(OwnerName("orders-0"), InventoryShards(1))).position == START


def test_where_orders_come_for_what_is_out_of_stock_no_day_hides_demand(engine: Engine, stock: Owner, tmp_path: Path) -> None:
    stock.do(at(0, 18), Reserve("o1:1", "o1", 1, 5, 0, "refuse", (Wanted("pen", 10),)))
    shares = {}
    for hide in (True, False):
        store = HistoryStore(tmp_path / f"history-{hide}")
        with engine.connect() as connection:
            keep_up(store, connection, SITE, at(2), stock_outs_hide=hide)
        shares[hide] = store.read().sort("day")["in_stock_share"].to_list()
    assert shares == {True: [0.75, 0.0], False: [1.0]}


def test_rows_that_come_late_are_in_the_history_however_late_they_are(engine: Engine, stock: Owner, tmp_path: Path) -> None:
    """Projectors follow owners one by one: one may stand still, before a row that is refused, while the nights go on."""
    late = Owner(engine, InventoryShard(OwnerName("inventory-1"), OrderShards(1)))
    late.do(at(1, 8), PutProduct("put", 1, "ann", Product("ink", "Ink")), Adjust("ink", 2, "ann", "ink", 9, "opening_stock"))
    store, kept = HistoryStore(tmp_path / "history"), []
    for day in range(1, 21):
        stock.do(at(day), Adjust(f"in {day}", 1, "ann", "pen", 3, "receipt"))
        hold, sold = Hold(f"i{day}", 1, "ann", f"i{day}", "ink", 1, 60_000, "", "ann"), f"i{day} sold"
        if day in (2, 3):  # decided and recorded, and not in the rows before the last day
            kept.append((at(day), hold, EndHold(sold, 1, "ann", f"i{day}", "committed")))
        with engine.connect() as connection:
            keep_up(store, connection, SITE, at(day))
    assert store.read().filter(sku="ink")["units"].sum() == 0
    for now, *commands in kept:
        late.do(now, *commands)
    with engine.connect() as connection:
        written = keep_up(store, connection, SITE, at(21))
        assert written[-1] == MONDAY + timedelta(20)
        told = store.read().filter(sku="ink").filter(units=1)
        assert told["day"].to_list() == [MONDAY + timedelta(2), MONDAY + timedelta(3)]
        files = {path.name: path.read_bytes() for path in store.folder.iterdir()}
        keep_up(store, connection, SITE, at(21))
        assert {path.name: path.read_bytes() for path in store.folder.iterdir()} == files, "the second time nothing is late"
        store.clear_days()
        keep_up(store, connection, SITE, at(21))
        again = {path.name: path.read_bytes() for path in store.folder.iterdir() if path.name != "progress.json"}
        assert again == {name: content for name, content in files.items() if name != "progress.json"}, "as a rebuild has it"


def test_an_owner_that_has_no_rows_yet_may_be_late_from_the_first_day_on(
    engine: Engine, stock: Owner, orders: Owner, tmp_path: Path
) -> None:
    store = HistoryStore(tmp_path / "history")
    for day in range(1, 16):
        stock.do(at(day), Adjust(f"in {day}", 1, "ann", "pen", 3, "receipt"))
        with engine.connect() as connection:
            keep_up(store, connection, SITE, at(day))
    orders.write([])  # it has a successor, which has claimed the journal
    orders.do(at(1), place("first", 4))
    with engine.connect() as connection:
        assert keep_up(store, connection, SITE, at(16))[0] == MONDAY
    assert store.read().filter(day=MONDAY + timedelta(1))["units"].to_list() == [4, 0]


def test_an_owner_that_only_began_again_has_no_late_rows(engine: Engine, stock: Owner, tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "history")
    stock.do(at(1), Adjust("in", 1, "ann", "pen", 3, "receipt"))
    with engine.connect() as connection:
        keep_up(store, connection, SITE, at(30))
        stock.write([])
        assert keep_up(store, connection, SITE, at(31))[0] == MONDAY + timedelta(23)
        stock.do(at(1), Adjust("at the same time", 1, "ann", "pen", 3, "receipt"))
        assert keep_up(store, connection, SITE, at(31))[0] == MONDAY


def test_a_progress_of_an_earlier_release_is_gone_on_from(engine: Engine, stock: Owner, tmp_path: Path) -> None:
    stock.do(at(1), Adjust("in", 1, "ann", "pen", 3, "receipt"))
    store = HistoryStore(tmp_path / "history")
    with engine.connect() as connection:
        keep_up(store, connection, SITE, at(20))
        (store.folder / "progress.json").write_text(f'{{"time_zone": "{ZONE}", "last": "2025-04-12", "movements_above": 0}}')
        assert keep_up(store, connection, SITE, at(21))[0] == MONDAY + timedelta(13)
        connection.execute(update(owners).values(applied_at=-1))
        keep_up(store, connection, SITE, at(21))
        connection.execute(update(owners).values(applied_at=at(1)))
        assert keep_up(store, connection, SITE, at(21))[0] == MONDAY + timedelta(14), "nobody had said how late"


def test_the_history_has_the_mean_of_the_prices_that_orders_told(engine: Engine, orders: Owner, tmp_path: Path) -> None:
    for number, (units, price) in enumerate([(3, "2.00"), (1, "4.00"), (5, "")]):
        lines, told = (OrderedLine("pen", units),), (("pen", price),) if price else ()
        orders.do(at(0), PlaceOrder(f"p{number}", 1, "ann", f"p{number}", NewOrder(lines, warehouse="main", unit_prices=told)))
    orders.do(at(1), place("plain", 4))
    store = HistoryStore(tmp_path / "history")
    with engine.connect() as connection:
        keep_up(store, connection, SITE, at(2))
    assert store.read().select("units", "price").rows() == [(9, 2.5), (4, None)]
    panel = panel_of(store.read(), Frequency.DAY, MONDAY + timedelta(1))
    assert panel.price is not None
    assert panel.price[:, 0].tolist() == [2.5]
