"""What routes work with: the owners, the system of record, the read model, the keys."""

from __future__ import annotations

import asyncio
import secrets
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Annotated, Any, Final, Protocol, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from actors.inventory.replies import Level
from actors.kernel.client import Owners
from actors.kernel.messages import Message
from actors.kernel.record.widths import KEY_WIDTH
from gateway.auth import Caller, Keys, allow, bearer_token
from gateway.metrics import Metrics
from gateway.problems import INVALID_REQUEST, NO_KEY, Problem, accepted
from gateway.settings import GatewaySettings

T = TypeVar("T")

NOBODY: Final = Caller("anonymous", "admin")
"""Who asks when authentication is off."""


class ReadModel(Protocol):
    """Levels as of the last answer, read without asking an owner."""

    async def level(self, sku: str) -> Level | None:
        """The level of a SKU; None when there is none, or nothing is kept (then the owner is asked)."""


@dataclass
class System:
    """Everything one gateway process holds."""

    owners: Owners
    record: Engine
    """Decisions read this one: keys, and orders that have left memory."""
    keys: Keys
    settings: GatewaySettings
    read_model: ReadModel | None = None
    replica: Engine | None = None
    """Reports and searches read this one, when there is one; it may be behind, and it may be away without harm to orders."""
    metrics: Metrics = field(default_factory=Metrics)
    draining: bool = False

    async def read(self, work: Callable[..., T], *arguments: Any) -> T:
        """Read the system of record, in a thread."""
        return await asyncio.to_thread(work, self.record, *arguments)

    async def search(self, work: Callable[..., T], *arguments: Any) -> T:
        """Read for a report or a search, in a thread: from the replica when one is configured."""
        return await asyncio.to_thread(work, self.replica or self.record, *arguments)

    async def ask_inventory(self, sku: str, message: Message) -> Any:
        """Ask the owner of a SKU; a refusal leaves as a problem."""
        return accepted(await self.owners.ask(self.owners.inventory.owner_of(sku), message, timeout_s=self.settings.patience_s))

    async def ask_orders(self, order_id: str, message: Message) -> Any:
        """Ask the owner of an order; a refusal leaves as a problem."""
        return accepted(
            await self.owners.ask(self.owners.orders.owner_of(order_id), message, timeout_s=self.settings.patience_s)
        )

    async def caller_of(self, connection: HTTPConnection) -> Caller:
        """Who asks.

        Raises:
            Problem: no valid key.
        """
        if not self.settings.auth:
            return NOBODY
        token = bearer_token(connection.headers.get("authorization", ""))
        caller = self.keys.remembered(token) or await asyncio.to_thread(self.keys.check, token)
        if caller is None:
            raise Problem(NO_KEY, "the key is unknown or revoked")
        return caller


def system_of(request: Request) -> System:
    """The system behind a request."""
    system: System = request.app.state.system
    return system


Behind = Annotated[System, Depends(system_of)]


def may(scope: str) -> Any:
    """A dependency: the caller, who must have `scope`."""

    async def check(request: Request) -> Caller:
        return allow(await system_of(request).caller_of(request), scope)

    return Depends(check)


Reader = Annotated[Caller, may("read")]
Stocker = Annotated[Caller, may("stock")]
Seller = Annotated[Caller, may("orders")]
Cataloguer = Annotated[Caller, may("catalogue")]
Returner = Annotated[Caller, may("returns")]
KeyKeeper = Annotated[Caller, may("keys")]


def idempotency_key(idempotency_key: Annotated[str | None, Header(max_length=KEY_WIDTH)] = None) -> str | None:
    """The key of the header, checked.

    Raises:
        Problem: it is empty or not printable ASCII.
    """
    if idempotency_key is None:
        return None
    return checked_key(idempotency_key)


def checked_key(key: str) -> str:
    """A usable idempotency key."""
    if not 1 <= len(key) <= KEY_WIDTH or not key.isascii() or not key.isprintable():
        raise Problem(INVALID_REQUEST, f"the Idempotency-Key {key[:40]!r} must be 1 to {KEY_WIDTH} printable ASCII characters")
    return key


Key = Annotated[str | None, Depends(idempotency_key)]


def op_id(verb: str, key: str | None) -> str:
    """The op id of a command: the client's key within its verb, or a fresh one for a command that cannot be repeated."""
    return f"{verb}:{key}" if key is not None else f"{verb}:{new_id()}"


def new_id() -> str:
    """A fresh id whose order is that of time (48 bits of ms, 52 of chance): new rows go to the end of their index."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)[:13]}"


def id_from_key(key: str) -> str:
    """The id that a key stands for, the same every time."""
    return blake2b(key.encode(), digest_size=12).hexdigest()


def fingerprint(*parts: object) -> int:
    """Tells a repeat from another body under the same key."""
    texts = [part.model_dump_json() if isinstance(part, BaseModel) else str(part) for part in parts]
    return zlib.crc32("\x1f".join(texts).encode())
