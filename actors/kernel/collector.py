"""Python's garbage collector beside long-lived state: it walks all of it to find cycles that are not there."""

from __future__ import annotations

import asyncio
import gc
from typing import Final

COLLECT_S: Final = 0.5
"""What a busy owner makes in this time is looked through in a millisecond or two; in five seconds it would be twenty."""
ALLOCATIONS_BETWEEN: Final = 50_000
"""Of objects that the collector looks at; Python's own default is 700, which a busy gateway makes in milliseconds."""


async def spare_the_collector() -> None:
    """For a process that holds an owner's state: collect young garbage now and then, hide what survives.

    The state holds no cycles and lives long; walking all of it stops every turn for a time that grows with the state.
    """
    gc.disable()
    while True:
        gc.collect(1)
        gc.freeze()
        await asyncio.sleep(COLLECT_S)


def collect_seldom() -> None:
    """For a process without such state: what there is after the start stays, the rest is looked through less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN, 20, 20)
