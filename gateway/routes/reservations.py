"""Holds with an end, and who holds a SKU."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from msgspec.structs import asdict
from pydantic import BeforeValidator, Field

from actors.inventory import reads
from actors.inventory.commands import EndHold, ExtendHold, ForceRelease, Hold
from actors.inventory.queries import ReadHolders, ReadReservation
from actors.inventory.refusals import UnknownReservation, UnknownSku
from actors.inventory.replies import HoldView
from actors.kernel.messages import KeyReused, Message, OwnerName
from actors.kernel.routing import shard_of
from gateway.answers.reservations import (
    AnyReservation,
    HoldAnswer,
    HolderPage,
    ReservationAnswer,
    ReservedLineAnswer,
    hold_answer,
    listed_holder,
    reservation_answer,
)
from gateway.documented import problems
from gateway.fields import Body, Id, Sku, Text, Units, strictly_int
from gateway.keyed_route import KeyedRoute
from gateway.op_ids import id_from_key, new_id, op_id
from gateway.pages import Cursor, Limit, Number, cursor_after, unseal
from gateway.problems import (
    ENDED,
    KEY_REUSED,
    NOT_FOUND,
    NOTHING_RESERVED,
    SHORT,
    TOO_MANY_HOLDS,
    UNKNOWN_PLACE,
    UNKNOWN_SKU,
    Problem,
)
from gateway.refusals import accepted
from gateway.system import Behind, Key, Reader, Seller, Stocker, System, fingerprint

router = APIRouter(tags=["reservations"], route_class=KeyedRoute)

Seconds = Annotated[int, BeforeValidator(strictly_int), Field(ge=1, le=30 * 24 * 3600, examples=[900])]


class HoldBody(Body):
    """Hold units of a SKU for `ttl_s` seconds, by the owner's clock."""

    sku: Sku
    quantity: Units
    ttl_s: Seconds
    warehouse: Id | None = None
    customer: Text = ""


class ExtendBody(Body):
    """Let a hold end `ttl_s` seconds from now."""

    ttl_s: Seconds


class ForceReleaseBody(Body):
    """Take back what a reservation was promised of a SKU; the reason goes to the audit trail."""

    sku: Sku
    reason: Annotated[Text, Field(min_length=1)]


def owner_of_hold(system: System, reservation_id: str) -> OwnerName:
    """The shard that a hold's id names.

    Raises:
        Problem: it names none.
    """
    shard, _, rest = reservation_id.partition("-")
    names = system.owners.inventory.names()
    if not rest or not shard.isdigit() or int(shard) >= len(names):
        raise Problem(NOT_FOUND, f"no reservation {reservation_id}")
    return names[int(shard)]


async def _ask_hold(system: System, reservation_id: str, command: Message) -> HoldAnswer:
    owner = owner_of_hold(system, reservation_id)
    return hold_answer(accepted(await system.owners.ask(owner, command, timeout_s=system.settings.patience_s)))


@router.post(
    "/reservations",
    status_code=201,
    responses=problems(SHORT, UNKNOWN_SKU, UNKNOWN_PLACE, TOO_MANY_HOLDS, KEY_REUSED, body=True),
)
async def post_hold(body: HoldBody, key: Key, system: Behind, caller: Seller) -> HoldAnswer:
    """Hold stock. It is free again the moment the time is over, or when it is released.

    A `customer` may have 20 active holds on each shard of stock, so with N shards up to 20 × N; holds without one are not
    counted.
    """
    op, shard = op_id("hold", key, body.sku), shard_of(body.sku, system.owners.inventory.count)
    reservation_id = f"{shard}-{id_from_key(op) if key is not None else new_id()}"
    command = Hold(
        op, fingerprint(body), caller.name, reservation_id, body.sku, body.quantity, body.ttl_s * 1000,
        body.warehouse or "", body.customer,
    )  # fmt: skip
    reply = await system.owners.ask(system.owners.inventory.owner_of(body.sku), command, timeout_s=system.settings.patience_s)
    return hold_answer(accepted(KeyReused(op) if isinstance(reply, KeyReused) else reply))


