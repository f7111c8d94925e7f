"""What routes work with: the owners, the system of record, the read model, the keys."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Protocol, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from actors.inventory.levels import Level
from actors.kernel.client import Owners
from actors.kernel.messages import Message
from actors.kernel.record.widths import KEY_WIDTH
from actors.kernel.routing import PROCUREMENT as PROCUREMENT
from actors.procurement.incoming import Incoming
from gateway.auth import Caller, Keys, allow, bearer_token
from gateway.demand_metrics import DemandAlarms
from gateway.metrics import Metrics
from gateway.op_ids import id_from_key as id_from_key
from gateway.op_ids import new_id as new_id
from gateway.problems import INVALID_REQUEST, NO_KEY, Problem
from gateway.refusals import accepted
from gateway.settings import GatewaySettings

T = TypeVar("T")

NOBODY: Final = Caller("anonymous", "admin")
"""Who asks when authentication is off."""
LOOK_UP_S: Final = 1.0
"""How long a request with a key that was right before waits for the key store."""


class ReadModel(Protocol):
    """Levels as of the last answer, read without asking an owner."""

    async def level(self, sku: str) -> Level | None:
        """The level of a SKU; None when there is none, or nothing is kept (then the owner is asked)."""

    async def incoming(self, sku: str) -> Incoming | None:
        """What is still to come of a SKU; None as above."""


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
    demand_alarms: DemandAlarms = field(default_factory=DemandAlarms)
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

    async def ask_procurement(self, message: Message) -> Any:
        """Ask the owner of procurement; a refusal leaves as a problem."""
        return accepted(await self.owners.ask(PROCUREMENT, message, timeout_s=self.settings.patience_s))

    async def caller_of(self, connection: HTTPConnection) -> Caller:
        """Who asks.

        Raises:
            Problem: no valid key.
        """
        if not self.settings.auth:
            return NOBODY
        token = bearer_token(connection.headers.get("authorization", ""))
        caller = self.keys.remembered(token) or await self._looked_up(token)
        if caller is None:
            raise Problem(NO_KEY, "the key is unknown or revoked")
        return caller

    async def _looked_up(self, token: str) -> Caller | None:
        """The caller of a token that the key store is asked for; when that takes long, what it said last time will do."""
        look_up = asyncio.ensure_future(asyncio.to_thread(self.keys.check, token))
        last = self.keys.last_known(token)
        if last is not None:
            await asyncio.wait((look_up,), timeout=LOOK_UP_S)
            if not look_up.done():
                look_up.add_done_callback(_let_go)
                return last
        return await look_up


def _let_go(look_up: asyncio.Future[Caller | None]) -> None:
    """What comes of a look-up that nobody waits for any more is in the memory of keys."""
    if not look_up.cancelled():
        look_up.exception()


def system_of(request: Request) -> System:
    """The system behind a request."""
    system: System = request.app.state.system
    return system


Behind = Annotated[System, Depends(system_of)]


KEY_CHECKS: Final[set[Any]] = set()
"""The dependencies that judge keys: a route asks them before it reads anything else of a request, and once."""
_CALLER: Final = "skuld.caller"


def may(scope: str) -> Any:
    """A dependency: the caller, who must have `scope`."""

    async def check(request: Request) -> Caller:
        caller: Caller | None = request.scope.get(_CALLER)
        if caller is None:
            caller = request.scope[_CALLER] = allow(await system_of(request).caller_of(request), scope)
        return caller

    KEY_CHECKS.add(check)
    return Depends(check)


Reader = Annotated[Caller, may("read")]
Stocker = Annotated[Caller, may("stock")]
Seller = Annotated[Caller, may("orders")]
Cataloguer = Annotated[Caller, may("catalogue")]
Returner = Annotated[Caller, may("returns")]
SupplierKeeper = Annotated[Caller, may("suppliers")]
Planner = Annotated[Caller, may("planning")]
Buyer = Annotated[Caller, may("purchasing")]
Receiver = Annotated[Caller, may("receiving")]
KeyKeeper = Annotated[Caller, may("keys")]


KEY_MEANS: Final = (
    "Names this command, so that it can be sent again: 1 to 128 printable ASCII characters. A key belongs to one command on "
    "one subject: its order, its SKU (in a return without an order: the SKU of each line), its hold, its place, its purchase "
    "order, its task, its suggestion or run of planning. "
    "The same key with the same body gives the answer of the first time; with another body for the same subject it is 409 "
    "`key-reused`; for another subject, or in another call, it is another command. An order without an `order_id` gets one "
    "from its key: then the key is the subject."
)


def idempotency_key(
    idempotency_key: Annotated[str | None, Header(max_length=KEY_WIDTH, description=KEY_MEANS)] = None,
) -> str | None:
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


def fingerprint(*parts: object) -> int:
    """Tells a repeat from another body under the same key."""
    texts = [part.model_dump_json() if isinstance(part, BaseModel) else str(part) for part in parts]
    return zlib.crc32("\x1f".join(texts).encode())
