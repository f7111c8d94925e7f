"""An owner checks its own invariants all the time, a little at a moment, so that no turn is late for it."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from actors.kernel.machine import Machine
from actors.kernel.messages import OwnerName
from actors.kernel.owner_figures import OwnerFigures

log = structlog.get_logger()

PAUSE_S: Final = 0.2
BUDGET_S: Final = 0.001
"""One millisecond in every two hundred: no order pays for it."""
MOST_LOGGED: Final = 10


async def check_for_ever(owner: OwnerName, machine: Machine, figures: OwnerFigures) -> None:
    """Reconcile again and again; what does not add up becomes a figure that alarms, and lines in the log."""
    while True:
        broken: list[str] = []
        began = time.perf_counter()
        for line in machine.reconciliation():
            if line is not None:
                broken.append(line)
            if time.perf_counter() - began > BUDGET_S:
                await asyncio.sleep(PAUSE_S)
                began = time.perf_counter()
        figures.reconciliation_broken = len(broken)
        figures.reconciliations += 1
        for line in broken[:MOST_LOGGED]:
            log.error("reconciliation", owner=owner, broken=line)
        await asyncio.sleep(PAUSE_S)
