"""Versions of reference data as ETags: `If-Match` keeps two editors from overwriting each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from gateway.problems import INVALID_BODY, INVALID_REQUEST, Problem

IfMatch = Annotated[str | None, Header(max_length=40)]
IfNoneMatch = Annotated[str | None, Header(max_length=40, description="`*`: create, and refuse when one is there (412)")]


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


def version_wanted(if_match: str | None, if_none_match: str | None) -> int | None:
    """The version that must stand for a change: 0 (none at all) for `If-None-Match: *`; None when any will do.

    Raises:
        Problem: a header is not ours, or they contradict each other.
    """
    if if_none_match is None:
        return version_of(if_match)
    if if_none_match.strip() != "*":
        raise Problem(INVALID_REQUEST, f"If-None-Match {if_none_match!r} is not *")
    if if_match is not None:
        raise Problem(INVALID_REQUEST, "If-Match and If-None-Match together ask for what cannot be")
    return 0


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
        told = {"field": field, "value": body, "problem": f"must be {path}, as in the path"}
        raise Problem(INVALID_BODY, f"{field} = {body!r} in the body, but {path!r} in the path", errors=[told])
