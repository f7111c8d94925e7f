"""Every invariant, checked over a running system: in the owners' memory and in the rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from actors.kernel import composition, deploy
from actors.kernel.faults import Fault
from actors.kernel.record.checks import broken_checks, key_of
from actors.kernel.record.database import open_database
from actors.kernel.settings import SkuldSettings

LEVEL_TIMEOUT_S: Final = 60.0
LEVEL_SLICE_S: Final = 2.0
ALARM_PASSES_S: Final = 5.0
"""A store that has just come back is an alarm for a moment more; one that stays longer is told."""
PROJECTOR: Final = "projector"
LOOKS: Final = 4
LOOK_AGAIN_S: Final = 0.5
"""Rows of orders and stock are written apart: under traffic only what stays broken while both go on is broken."""


class Finding(NamedTuple):
    """An invariant, and the keys that break it."""

    invariant: str
    broken: list[str]


def verify_running(settings: SkuldSettings) -> list[Finding]:
    """Check the owners' memory, wait until the rows have all that is in the journals now, then check the rows."""
    names = composition.owner_names(settings)
    findings = []
    for name, answer in deploy.call_all(names, "broken_invariants", timeout_s=LEVEL_TIMEOUT_S).items():
        findings.append(Finding(f"memory of {name} adds up", [str(answer)] if isinstance(answer, Fault) else answer))
    behind = why_not_level(_ask_projector)
    findings.append(Finding("rows are level with the journals as they were at the start", behind))
    return findings + _rows(settings, again=not behind)


def _ask_projector(method: str, *arguments: Any) -> Any:
    return deploy.call(PROJECTOR, method, *arguments)


def why_not_level(ask: Callable[..., Any]) -> list[str]:
    """Wait for the rows to have what is in the journals now; what keeps them is told as soon as it is clear that it stays.

    `ask` calls a method of the projector.
    """
    began, ends = time.monotonic(), None
    while (waited_s := time.monotonic() - began) < LEVEL_TIMEOUT_S:
        try:
            alarms = [row for row in ask("status") if row["alarm"]]
            if waited_s > ALARM_PASSES_S or any(row["refused"] for row in alarms):
                named = [f"{row['owner']}: {row['alarm']}" for row in alarms]
                if named:
                    return named
            ends = ends or ask("journal_ends")
            if ask("catch_up", LEVEL_SLICE_S, ends):
                return []
        except Fault as fault:  # a projector that was ended is placed again in a moment
            if waited_s > ALARM_PASSES_S:
                return [str(fault)]
            time.sleep(LOOK_AGAIN_S)
    return [f"the rows are still behind after {LEVEL_TIMEOUT_S:g} s"]


def _rows(settings: SkuldSettings, *, again: bool) -> list[Finding]:
    engine = open_database(settings.sql_url)
    broken = broken_checks(engine)
    for _ in range(LOOKS - 1):
        if not any(broken.values()):
            break
        time.sleep(LOOK_AGAIN_S)
        if again and why_not_level(_ask_projector):  # all that was under way at the last look has been written since
            break
        found = broken_checks(engine)
        broken = {name: [line for line in found[name] if _same_key(line, lines)] for name, lines in broken.items()}
    return [Finding(name, lines) for name, lines in broken.items()]


def _same_key(line: str, before: list[str]) -> bool:
    return any(key_of(other) == key_of(line) for other in before)
