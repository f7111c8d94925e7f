"""Warehouses and their locations: reference data that every shard of the inventory keeps a copy of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, Field

from actors.inventory.commands import PutLocation, PutWarehouse
from actors.inventory.events import LocationPut, WarehousePut
from actors.inventory.goods import DEFAULT_WAREHOUSE, LOCATION_TYPES, Location, Warehouse
from actors.inventory.queries import ReadSites, WouldRefuse
from actors.inventory.replies import Sites
from actors.kernel.messages import OwnerName
from gateway.answers.sites import (
    LocationAnswer,
    LocationPage,
    WarehouseAnswer,
    WarehousePage,
    location_answer,
    warehouse_answer,
)
from gateway.documented import problems, versioned
from gateway.fields import Body, Id, Name, UnitsOrNone
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.problems import IN_USE, KEY_REUSED, NOT_FOUND, UNKNOWN_PLACE, VERSION, Problem
from gateway.refusals import accepted
from gateway.system import Behind, Cataloguer, Key, Reader, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["catalogue"], route_class=KeyedRoute)


class WarehouseBody(Body):
    """A warehouse."""

    id: Id | None = None
    name: Name


Coordinate = Annotated[float, Field(allow_inf_nan=False)]


def _location_type(value: str) -> str:
    if value not in LOCATION_TYPES:
        raise ValueError(f"must be one of {', '.join(sorted(LOCATION_TYPES))}")
    return value


class LocationBody(Body):
    """A place in a warehouse; its type says whether goods there may be sold."""

    id: Id | None = None
    warehouse: Id = "main"
    type: Annotated[str, AfterValidator(_location_type), Field(json_schema_extra={"enum": sorted(LOCATION_TYPES)})] = "storage"
    sequence: UnitsOrNone = 0
    x: Coordinate | None = None
    y: Coordinate | None = None


@router.put("/warehouses/{id}", responses=versioned(WarehouseAnswer) | problems(KEY_REUSED, VERSION, body=True))
async def put_warehouse(
    id: Annotated[Id, Path()],
    body: WarehouseBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> WarehouseAnswer:
    """Create or replace a warehouse."""
    same_name(id, body.id, "id")
    wanted = version_wanted(if_match, if_none_match)
    if any_version(if_match) and await _warehouse(system, id) is None:
        raise Problem(VERSION, f"there is no warehouse {id} yet", version=0)
    warehouse = Warehouse(id, body.name)
    command = PutWarehouse(
        op_id("warehouse", key, id), fingerprint(id, body, if_match or wanted), caller.name, warehouse, wanted
    )
    version, created = await _put_everywhere(
        system, command, lambda sites: next(v for site, v in sites.warehouses if site.id == id)
    )
    response.status_code = 201 if created else 200
    show_version(response, version)
    return warehouse_answer(warehouse, version)


@router.get("/warehouses/{id}", responses=versioned() | problems(NOT_FOUND))
async def get_warehouse(id: Annotated[Id, Path()], response: Response, system: Behind, caller: Reader) -> WarehouseAnswer:
    """A warehouse, with its version as ETag."""
    found = await _warehouse(system, id)
    if found is None:
        raise Problem(NOT_FOUND, f"no warehouse is called {id}")
    show_version(response, found[1])
    return warehouse_answer(*found)


@router.get("/warehouses", responses=problems())
async def list_warehouses(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> WarehousePage:
    """Warehouses by id."""
    sites = await _sites(system)
    after = unseal(cursor, tuple[str])
    everything = sorted((warehouse_answer(w, v) for w, v in sites.warehouses), key=lambda warehouse: warehouse.id)
    items = [warehouse for warehouse in everything if not after or warehouse.id > after[0]][:limit]
    return WarehousePage(items=items, next_cursor=cursor_after(items, limit, (items[-1].id,) if items else ()))


@router.put(
    "/locations/{id}", responses=versioned(LocationAnswer) | problems(KEY_REUSED, VERSION, UNKNOWN_PLACE, IN_USE, body=True)
)
async def put_location(
    id: Annotated[Id, Path()],
    body: LocationBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> LocationAnswer:
    """Create or replace a location of a warehouse."""
    same_name(id, body.id, "id")
    wanted = version_wanted(if_match, if_none_match)
    if any_version(if_match) and await _location(system, body.warehouse, id) is None:
        raise Problem(VERSION, f"warehouse {body.warehouse} has no location {id} yet", version=0)
    location = Location(id, body.warehouse, body.type, body.sequence, body.x, body.y)
    command = PutLocation(
        op_id("location", key, body.warehouse, id), fingerprint(id, body, if_match or wanted), caller.name, location, wanted
    )
    same = (body.warehouse, id)
    version, created = await _put_everywhere(
        system, command, lambda sites: next(v for place, v in sites.locations if (place.warehouse, place.id) == same)
    )
    response.status_code = 201 if created else 200
    show_version(response, version)
    return location_answer(location, version)


@router.get("/locations/{id}", responses=versioned() | problems(NOT_FOUND))
async def get_location(
    id: Annotated[Id, Path()], response: Response, system: Behind, caller: Reader, warehouse: Id = DEFAULT_WAREHOUSE
) -> LocationAnswer:
    """A location of a warehouse, with its version as ETag."""
    found = await _location(system, warehouse, id)
    if found is None:
        raise Problem(NOT_FOUND, f"warehouse {warehouse} has no location {id}")
    show_version(response, found[1])
    return location_answer(*found)


@router.get("/locations", responses=problems())
async def list_locations(
    system: Behind, caller: Reader, warehouse: Id | None = None, limit: Limit = 100, cursor: Cursor = None
) -> LocationPage:
    """Locations by warehouse and id."""
    sites = await _sites(system)
    after = unseal(cursor, tuple[str, str])
    rows = sorted((place.warehouse, place.id, place, version) for place, version in sites.locations)
    chosen = [row for row in rows if warehouse in {None, row[0]} and (not after or row[:2] > tuple(after))][:limit]
    items = [location_answer(place, version) for _, _, place, version in chosen]
    return LocationPage(items=items, next_cursor=cursor_after(items, limit, chosen[-1][:2] if chosen else ()))


def _shards(system: System) -> tuple[OwnerName, list[OwnerName]]:
    first, *others = system.owners.inventory.names()
    return first, others


async def _put_everywhere(
    system: System, command: PutWarehouse | PutLocation, standing: Callable[[Sites], int]
) -> tuple[int, bool]:
    """Let the first shard give the version (or say which is `standing`) and tell the others: it, and whether it is new.

    All or nothing: what a shard may refuse is asked of every one first, in their order. Then the first decides, and the
    others refuse no more: goods that one of them has taken into a location in between go on hold there, or come off it.
    A shard that cannot be reached is behind the others until the same request is sent again, which its sender is told;
    the others are told all the same.
    """
    first, others = _shards(system)
    if isinstance(command, PutLocation) and others:
        for owner in (first, *others):
            asked = command if owner == first else msgspec.structs.replace(command, if_version=None)
            accepted(await system.owners.ask(owner, WouldRefuse(asked), timeout_s=system.settings.patience_s))
    reply = accepted(await system.owners.ask(first, command, timeout_s=system.settings.patience_s))
    changed = isinstance(reply, WarehousePut | LocationPut)
    version = reply.version if changed else standing(reply)
    copy = msgspec.structs.replace(command, if_version=None, version=version)
    told = [system.owners.ask(owner, copy, timeout_s=system.settings.patience_s) for owner in others]
    for answer in await asyncio.gather(*told, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer
        accepted(answer)
    return version, changed and version == 1


async def _sites(system: System) -> Sites:
    first, _ = _shards(system)
    sites: Sites = accepted(await system.owners.ask(first, ReadSites(), timeout_s=system.settings.patience_s))
    return sites


async def _warehouse(system: System, id: str) -> tuple[Warehouse, int] | None:
    return next(((site, version) for site, version in (await _sites(system)).warehouses if site.id == id), None)


async def _location(system: System, warehouse: str, id: str) -> tuple[Location, int] | None:
    places = (await _sites(system)).locations
    return next(((place, version) for place, version in places if (place.warehouse, place.id) == (warehouse, id)), None)
