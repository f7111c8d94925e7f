"""Every invariant, checked over a running system: in the owners' memory and in the rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from actors.kernel import composition, deploy
from actors.kernel.faults import Fault
from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import open_database
from actors.kernel.settings import SkuldSettings

LEVEL_TIMEOUT_S: Final = 60.0
LEVEL_SLICE_S: Final = 2.0
ALARM_PASSES_S: Final = 5.0
"""A store that has just come back is an alarm for a moment more; one that stays longer is told."""
PROJECTOR: Final = "projector"
LOOKS: Final = 4
LOOK_AGAIN_S: Final = 1.5
"""Rows of orders and stock are written apart: under traffic only what stays broken is broken."""


class Finding(NamedTuple):
    """An invariant, and the keys that break it."""

    invariant: str
    broken: list[str]


def verify_running(settings: SkuldSettings) -> list[Finding]:
    """Check the owners' memory, wait for the rows to be level, then check the rows."""
    names = composition.owner_names(settings)
    findings = []
    for name, answer in deploy.call_all(names, "broken_invariants", timeout_s=LEVEL_TIMEOUT_S).items():
        findings.append(Finding(f"memory of {name} adds up", [str(answer)] if isinstance(answer, Fault) else answer))
    behind = why_not_level(lambda method, *arguments: deploy.call(PROJECTOR, method, *arguments))
    findings.append(Finding("rows are level with the journals", behind))
    return findings + _rows(settings)


def why_not_level(ask: Callable[..., Any]) -> list[str]:
    """Wait for the rows to be level; what keeps them from it is said at once, or as soon as it is clear that it stays.

    `ask` calls a method of the projector.
    """
    began = time.monotonic()
    while (waited_s := time.monotonic() - began) < LEVEL_TIMEOUT_S:
        try:
            alarms = [row for row in ask("status") if row["alarm"]]
            if waited_s > ALARM_PASSES_S or any(row["refused"] for row in alarms):
                named = [f"{row['owner']}: {row['alarm']}" for row in alarms]
                if named:
                    return named
            if ask("catch_up", LEVEL_SLICE_S):
                return []
        except Fault as fault:  # a projector that was ended is placed again in a moment
            if waited_s > ALARM_PASSES_S:
                return [str(fault)]
            time.sleep(LOOK_AGAIN_S)
    return [f"the rows are still behind after {LEVEL_TIMEOUT_S:g} s"]


def _rows(settings: SkuldSettings) -> list[Finding]:
    engine = open_database(settings.sql_url)
    broken = broken_checks(engine)
    for _ in range(LOOKS - 1):
        if not any(broken.values()):
            break
        time.sleep(LOOK_AGAIN_S)
        again = broken_checks(engine)
        broken = {name: [line for line in again[name] if _same_key(line, lines)] for name, lines in broken.items()}
    return [Finding(name, lines) for name, lines in broken.items()]


def _same_key(line: str, before: list[str]) -> bool:
    return any(other.split(":")[0] == line.split(":")[0] for other in before)
