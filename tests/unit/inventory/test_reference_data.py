"""Products, warehouses and locations: versions, repeats, and what may not change under stock."""

from __future__ import annotations

import pytest

from actors.inventory.commands import Adjust, PutLocation, PutProduct, PutWarehouse
from actors.inventory.events import LocationPut, ProductPut, WarehousePut
from actors.inventory.goods import Location, Product, Warehouse
from actors.inventory.queries import ReadHolders, ReadLevel, ReadProduct, ReadReservation, ReadSites, WouldRefuse
from actors.inventory.refusals import (
    LocationInUse,
    UnitInUse,
    UnknownReservation,
    UnknownSku,
    UnknownWarehouse,
    VersionConflict,
)
from actors.inventory.replies import ProductView, Willing
from tests.model.world import PureWorld


def _product(world: PureWorld, if_version: int | None = None, **changed: object) -> object:
    product = Product("apple", **{"name": "Apple", **changed})  # type: ignore[arg-type]  # a table of fields
    return world.ask(PutProduct(world.op(), 0, "test", product, if_version))


def _location(world: PureWorld, location: Location, **rest: int | None) -> object:
    return world.ask(PutLocation(world.op(), 0, "test", location, **rest), world.inventory.names()[0])


def _warehouse(world: PureWorld, name: str, **rest: int | None) -> object:
    return world.ask(PutWarehouse(world.op(), 0, "test", Warehouse("north", name), **rest), world.inventory.names()[0])


def test_every_change_of_a_product_has_a_version(world: PureWorld) -> None:
    first, second = _product(world), _product(world, name="Red apple")
    assert isinstance(first, ProductPut)
    assert isinstance(second, ProductPut)
    assert (first.version, second.version) == (1, 2)


def test_the_same_product_again_records_nothing(world: PureWorld) -> None:
    _product(world)
    assert _product(world) == ProductView(Product("apple", "Apple"), 1)


@pytest.mark.parametrize(("if_version", "refused"), [(0, False), (1, True)])
def test_a_product_is_created_only_if_the_version_fits(world: PureWorld, if_version: int, refused: bool) -> None:
    assert (_product(world, if_version) == VersionConflict(0)) == refused


@pytest.mark.parametrize(("if_version", "refused"), [(1, False), (0, True), (2, True)])
def test_a_product_is_replaced_only_if_the_version_fits(world: PureWorld, if_version: int, refused: bool) -> None:
    _product(world)
    assert (_product(world, if_version, name="Red") == VersionConflict(1)) == refused


def test_a_product_keeps_its_stock_when_it_is_renamed(world: PureWorld) -> None:
    world.stock(apple=5)
    _product(world, name="Red apple")
    assert world.available("apple") == 5


def test_the_base_unit_of_a_product_without_stock_can_change(world: PureWorld) -> None:
    _product(world)
    assert isinstance(_product(world, unit="kg"), ProductPut)
    world.adjust("apple", 5, "receipt")
    world.adjust("apple", -5, "correction")
    assert isinstance(_product(world, unit="g"), ProductPut)


@pytest.mark.parametrize("used", ["stock", "on hold", "reserved", "backordered"])
def test_the_base_unit_of_a_product_in_use_cannot_change(world: PureWorld, used: str) -> None:
    _product(world)
    if used == "stock":
        world.adjust("apple", 1, "receipt")
    elif used == "on hold":
        world.adjust("apple", 1, "receipt", location="quarantine")
    elif used == "reserved":
        world.adjust("apple", 1, "receipt")
        world.place("o1", ("apple", 1))
    else:
        world.place("o1", ("apple", 1), policy="ship_partial")
    assert _product(world, unit="kg") == UnitInUse("apple")
    assert isinstance(_product(world, name="Red apple"), ProductPut)


def test_a_warehouse_has_a_stock_place_and_a_quarantine_from_the_start(world: PureWorld) -> None:
    world.stock(apple=1)
    _warehouse(world, "North")
    world.adjust("apple", 2, "receipt", warehouse="north")
    world.adjust("apple", 3, "receipt", warehouse="north", location="quarantine")
    assert world.available("apple", "north") == 2


def test_a_warehouse_is_replaced_only_if_the_version_fits(world: PureWorld) -> None:
    _warehouse(world, "North")
    assert _warehouse(world, "Far north", if_version=2) == VersionConflict(1)
    assert isinstance(_warehouse(world, "Far north", if_version=1), WarehousePut)


def test_shards_that_are_told_versions_take_only_newer_ones(world: PureWorld) -> None:
    place = Location("a1", "main")
    for version, sequence in ((1, 1), (3, 1), (2, 9)):
        _warehouse(world, f"North {sequence}", version=version)
        _location(world, Location("a1", "main", "storage", sequence), version=version)
    sites = world.read(ReadSites(), world.inventory.names()[0])
    assert (Warehouse("north", "North 1"), 3) in sites.warehouses
    assert [(location.sequence, version) for location, version in sites.locations] == [(1, 3)]
    assert place.id == sites.locations[0][0].id


