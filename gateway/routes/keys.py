"""API keys: created, listed, revoked by who may."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Path, Response

from gateway.auth import StoredKey, make_key
from gateway.documented import problems
from gateway.fields import Body, Id, Name, iso
from gateway.problems import NOT_FOUND, Problem
from gateway.system import Behind, KeyKeeper

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


@router.post("/keys", status_code=201, responses=problems(body=True))
async def create_key(body: KeyBody, system: Behind, caller: KeyKeeper) -> dict[str, Any]:
    """A new key. The token is shown here and never again."""
    token, stored = await asyncio.to_thread(make_key, body.name, body.role)
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
