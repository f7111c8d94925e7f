"""Products, warehouses, locations: reference data, with versions that keep two editors from overwriting each other."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import AfterValidator, Field

from actors.inventory import messages as im
from actors.inventory import reads
from actors.kernel.messages import OwnerName
from gateway.batches import batch_response, each_item
from gateway.documented import problems
from gateway.fields import Body, Id, Name, ShortText, Sku, Text, Units, UnitsOrNone
from gateway.pages import Cursor, Limit, page, unseal
from gateway.problems import INVALID_REQUEST, KEY_REUSED, NOT_FOUND, UNIT_IN_USE, UNKNOWN_PLACE, VERSION, Problem, accepted
from gateway.system import Behind, Cataloguer, Key, Reader, System, fingerprint, op_id

router = APIRouter(tags=["catalogue"])


def _gtin(text: str) -> str:
    if text and (not text.isdigit() or len(text) not in {8, 12, 13, 14}):
        raise ValueError("must be 8, 12, 13 or 14 digits")
    return text


Gtin = Annotated[str, Field(max_length=14, examples=["4006381333931"]), AfterValidator(_gtin)]


class PackBody(Body):
    """A pack level: how many base units, under which GTIN."""

    name: ShortText
    units: Units
    gtin: Gtin = ""


class ProductBody(Body):
    """A product; in the path's PUT its `sku` may be left out."""

    sku: Sku | None = None
    name: Name
    gtin: Gtin = ""
    unit: ShortText = "each"
    packs: Annotated[list[PackBody], Field(default_factory=list, max_length=20)]
    category: Text = ""
    weight_g: UnitsOrNone | None = None
    volume_ml: UnitsOrNone | None = None


class BatchProductBody(ProductBody):
    """A product in a batch names its SKU."""

    sku: Sku


class WarehouseBody(Body):
    """A warehouse."""

    id: Id | None = None
    name: Name


class LocationBody(Body):
    """A place in a warehouse; its type says whether goods there may be sold."""

    id: Id | None = None
    warehouse: Id = "main"
    type: Annotated[str, Field(json_schema_extra={"enum": sorted(im.LOCATION_TYPES)})] = "storage"
    sequence: UnitsOrNone = 0
    x: float | None = None
    y: float | None = None


IfMatch = Annotated[str | None, Header(max_length=40)]


def version_of(if_match: str | None) -> int | None:
    """The version an If-Match header names (`"3"`); None without one or for `*`.

    Raises:
        Problem: it is no ETag of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit():
        raise Problem(INVALID_REQUEST, f'If-Match {if_match!r} is not an ETag like "3"')
    return int(text)


def product_of(body: ProductBody, sku: str) -> im.Product:
    """The product as its owner keeps it."""
    packs = tuple(im.Pack(pack.name, pack.units, pack.gtin) for pack in body.packs)
    return im.Product(sku, body.name, body.gtin, body.unit or "each", packs, body.category, body.weight_g, body.volume_ml)


def product_json(product: im.Product, version: int) -> dict[str, Any]:
    """A product."""
    return {
        "sku": product.sku,
        "name": product.name,
        "gtin": product.gtin,
        "unit": product.unit,
        "packs": [{"name": pack.name, "units": pack.units, "gtin": pack.gtin} for pack in product.packs],
        "category": product.category,
        "weight_g": product.weight_g,
        "volume_ml": product.volume_ml,
        "version": version,
    }


def same_name(path: str, body: str | None, field: str) -> None:
    """A body that names another thing than its path is a mistake.

    Raises:
        Problem: they differ.
    """
    if body is not None and body != path:
        raise Problem(INVALID_REQUEST, f"{field} = {body!r} in the body, but {path!r} in the path")


@router.put("/products/{sku}", responses=problems(KEY_REUSED, VERSION, UNIT_IN_USE, body=True))
async def put_product(
    sku: Annotated[Sku, Path()],
    body: ProductBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Create (201) or replace (200) a product. `If-Match` refuses when another version stands."""
    same_name(sku, body.sku, "sku")
    version = version_of(if_match)
    command = im.PutProduct(op_id("product", key), fingerprint(sku, body, version), caller.name, product_of(body, sku), version)
    reply = await system.ask_inventory(sku, command)
    response.status_code = 201 if isinstance(reply, im.ProductPut) and reply.version == 1 else 200
    response.headers["ETag"] = f'"{reply.version}"'
    return product_json(reply.product, reply.version)


@router.post("/products:batch", responses=problems(body=True))
async def put_products(request: Request, key: Key, system: Behind, caller: Cataloguer) -> Response:
    """Create or replace up to 10,000 products; each gets an answer of its own."""

    async def put(body: BatchProductBody, item_key: str | None) -> tuple[int, dict[str, Any]]:
        command = im.PutProduct(op_id("product", item_key), fingerprint(body), caller.name, product_of(body, body.sku), None)
        reply = await system.ask_inventory(body.sku, command)
        created = isinstance(reply, im.ProductPut) and reply.version == 1
        return 201 if created else 200, product_json(reply.product, reply.version)

    return batch_response(await each_item(request, key, BatchProductBody, put))


