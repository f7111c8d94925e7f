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

from gateway.problems import NO_KEY, NO_SCOPE, Problem

SCOPES: Final = ("read", "orders", "stock", "catalogue", "returns", "keys")
ROLES: Final[dict[str, frozenset[str]]] = {
    "admin": frozenset(SCOPES),
    "integration": frozenset({"read", "orders", "stock", "catalogue", "returns"}),
    "planner": frozenset({"read", "catalogue"}),
    "buyer": frozenset({"read", "catalogue"}),
    "picker": frozenset({"read", "orders"}),
    "packer": frozenset({"read", "orders"}),
    "receiver": frozenset({"read", "stock", "returns"}),
    "counter": frozenset({"read", "stock"}),
    "viewer": frozenset({"read"}),
}
"""Roles of the warehouse, and what each may do here."""

KEY_ID_LENGTH: Final = 12
CACHED_KEYS: Final = 10_000
CACHE_S: Final = 30.0
"""A revoked key works on for at most so long in a process that has just seen it."""


class Caller(NamedTuple):
    """Who asks: the name on the key goes into every record as the actor."""

    name: str
    role: str


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
    stored = StoredKey(key_id, name, role, _hasher.hash(secret), time.time_ns() // 1_000_000, None)
    return f"skuld_{key_id}_{secret}", stored


class Keys:
    """Checks tokens. A token that was right is remembered for a while by its digest, as argon2 is slow on purpose."""

    def __init__(self, store: KeyStore, clock: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def remembered(self, token: str) -> Caller | None:
        """The caller of a token checked lately."""
        found = self._known.get(hashlib.sha256(token.encode()).digest())
        return found[1] if found is not None and found[0] > self._clock() else None

    def check(self, token: str) -> Caller | None:
        """The caller of a token, or None. Blocks for some 20 ms."""
        parts = token.split("_", 2)
        if len(parts) != 3 or parts[0] != "skuld":
            return None
        stored = self.store.find(parts[1])
        if stored is None or stored.revoked_at is not None:
            return None
        try:
            _hasher.verify(stored.hash, parts[2])
        except Argon2Error:
            return None
        caller = Caller(stored.name, stored.role)
        self._known[hashlib.sha256(token.encode()).digest()] = (self._clock() + CACHE_S, caller)
        if len(self._known) > CACHED_KEYS:
            self._known.popitem(last=False)
        return caller

    def forget(self) -> None:
        """Check every token anew (after a revocation)."""
        self._known.clear()


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
