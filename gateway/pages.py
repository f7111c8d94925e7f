"""Pages of lists: a cursor is where the last page ended, sealed so that nobody builds on what is in it."""

from __future__ import annotations

import base64
from typing import Annotated, Any

import msgspec
from fastapi import Query

from gateway.problems import INVALID_REQUEST, Problem

Limit = Annotated[int, Query(ge=1, le=500, description="items per page")]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number in a cursor: what a database can compare with, whatever somebody writes into one."""
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before")]


def seal(*position: Any) -> str:
    """A cursor."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def unseal(cursor: str | None, kind: type[Any]) -> Any:
    """Where the page before ended; None for the first page.

    Raises:
        Problem: it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return msgspec.msgpack.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (ValueError, msgspec.MsgspecError):
        raise Problem(INVALID_REQUEST, f"cursor={cursor[:40]!r} is no cursor of this list") from None


def page(items: list[Any], limit: int, position_of_last: Any) -> dict[str, Any]:
    """A page and the cursor of the next."""
    full = len(items) == limit
    return {"items": items, "next_cursor": seal(*position_of_last) if full and items else None}
