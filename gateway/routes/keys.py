"""API keys: created, listed, revoked by who may."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, get_args

import structlog
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from actors.kernel.clock import now_ms
from gateway.auth import KEY_ID_LENGTH, StoredKey, make_key
from gateway.documented import problems
from gateway.fields import Body, Id, Instant, Name, iso
from gateway.keyed_route import KeyedRoute
from gateway.pages import Page
from gateway.problems import KEY_REUSED, NOT_FOUND, Problem
from gateway.system import Behind, Key, KeyKeeper, id_from_key

router = APIRouter(tags=["keys"], route_class=KeyedRoute)
log = structlog.get_logger()


Role = Literal["admin", "planner", "buyer", "picker", "packer", "receiver", "counter", "viewer", "integration"]


class KeyBody(Body):
    """A key's name (it stands in every record as the actor) and role."""

    name: Name
    role: Role


class KeyAnswer(BaseModel):
    """A key without its secret."""

    id: str
    name: str
    role: Annotated[str, Field(json_schema_extra={"enum": [*get_args(Role)]})]
    created_at: Instant
    revoked_at: Instant | None


class NewKeyAnswer(KeyAnswer):
    """A new key, with the token that is shown this once."""

    key: Annotated[str, Field(description="the token, for `Authorization: Bearer …`", examples=["skuld_…"])]


class KeyPage(Page[KeyAnswer]):
    """Every key."""


def key_json(key: StoredKey) -> dict[str, Any]:
    """A key without its secret: the members of `KeyAnswer`."""
    revoked_at = iso(key.revoked_at) if key.revoked_at is not None else None
    return {"id": key.id, "name": key.name, "role": key.role, "created_at": iso(key.created_at), "revoked_at": revoked_at}


@router.post("/keys", status_code=201, responses=problems(KEY_REUSED, body=True))
async def create_key(body: KeyBody, key: Key, system: Behind, caller: KeyKeeper) -> NewKeyAnswer:
    """A new key. The token is shown here and never again: a repeat makes no second key, and cannot show the first."""
    key_id = id_from_key(f"key:{key}")[:KEY_ID_LENGTH] if key is not None else None
    if key_id is not None and await asyncio.to_thread(system.keys.store.find, key_id) is not None:
        detail = f"this Idempotency-Key has made the key {key_id}, shown once; if its token is lost, revoke it and make another"
        raise Problem(KEY_REUSED, detail, id=key_id)
    token, stored = await asyncio.to_thread(make_key, body.name, body.role, key_id)
    await asyncio.to_thread(system.keys.store.add, stored)
    log.info("key created", id=stored.id, role=stored.role, actor=caller.name)
    return NewKeyAnswer(**key_json(stored), key=token)


@router.get("/keys", responses=problems())
async def list_keys(system: Behind, caller: KeyKeeper) -> KeyPage:
    """Every key, revoked ones too."""
    keys = await asyncio.to_thread(system.keys.store.all)
    return KeyPage(items=[KeyAnswer(**key_json(key)) for key in keys], next_cursor=None)


@router.delete("/keys/{id}", status_code=204, responses=problems(NOT_FOUND))
async def revoke_key(id: Annotated[Id, Path()], system: Behind, caller: KeyKeeper) -> Response:
    """Revoke a key: refused here at once, by other gateways within half a minute."""
    if not await asyncio.to_thread(system.keys.store.revoke, id, now_ms()):
        raise Problem(NOT_FOUND, f"no valid key {id}")
    system.keys.revoked(id)
    log.info("key revoked", id=id, actor=caller.name)
    return Response(status_code=204)
