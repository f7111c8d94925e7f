"""Versions of reference data as ETags: `If-Match` keeps two editors from overwriting each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from gateway.problems import INVALID_REQUEST, Problem

IfMatch = Annotated[str | None, Header(max_length=40)]


def version_of(if_match: str | None) -> int | None:
    """The version an If-Match header names (`"3"`); None without one or for `*`.

    Raises:
        Problem: it is no ETag of ours.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem(INVALID_REQUEST, f'If-Match {if_match!r} is not an ETag like "3"')
    return int(text)


def any_version(if_match: str | None) -> bool:
    """Whether the header asks that some version stands, whichever (nothing is ever taken away again)."""
    return if_match is not None and if_match.strip() == "*"


def show_version(response: Response, version: int) -> None:
    """Say which version stands, as the ETag."""
    response.headers["ETag"] = f'"{version}"'


def same_name(path: str, body: str | None, field: str) -> None:
    """A body that names another thing than its path is a mistake.

    Raises:
        Problem: they differ.
    """
    if body is not None and body != path:
        raise Problem(INVALID_REQUEST, f"{field} = {body!r} in the body, but {path!r} in the path")
