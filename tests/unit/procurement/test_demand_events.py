"""Events that move demand, as their owner keeps them."""

from __future__ import annotations

from typing import Any

from actors.inventory.refusals import VersionConflict
from actors.kernel.messages import KeyReused
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.demand_events import DemandEvent
from actors.procurement.planning_tables import demand_events
from actors.procurement.projection import changed_rows
from actors.procurement.queries import ReadDemandEvent
from actors.procurement.replies import DemandEventView
from tests.model.buying_house import BuyingHouse

SALE = DemandEvent("sale", "promotion", "2026-11-09", "2026-11-11", 0.3, ("apple", "pear"))


def put(house: BuyingHouse, event: DemandEvent, op_id: str = "", if_version: int | None = None, fingerprint: int = 0) -> Any:
    return house.ask(commands.PutDemandEvent(op_id or house.op(), fingerprint, "planner", event, if_version))


def test_an_event_is_replaced_by_whoever_knows_its_version(house: BuyingHouse) -> None:
    deeper = DemandEvent("sale", "promotion", "2026-11-09", "2026-11-11", 0.5, ("apple",))
    assert put(house, SALE, if_version=3) == VersionConflict(0)
    assert put(house, SALE).version == 1
    assert put(house, SALE).version == 1, "the same again is the same version"
    assert put(house, deeper, if_version=7) == VersionConflict(1)
    assert put(house, deeper, if_version=1).version == 2
    assert house.read(ReadDemandEvent("sale"), PROCUREMENT) == DemandEventView(deeper, 2)
    assert house.read(ReadDemandEvent("fair"), PROCUREMENT) == DemandEventView(None, 0)


def test_a_repeat_is_answered_as_the_first_time_and_a_key_belongs_to_one_body(house: BuyingHouse) -> None:
    first = put(house, SALE, "key")
    put(house, DemandEvent("sale", "closure", "2026-11-09", "2026-11-11"))
    assert put(house, SALE, "key") == first
    assert put(house, SALE, "key", fingerprint=1) == KeyReused("key")
    assert house.purchases.demand_events["sale"][1] == 2, "the repeat changed nothing"


def test_events_are_the_same_after_a_snapshot_and_after_a_replay(house: BuyingHouse) -> None:
    put(house, SALE)
    put(house, DemandEvent("sunday", "make-up workday", "2026-02-15", "2026-02-15", known_from="2025-11-04", cancelled=True))
    before = list(house.purchases.snapshot())
    house.crash(PROCUREMENT)
    assert list(house.purchases.snapshot()) == before
    restored = type(house.purchases)(house.purchases.name, house.purchases.inventory)
    for record in before:
        restored.restore(record)
    assert restored.demand_events == house.purchases.demand_events


def test_an_event_has_one_row_however_often_it_changes(house: BuyingHouse) -> None:
    house.purchases.forget_changes()
    put(house, SALE)
    put(house, DemandEvent("sale", "closure", "2026-11-09", "2026-11-11", day_off=True))
    rows, _ = changed_rows(house.purchases, [])
    assert rows[demand_events] == [("sale", "closure", "2026-11-09", "2026-11-11", 1.0, "[]", 1, "", 0, 2)]
