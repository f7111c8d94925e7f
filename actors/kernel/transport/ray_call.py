"""Owners found through Ray, and commands carried by calls of their actors: works wherever Ray works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import ray
from ray.exceptions import RayError

from actors.kernel.messages import OwnerName
from actors.kernel.transport.port import Endpoint

RESOLVE_TIMEOUT_S: Final = 2.0


class RayDirectory:
    """Looks owners up by their actor's name, in the namespace of its own process, and asks the actor where it listens."""

    async def resolve(self, owner: OwnerName) -> Endpoint | None:
        """Where the owner is; None while its actor is missing, starting or dying."""
        return await asyncio.to_thread(self._resolve, owner)

    def _resolve(self, owner: OwnerName) -> Endpoint | None:
        try:
            actor: Any = ray.get_actor(owner)
            found: Any = ray.get(actor.call.remote("endpoint"), timeout=RESOLVE_TIMEOUT_S)
        except (ValueError, RayError):  # no such actor; dying; not answering
            return None
        return None if found is None else Endpoint(*found)


class RayCallLine:
    """Each request is one call of the actor; Ray never repeats it (`max_task_retries=0`), the sender does."""

    def __init__(self, actor: Any, on_response: Callable[[bytes], None]) -> None:
        self._actor = actor
        self._on_response = on_response
        self._calls: set[asyncio.Task[None]] = set()

    def send(self, payload: bytes) -> None:
        """Call the actor."""
        call = asyncio.get_running_loop().create_task(self._call(payload))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, payload: bytes) -> None:
        try:
            response = await asyncio.wrap_future(self._actor.call.remote("handle", payload).future())
        except RayError:  # the outcome is unknown: the sender asks again
            return
        if response:
            self._on_response(response)

    def close(self) -> None:
        """Wait for no more answers."""
        for call in tuple(self._calls):
            call.cancel()


class RayCallDialler:
    """Opens lines that are calls of the owner's actor."""

    def dial(self, owner: OwnerName, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> RayCallLine:
        """A line to the actor of that name."""
        return RayCallLine(ray.get_actor(owner), on_response)
