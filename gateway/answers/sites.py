"""Warehouses and their locations as JSON, on their way out."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from actors.inventory.goods import LOCATION_TYPES, Location, Warehouse
from gateway.pages import Page

Version = Annotated[int, Field(description="the ETag, for `If-Match`")]


class WarehouseAnswer(BaseModel):
    """A warehouse."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "main", "name": "Main warehouse", "version": 1}]})

    id: str
    name: str
    version: Version


class LocationAnswer(BaseModel):
    """A place in a warehouse."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "A-01-3", "warehouse": "main", "type": "picking", "sequence": 13, "x": 4.5, "y": 1.0, "version": 1}
            ]
        }
    )

    id: str
    warehouse: str
    type: Annotated[str, Field(json_schema_extra={"enum": sorted(LOCATION_TYPES)})]
    sequence: int
    x: float | None
    y: float | None
    version: Version


class WarehousePage(Page[WarehouseAnswer]):
    """Warehouses by id."""


class LocationPage(Page[LocationAnswer]):
    """Locations by warehouse and id."""


def warehouse_answer(warehouse: Warehouse, version: int) -> WarehouseAnswer:
    """A warehouse as its owners keep it."""
    return WarehouseAnswer(id=warehouse.id, name=warehouse.name, version=version)


def location_answer(place: Location, version: int) -> LocationAnswer:
    """A location as its owners keep it."""
    return LocationAnswer(
        id=place.id,
        warehouse=place.warehouse,
        type=place.type,
        sequence=place.sequence,
        x=place.x,
        y=place.y,
        version=version,
    )
