"""API keys: created, listed, revoked by who may."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Path, Response

from gateway.auth import KEY_ID_LENGTH, StoredKey, make_key
from gateway.documented import problems
from gateway.fields import Body, Id, Name, iso
from gateway.problems import KEY_REUSED, NOT_FOUND, Problem
from gateway.system import Behind, Key, KeyKeeper, id_from_key

router = APIRouter(tags=["keys"])
log = structlog.get_logger()


class KeyBody(Body):
    """A key's name (it stands in every record as the actor) and role."""

    name: Name
    role: Literal["admin", "planner", "buyer", "picker", "packer", "receiver", "counter", "viewer", "integration"]


def key_json(key: StoredKey) -> dict[str, Any]:
    """A key without its secret."""
    revoked_at = iso(key.revoked_at) if key.revoked_at is not None else None
    return {"id": key.id, "name": key.name, "role": key.role, "created_at": iso(key.created_at), "revoked_at": revoked_at}


@router.post("/keys", status_code=201, responses=problems(KEY_REUSED, body=True))
async def create_key(body: KeyBody, key: Key, system: Behind, caller: KeyKeeper) -> dict[str, Any]:
    """A new key. The token is shown here and never again: a repeat makes no second key, and cannot show the first."""
    key_id = id_from_key(f"key:{key}")[:KEY_ID_LENGTH] if key is not None else None
    if key_id is not None and await asyncio.to_thread(system.keys.store.find, key_id) is not None:
        detail = f"this Idempotency-Key has made the key {key_id}, shown once; if its token is lost, revoke it and make another"
        raise Problem(KEY_REUSED, detail, id=key_id)
    token, stored = await asyncio.to_thread(make_key, body.name, body.role, key_id)
    await asyncio.to_thread(system.keys.store.add, stored)
    log.info("key created", id=stored.id, role=stored.role, actor=caller.name)
    return {**key_json(stored), "key": token}


@router.get("/keys", responses=problems())
async def list_keys(system: Behind, caller: KeyKeeper) -> dict[str, Any]:
    """Every key, revoked ones too."""
    keys = await asyncio.to_thread(system.keys.store.all)
    return {"items": [key_json(key) for key in keys], "next_cursor": None}


@router.delete("/keys/{id}", status_code=204, responses=problems(NOT_FOUND))
async def revoke_key(id: Annotated[Id, Path()], system: Behind, caller: KeyKeeper) -> Response:
    """Revoke a key: refused here at once, by other gateways within half a minute."""
    if not await asyncio.to_thread(system.keys.store.revoke, id, time.time_ns() // 1_000_000):
        raise Problem(NOT_FOUND, f"no valid key {id}")
    system.keys.forget()
    log.info("key revoked", id=id, actor=caller.name)
    return Response(status_code=204)
