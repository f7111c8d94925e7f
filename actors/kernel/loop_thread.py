"""An event loop in a thread of its own: owners run there, apart from the loop of whatever hosts the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import uvloop

LAST_MOMENT_S: Final = 0.05
"""Sockets close a moment after they were told to."""

T = TypeVar("T")


class LoopThread:
    """A running loop that takes coroutines from any thread."""

    def __init__(self, name: str) -> None:
        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(asyncio.sleep(LAST_MOMENT_S))
        self.loop.close()

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Start a coroutine on the loop; the future belongs to the caller's loop."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def begin_from_outside(self, work: Coroutine[Any, Any, T]) -> None:
        """Start a coroutine on the loop, from a thread that has none."""
        asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float | None = None) -> T:
        """Run a coroutine to its end, from a thread without a loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout_s)

    def stop(self) -> None:
        """End the loop."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