def test_a_location_needs_its_warehouse(world: PureWorld) -> None:
    assert _location(world, Location("a1", "moon")) == UnknownWarehouse("moon")


def test_a_location_is_replaced_only_if_the_version_fits(world: PureWorld) -> None:
    _location(world, Location("a1", "main"))
    assert _location(world, Location("a1", "main", sequence=5), if_version=7) == VersionConflict(1)
    assert isinstance(_location(world, Location("a1", "main", sequence=5), if_version=1), LocationPut)


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [("storage", "damaged", True), ("damaged", "storage", True), ("storage", "picking", False), ("damaged", "returns", False)],
)
def test_a_location_that_holds_stock_stays_sellable_or_not(world: PureWorld, before: str, after: str, refused: bool) -> None:
    world.stock(apple=0)
    _location(world, Location("a1", "main", before))
    world.adjust("apple", 1, "receipt", location="a1")
    assert (_location(world, Location("a1", "main", after)) == LocationInUse("a1")) == refused
    world.adjust("apple", -1, "correction", location="a1")
    assert isinstance(_location(world, Location("a1", "main", after, 3)), LocationPut)


def test_a_shard_that_is_told_takes_the_change_even_over_stock_that_came_meanwhile(world: PureWorld) -> None:
    """The first shard has decided: goods here go on hold and break promises, or come off it and serve those who wait."""
    world.stock(apple=1, pear=0)
    _location(world, Location("a1", "main"))
    world.adjust("apple", 4, "receipt", location="a1")
    world.adjust("pear", 2, "receipt", location="a1")
    world.place("o1", ("apple", 3), ("pear", 2))
    assert world.hold("b1", "apple", 2).state == "active"
    assert _location(world, Location("a1", "main", "quarantine")) == LocationInUse("a1")
    assert isinstance(_location(world, Location("a1", "main", "quarantine"), version=2), LocationPut)
    assert (world.site("apple").on_hold, world.site("pear").on_hold) == (4, 2)
    assert (world.available("apple"), world.available("pear")) == (0, 0)
    line = world.line("o1", "apple")
    assert (line.reserved, line.backordered) == (1, 2)
    assert world.line("o1", "pear").backordered == 2
    assert isinstance(_location(world, Location("a1", "main", "picking"), version=3), LocationPut)
    assert (world.site("apple").on_hold, world.state("o1"), world.available("apple")) == (0, "reserved", 2)


@pytest.mark.parametrize("version", [1, 2])
def test_what_a_shard_has_been_told_of_already_changes_nothing(world: PureWorld, version: int) -> None:
    _location(world, Location("a1", "main"), version=2)
    before = list(world.recorded[world.inventory.names()[0]])
    _location(world, Location("a1", "main", "quarantine"), version=version)
    assert world.recorded[world.inventory.names()[0]] == before


def test_a_change_that_is_asked_for_again_is_no_conflict(world: PureWorld) -> None:
    _location(world, Location("a1", "main"))
    _warehouse(world, "North")
    for _ in range(2):
        assert not isinstance(_location(world, Location("a1", "main", sequence=5), if_version=1), VersionConflict)
        assert not isinstance(_warehouse(world, "Far north", if_version=1), VersionConflict)
    assert _location(world, Location("a1", "main", sequence=6), if_version=1) == VersionConflict(2)
    assert _location(world, Location("a1", "main", sequence=5), if_version=0) == VersionConflict(2)
    assert _warehouse(world, "Farther north", if_version=1) == VersionConflict(2)


def test_a_quarantine_that_was_made_sellable_stays_so_when_its_warehouse_is_renamed(world: PureWorld) -> None:
    world.stock(apple=0)
    _warehouse(world, "North")
    _location(world, Location("quarantine", "north", "storage"))
    world.adjust("apple", 3, "receipt", warehouse="north", location="quarantine")
    _warehouse(world, "Far north")
    assert world.available("apple", "north") == 3
    world.adjust("apple", -1, "correction", warehouse="north", location="quarantine")
    assert world.available("apple", "north") == 2


@pytest.mark.parametrize("sku", ["apple", "kiwi"])
def test_what_would_be_refused_is_told_and_nothing_is_done(world: PureWorld, sku: str) -> None:
    world.stock(apple=1)
    command = Adjust("op", 0, "test", sku, 1, "found")
    before = list(world.recorded[world.inventory.names()[0]])
    answer = world.read(WouldRefuse(command), world.inventory.names()[0])
    assert answer == (Willing() if sku == "apple" else UnknownSku(("kiwi",)))
    assert world.recorded[world.inventory.names()[0]] == before


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (ReadLevel("kiwi"), UnknownSku(("kiwi",))),
        (ReadProduct("kiwi"), UnknownSku(("kiwi",))),
        (ReadHolders("kiwi"), UnknownSku(("kiwi",))),
        (ReadReservation("r"), UnknownReservation("r")),
    ],
)
def test_what_is_not_known_is_refused_when_it_is_read(world: PureWorld, query: object, answer: object) -> None:
    assert world.read(query, world.inventory.names()[0]) == answer  # type: ignore[arg-type]  # a table of queries
