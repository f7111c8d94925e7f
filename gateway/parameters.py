"""Query parameters that a route does not know are refused, as unknown members of a body are: a typing error is no default."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant

from gateway.plain import in_words
from gateway.problems import INVALID_REQUEST, Problem


def refuse_unknown(query: bytes, known: Collection[str]) -> None:
    """Look at a query string.

    Raises:
        Problem: it has a parameter that is not known.
    """
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            knows = f"it has {', '.join(known)}" if known else "it has none"
            raise Problem(
                INVALID_REQUEST, f"query {name[:40]} = {in_words(value[:40])}: this route has no such parameter; {knows}"
            )


async def known_parameters(request: Request) -> None:
    """A dependency of every route of the API: the parameters are those it declares."""
    if request.scope["query_string"]:
        refuse_unknown(request.scope["query_string"], tuple(_declared(request.scope["route"].dependant)))


def _declared(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for needed in dependant.dependencies:
        yield from _declared(needed)


KnownParameters = Depends(known_parameters)
