"""Pages of lists: a cursor is where the last page ended, sealed so that nobody builds on what is in it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from fastapi import Query
from pydantic import BaseModel, Field

from gateway.problems import INVALID_REQUEST, Problem

Limit = Annotated[int, Query(ge=1, le=500, description="items per page")]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number in a cursor: what a database can compare with, whatever somebody writes into one."""
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before")]
_NEXT: Final = "where the next page begins: its `cursor`; null when there is none"
NextCursor = Annotated[str | None, msgspec.Meta(description=_NEXT), Field(description=_NEXT)]

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: NextCursor


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


def cursor_after(items: Sequence[Any], limit: int, position_of_last: Any) -> str | None:
    """The cursor of the page after this one, which ends at `position_of_last`; None when this one is not full."""
    return seal(*position_of_last) if items and len(items) == limit else None