@router.post("/reservations/{id}/extend", responses=problems(NOT_FOUND, ENDED, KEY_REUSED, body=True))
async def extend_hold(id: Annotated[Id, Path()], body: ExtendBody, key: Key, system: Behind, caller: Seller) -> HoldAnswer:
    """Let a hold run on."""
    command = ExtendHold(op_id("extend", key, id), fingerprint(id, body), caller.name, id, body.ttl_s * 1000)
    return await _ask_hold(system, id, command)


@router.post("/reservations/{id}/commit", responses=problems(NOT_FOUND, ENDED, KEY_REUSED))
async def commit_hold(id: Annotated[Id, Path()], key: Key, system: Behind, caller: Seller) -> HoldAnswer:
    """The held goods leave: on hand falls, the ledger gets a row."""
    command = EndHold(op_id("commit", key, id), fingerprint(id, "committed"), caller.name, id, "committed")
    return await _ask_hold(system, id, command)


@router.post("/reservations/{id}/release", responses=problems(NOT_FOUND, ENDED, KEY_REUSED))
async def release_hold(id: Annotated[Id, Path()], key: Key, system: Behind, caller: Seller) -> HoldAnswer:
    """Free the held goods. Releasing twice is releasing once."""
    command = EndHold(op_id("release", key, id), fingerprint(id, "released"), caller.name, id, "released")
    return await _ask_hold(system, id, command)


@router.post(
    "/reservations/{id}/force-release", responses=problems(NOT_FOUND, NOTHING_RESERVED, KEY_REUSED, UNKNOWN_SKU, body=True)
)
async def force_release(
    id: Annotated[Id, Path()], body: ForceReleaseBody, key: Key, system: Behind, caller: Stocker
) -> ReservationAnswer:
    """Take back an order's promise of a SKU, for others: it becomes a backorder of the order.

    Other orders that wait get the units at once, oldest promise first; what is left is available to whoever asks next. The
    order keeps its place in the queue: of what arrives or becomes free later it is served by the age of its promise (cancel it,
    or set its line to less, if it shall have none). A hold is ended with `/release`.
    """
    command = ForceRelease(
        op_id("force-release", key, id, body.sku), fingerprint(id, body), caller.name, id, body.sku, body.reason
    )
    return reservation_answer(await system.ask_inventory(body.sku, command))


@router.get("/reservations/{id}", responses=problems(NOT_FOUND))
async def get_reservation(id: Annotated[Id, Path()], system: Behind, caller: Reader) -> AnyReservation:
    """A hold, or what an order has reserved on all shards."""
    lines: list[ReservedLineAnswer] = []
    found = False
    for owner in system.owners.inventory.names():
        reply = await system.owners.ask(owner, ReadReservation(id), timeout_s=system.settings.patience_s)
        if isinstance(reply, HoldView):
            return hold_answer(reply)
        if isinstance(reply, UnknownReservation):
            continue
        found = True
        lines += reservation_answer(accepted(reply)).lines
    if not found:
        raise Problem(NOT_FOUND, f"no reservation {id}")
    return ReservationAnswer(reservation_id=id, kind="order", lines=lines)


@router.get("/reservations", responses=problems(NOT_FOUND))
async def who_holds(
    sku: Annotated[Sku, Query()],
    system: Behind,
    caller: Reader,
    consistent: bool = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> HolderPage:
    """Who holds this stock, and who waits for it, oldest promise first, by page: from the owner, as of now.

    Where a replica is configured it is a report like the others, a moment behind; `consistent=true` asks the owner.
    """
    after = unseal(cursor, tuple[Number, str, str])
    if system.replica is not None and not consistent:
        rows = await system.search(reads.holders, sku, after, limit)
        unknown = not rows and after is None and await system.search(reads.find_product, sku) is None
    else:
        owner = system.owners.inventory.owner_of(sku)
        reply = await system.owners.ask(owner, ReadHolders(sku, after, limit), timeout_s=system.settings.patience_s)
        unknown = isinstance(reply, UnknownSku)
        rows = [] if unknown else [asdict(holder) for holder in accepted(reply).holders]
    if unknown:
        raise Problem(NOT_FOUND, f"no product has the SKU {sku}")
    last = (rows[-1]["promised_at"], rows[-1]["reservation_id"], rows[-1]["warehouse"]) if rows else ()
    return HolderPage(sku=sku, items=[listed_holder(row) for row in rows], next_cursor=cursor_after(rows, limit, last))
