"""Products: reference data, with versions that keep two editors from overwriting each other."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, Field

from actors.inventory import reads
from actors.inventory.commands import PutProduct
from actors.inventory.events import ProductPut
from actors.inventory.goods import Pack, Product
from actors.inventory.queries import ReadProduct
from actors.inventory.refusals import UnknownSku
from actors.inventory.replies import ProductView
from actors.kernel.record.widths import GTIN_WIDTH
from gateway.answers.products import ProductAnswer, ProductPage, ProductResult, listed_product, product_answer
from gateway.batches import batch_response, each_item
from gateway.documented import batch_of, problems, results_of, versioned
from gateway.fields import Body, Name, ShortText, Sku, Text, Units, UnitsOrNone
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import op_id
from gateway.pages import Cursor, Limit, cursor_after, unseal
from gateway.problems import KEY_REUSED, NOT_FOUND, UNIT_IN_USE, VERSION, Problem
from gateway.refusals import accepted
from gateway.system import Behind, Cataloguer, Key, Reader, System, fingerprint
from gateway.versions import IfMatch, IfNoneMatch, any_version, same_name, show_version, version_wanted

router = APIRouter(tags=["catalogue"], route_class=KeyedRoute)


def _gtin(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and len(text) in {8, 12, 13, 14}):
        raise ValueError("must be 8, 12, 13 or 14 digits")
    return text


Gtin = Annotated[str, Field(max_length=GTIN_WIDTH, examples=["4006381333931"]), AfterValidator(_gtin)]


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


def product_of(body: ProductBody, sku: str) -> Product:
    """The product as its owner keeps it."""
    packs = tuple(Pack(pack.name, pack.units, pack.gtin) for pack in body.packs)
    return Product(sku, body.name, body.gtin, body.unit or "each", packs, body.category, body.weight_g, body.volume_ml)


@router.put("/products/{sku:path}", responses=versioned(ProductAnswer) | problems(KEY_REUSED, VERSION, UNIT_IN_USE, body=True))
async def put_product(
    sku: Annotated[Sku, Path()],
    body: ProductBody,
    response: Response,
    key: Key,
    system: Behind,
    caller: Cataloguer,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> ProductAnswer:
    """Create or replace a product. `If-Match` refuses when another version stands, `If-None-Match: *` when one does."""
    same_name(sku, body.sku, "sku")
    version = version_wanted(if_match, if_none_match)
    if any_version(if_match) and await _product_view(system, sku) is None:
        raise Problem(VERSION, f"there is no product {sku} yet", version=0)
    command = PutProduct(
        op_id("product", key, sku), fingerprint(sku, body, version), caller.name, product_of(body, sku), version
    )
    reply = await system.ask_inventory(sku, command)
    response.status_code = 201 if isinstance(reply, ProductPut) and reply.version == 1 else 200
    show_version(response, reply.version)
    return product_answer(reply.product, reply.version)


@router.post(
    "/products:batch", responses=results_of(ProductResult) | problems(body=True), openapi_extra=batch_of(BatchProductBody)
)
async def put_products(request: Request, key: Key, system: Behind, caller: Cataloguer) -> Response:
    """Create or replace up to 10,000 products; each gets an answer of its own."""

    async def put(body: BatchProductBody, item_key: str | None) -> tuple[int, dict[str, Any]]:
        command = PutProduct(
            op_id("product", item_key, body.sku), fingerprint(body), caller.name, product_of(body, body.sku), None
        )
        reply = await system.ask_inventory(body.sku, command)
        created = isinstance(reply, ProductPut) and reply.version == 1
        return 201 if created else 200, product_answer(reply.product, reply.version).model_dump()

    return batch_response(await each_item(request, key, BatchProductBody, put))


@router.get("/products/{sku:path}", responses=versioned() | problems(NOT_FOUND))
async def get_product(sku: Annotated[Sku, Path()], response: Response, system: Behind, caller: Reader) -> ProductAnswer:
    """A product, with its version as ETag."""
    view = await _product_view(system, sku)
    if view is None:
        raise Problem(NOT_FOUND, f"no product has the SKU {sku}")
    show_version(response, view.version)
    return product_answer(view.product, view.version)


async def _product_view(system: System, sku: str) -> ProductView | None:
    owner = system.owners.inventory.owner_of(sku)
    reply = await system.owners.ask(owner, ReadProduct(sku), timeout_s=system.settings.patience_s)
    view: ProductView | None = None if isinstance(reply, UnknownSku) else accepted(reply)
    return view


@router.get("/products", responses=problems())
async def list_products(system: Behind, caller: Reader, limit: Limit = 100, cursor: Cursor = None) -> ProductPage:
    """Products by SKU. A list may be a moment behind."""
    after = unseal(cursor, tuple[str])
    rows = await system.search(reads.list_products, after[0] if after else None, limit)
    next_cursor = cursor_after(rows, limit, (rows[-1]["sku"],) if rows else ())
    return ProductPage(items=[listed_product(row) for row in rows], next_cursor=next_cursor)