@router.get("/products/{sku}", responses=problems(NOT_FOUND))
async def get_product(sku: Annotated[Sku, Path()], response: Response, system: Behind, caller: Reader) -> dict[str, Any]:
    """A product, with its version as ETag."""
    view = await _known_sku(system, sku, im.ReadProduct(sku))
    response.headers["ETag"] = f'"{view.version}"'
    return product_json(view.product, view.version)


async def _known_sku(system: System, sku: str, query: im.ReadProduct) -> im.ProductView:
    reply = await system.owners.ask(system.owners.inventory.owner_of(sku), query, timeout_s=system.settings.patience_s)
    if isinstance(reply, im.UnknownSku):
        raise Problem(NOT_FOUND, f"no product has the SKU {sku}")
    view: im.ProductView = accepted(reply)
    return view


@router.get("/products", responses=problems())
async def list_products(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Products by SKU. A list may be a moment behind."""
    after = unseal(cursor, tuple[str])
    rows = await system.read(reads.list_products, after[0] if after else None, limit)
    return page(rows, limit, (rows[-1]["sku"],) if rows else ())


@router.put("/warehouses/{id}", responses=problems(KEY_REUSED, VERSION, body=True))
async def put_warehouse(
    id: Annotated[Id, Path()],
    body: WarehouseBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Create or replace a warehouse."""
    same_name(id, body.id, "id")
    warehouse = im.Warehouse(id, body.name)
    command = im.PutWarehouse(
        op_id("warehouse", key), fingerprint(id, body, if_match), caller.name, warehouse, version_of(if_match)
    )
    first, others = _shards(system)
    reply = accepted(await system.owners.ask(first, command, timeout_s=system.settings.patience_s))
    changed = isinstance(reply, im.WarehousePut)
    version = reply.version if changed else next(v for w, v in reply.warehouses if w.id == id)
    for owner in others:
        copy = im.PutWarehouse(command.op_id, command.fingerprint, caller.name, warehouse, None, version)
        accepted(await system.owners.ask(owner, copy, timeout_s=system.settings.patience_s))
    response.status_code = 201 if changed and version == 1 else 200
    response.headers["ETag"] = f'"{version}"'
    return {"id": id, "name": body.name, "version": version}


@router.get("/warehouses", responses=problems())
async def list_warehouses(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> dict[str, Any]:
    """Warehouses by id."""
    sites = await _sites(system)
    after = unseal(cursor, tuple[str])
    rows = sorted(({"id": w.id, "name": w.name, "version": v} for w, v in sites.warehouses), key=lambda row: str(row["id"]))
    rows = [row for row in rows if not after or str(row["id"]) > after[0]][:limit]
    return page(rows, limit, (rows[-1]["id"],) if rows else ())


@router.put("/locations/{id}", responses=problems(KEY_REUSED, VERSION, UNKNOWN_PLACE, body=True))
async def put_location(
    id: Annotated[Id, Path()],
    body: LocationBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Create or replace a location of a warehouse."""
    same_name(id, body.id, "id")
    if body.type not in im.LOCATION_TYPES:
        raise Problem(INVALID_REQUEST, f"type = {body.type!r}: must be one of {', '.join(sorted(im.LOCATION_TYPES))}")
    location = im.Location(id, body.warehouse, body.type, body.sequence, body.x, body.y)
    command = im.PutLocation(
        op_id("location", key), fingerprint(id, body, if_match), caller.name, location, version_of(if_match)
    )
    first, others = _shards(system)
    reply = accepted(await system.owners.ask(first, command, timeout_s=system.settings.patience_s))
    changed = isinstance(reply, im.LocationPut)
    same = (body.warehouse, id)
    version = reply.version if changed else next(v for place, v in reply.locations if (place.warehouse, place.id) == same)
    for owner in others:
        copy = im.PutLocation(command.op_id, command.fingerprint, caller.name, location, None, version)
        accepted(await system.owners.ask(owner, copy, timeout_s=system.settings.patience_s))
    response.status_code = 201 if changed and version == 1 else 200
    response.headers["ETag"] = f'"{version}"'
    return {**body.model_dump(exclude={"id"}), "id": id, "version": version}


@router.get("/locations", responses=problems())
async def list_locations(
    system: Behind, caller: Reader, warehouse: Id | None = None, limit: Limit = 100, cursor: Cursor = None
) -> dict[str, Any]:
    """Locations by warehouse and id."""
    sites = await _sites(system)
    after = unseal(cursor, tuple[str, str])
    rows = sorted((place.warehouse, place.id, place, version) for place, version in sites.locations)
    chosen = [row for row in rows if warehouse in {None, row[0]} and (not after or row[:2] > tuple(after))][:limit]
    items = [
        {"id": p.id, "warehouse": p.warehouse, "type": p.type, "sequence": p.sequence, "x": p.x, "y": p.y, "version": v}
        for _, _, p, v in chosen
    ]
    return page(items, limit, (items[-1]["warehouse"], items[-1]["id"]) if items else ())


def _shards(system: System) -> tuple[OwnerName, list[OwnerName]]:
    first, *others = system.owners.inventory.names()
    return first, others


async def _sites(system: System) -> im.Sites:
    first, _ = _shards(system)
    sites: im.Sites = accepted(await system.owners.ask(first, im.ReadSites(), timeout_s=system.settings.patience_s))
    return sites
