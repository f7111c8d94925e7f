"""Batches: each item is judged and answered on its own; one bad item never touches the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from actors.kernel.faults import Fault
from gateway.explained import judge
from gateway.json_bodies import read_items
from gateway.plain import encoded
from gateway.problems import INVALID_BODY, Problem, problem_of_bug, problem_of_fault

MOST_ITEMS: Final = 10_000

B = TypeVar("B", bound=BaseModel)
Answer = tuple[int, dict[str, Any]]


def check_size(items: list[Any]) -> list[Any]:
    """A batch has at most `MOST_ITEMS`.

    Raises:
        Problem: it has more.
    """
    if len(items) > MOST_ITEMS:
        raise Problem(INVALID_BODY, f"a batch has at most {MOST_ITEMS} items, not {len(items)}", errors=[])
    return items


async def each_item(
    request: Request, key: str | None, model: type[B], work: Callable[[B, str | None], Awaitable[Answer]]
) -> list[Answer]:
    """Judge and carry out every item of a JSON array, all at once; the n-th item's key is the batch's key and n."""
    items = check_size(read_items(await request.body()))
    adapter = TypeAdapter(model)

    async def one(number: int, item: Any) -> Answer:
        try:
            if isinstance(item, Problem):
                raise item
            return await work(judge(adapter, item), f"{key}:{number}" if key is not None else None)
        except Problem as problem:
            return problem.kind.status, problem.content()
        except Fault as fault:
            told = problem_of_fault(fault)
            return told.kind.status, told.content()
        except Exception:  # a bug met by one item: the others are done, and have to be told so
            bug = problem_of_bug(path=request.url.path, key=f"{key}:{number}")
            return bug.kind.status, bug.content()

    return list(await asyncio.gather(*[one(number, item) for number, item in enumerate(items)]))


def batch_response(answers: list[Answer]) -> Response:
    """One result per item, in the items' order; `status` is what the item alone would have been answered with."""
    results = [{**content, "status": status} for status, content in answers]
    return Response(encoded({"results": results}), media_type="application/json")
