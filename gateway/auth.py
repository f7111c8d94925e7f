"""Who may do what: API keys, roles and scopes."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from actors.kernel.clock import now_ms
from actors.kernel.faults import Fault
from gateway.problems import NO_KEY, NO_SCOPE, Problem

SCOPES: Final = ("read", "orders", "stock", "catalogue", "returns", "suppliers", "planning", "purchasing", "receiving", "keys")
ROLES: Final[dict[str, frozenset[str]]] = {
    "admin": frozenset(SCOPES),
    "integration": frozenset(SCOPES) - {"keys"},
    "planner": frozenset({"read", "catalogue", "planning", "purchasing"}),
    "buyer": frozenset({"read", "catalogue", "suppliers", "purchasing"}),
    "picker": frozenset({"read", "orders"}),
    "packer": frozenset({"read", "orders"}),
    "receiver": frozenset({"read", "stock", "returns", "receiving"}),
    "counter": frozenset({"read", "stock"}),
    "viewer": frozenset({"read"}),
}
"""Roles of the warehouse, and what each may do here."""

KEY_ID_LENGTH: Final = 12
CACHED_KEYS: Final = 10_000
CACHE_S: Final = 30.0
"""A revoked key works on for at most so long in a process that has just seen it, unless the key store is away."""
ASK_AGAIN_S: Final = 5.0
"""While a key is looked up anew, and after the key store was away, its last answer holds for so long: nobody else waits."""


class Caller(NamedTuple):
    """Who asks: the name on the key goes into every record as the actor."""

    name: str
    role: str


class _LastLookUp(NamedTuple):
    """What the last look-up of a token has found (`None`: the key is revoked), and until when that is not asked again."""

    until: float
    key_id: str
    caller: Caller | None


class StoredKey(NamedTuple):
    """A key as it is kept: the secret only as an argon2 hash."""

    id: str
    name: str
    role: str
    hash: str
    created_at: int
    revoked_at: int | None


class KeyStore(Protocol):
    """Where keys are kept. Calls block: they are made in a thread."""

    def add(self, key: StoredKey) -> None:
        """Keep a new key."""

    def find(self, key_id: str) -> StoredKey | None:
        """A key by id, revoked ones included."""

    def all(self) -> list[StoredKey]:
        """Every key, oldest first."""

    def revoke(self, key_id: str, at: int) -> bool:
        """Revoke; False when there is none."""


_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def make_key(name: str, role: str, key_id: str | None = None) -> tuple[str, StoredKey]:
    """A new key: the token to hand out once, and what is kept of it."""
    key_id, secret = key_id or secrets.token_hex(KEY_ID_LENGTH // 2), secrets.token_urlsafe(32)
    stored = StoredKey(key_id, name, role, _hasher.hash(secret), now_ms(), None)
    return f"skuld_{key_id}_{secret}", stored


class Keys:
    """Checks tokens. A token that was right is remembered by its digest, as argon2 is slow on purpose.

    When the key store is away the last look-up stands, however old it is, until one succeeds: orders need no SQL.
    """

    def __init__(self, store: KeyStore, clock: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self._clock = clock
        self._known: OrderedDict[bytes, _LastLookUp] = OrderedDict()

    def remembered(self, token: str) -> Caller | None:
        """The caller of a token checked lately."""
        found = self._known.get(_digest(token))
        return found.caller if found is not None and found.until > self._clock() else None

    def last_known(self, token: str) -> Caller | None:
        """The caller of a token as of its last look-up, however long ago."""
        found = self._known.get(_digest(token))
        return found.caller if found is not None else None

    def check(self, token: str) -> Caller | None:
        """The caller of a token, or None. Blocks for some 20 ms.

        Raises:
            Fault: the key store is away, and the token has never been right here.
        """
        parts = token.split("_", 2)
        if len(parts) != 3 or parts[0] != "skuld":
            return None
        digest = _digest(token)
        before = self._known.get(digest)
        if before is not None:
            self._remember(digest, before.key_id, before.caller, ASK_AGAIN_S)
        try:
            stored = self.store.find(parts[1])
        except Fault:
            last = self._known.get(digest)  # a revocation may have come meanwhile
            if last is None:
                raise
            self._remember(digest, last.key_id, last.caller, ASK_AGAIN_S)
            return last.caller
        if stored is None or stored.revoked_at is not None or not _right(stored, parts[2]):
            if before is not None:
                self._remember(digest, before.key_id, None, 0.0)
            return None
        last = self._known.get(digest)
        if last is not None and last is not before and last.caller is None:
            return None  # revoked while it was looked up
        caller = Caller(stored.name, stored.role)
        self._remember(digest, stored.id, caller, CACHE_S)
        return caller

    def _remember(self, digest: bytes, key_id: str, caller: Caller | None, for_s: float) -> None:
        self._known[digest] = _LastLookUp(self._clock() + for_s, key_id, caller)
        self._known.move_to_end(digest)
        if len(self._known) > CACHED_KEYS:
            self._known.popitem(last=False)

    def revoked(self, key_id: str) -> None:
        """A key was revoked: it is refused from now on, also while the key store is away."""
        for digest, last in list(self._known.items()):
            if last.key_id == key_id:
                self._remember(digest, key_id, None, 0.0)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _right(stored: StoredKey, secret: str) -> bool:
    try:
        return _hasher.verify(stored.hash, secret)
    except Argon2Error:
        return False


def bearer_token(authorization: str) -> str:
    """The token in a request's Authorization header.

    Raises:
        Problem: there is none.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(NO_KEY, "the Authorization header has no bearer key")
    return token.strip()


def allow(caller: Caller, scope: str) -> Caller:
    """Let the caller pass if its role has the scope.

    Raises:
        Problem: it has not.
    """
    if scope not in ROLES.get(caller.role, frozenset()):
        detail = f"the key {caller.name!r} has the role {caller.role}, which lacks the scope {scope}"
        raise Problem(NO_SCOPE, detail, scope=scope, role=caller.role)
    return caller
