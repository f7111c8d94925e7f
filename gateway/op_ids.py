"""What a command is called, from the key that its client gave it; and back, for what the client is told."""

from __future__ import annotations

import re
import secrets
from hashlib import blake2b
from typing import Final

from actors.kernel.clock import now_ms

_VERBS: Final = (
    "adjust|announce|approve|cancel|cancel-task|close|commit|confirm|create|deliver|demand-event|edit|extend|force-release|hold|location|move|override|place|"
    "product|putaway-rule|receive|reject|release|reorder-policy|resume|retry|return|ship|supplier|supplier-item|suggestions|task|warehouse"
)
_VERB_AND_SUBJECT: Final = re.compile(rf"^(?:{_VERBS}):(?:[0-9a-f]{{12}}:)?")


def op_id(verb: str, key: str | None, *subject: str) -> str:
    """The op id of a command: the client's key within its verb and subject (a SKU, a hold, a place; commands on an order
    are kept with their order), or a fresh one for a command that cannot be repeated.

    The subject is in it so that what a key means does not depend on which subjects share an owner, and so that no two
    commands have one name in the ledger.
    """
    if key is None:
        return f"{verb}:{new_id()}"
    return f"{verb}:{_digest(subject)}:{key}" if subject else f"{verb}:{key}"


def _digest(subject: tuple[str, ...]) -> str:
    """Twelve digits for a subject of any length: op ids have a column to fit in."""
    return blake2b("\x1f".join(subject).encode(), digest_size=6).hexdigest()


def client_key(op_id: str) -> str:
    """The key as the client sent it; of a command without one, what it goes by instead."""
    return _VERB_AND_SUBJECT.sub("", op_id)


def new_id() -> str:
    """A fresh id whose order is that of time (48 bits of ms, 52 of chance): new rows go to the end of their index."""
    return f"{now_ms():012x}{secrets.token_hex(7)[:13]}"


def id_from_key(key: str) -> str:
    """The id that a key stands for, the same every time."""
    return blake2b(key.encode(), digest_size=12).hexdigest()
