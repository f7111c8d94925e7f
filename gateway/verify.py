"""Every invariant, checked over a running system: in the owners' memory and in the rows."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from actors.kernel import composition, deploy
from actors.kernel.faults import Fault
from actors.kernel.record.checks import broken_checks
from actors.kernel.record.database import open_database
from actors.kernel.settings import SkuldSettings

LEVEL_TIMEOUT_S: Final = 60.0
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
    level = _catch_up()
    behind = [] if level is True else [f"after {LEVEL_TIMEOUT_S:g} s they are not: {level or 'the projector is behind'}"]
    findings.append(Finding("rows are level with the journals as they were at the start", behind))
    return findings + _rows(settings, again=not behind)


def _catch_up() -> bool | Fault:
    """Wait until the rows have what is in the journals now."""
    answer: bool | Fault = deploy.call_all(["projector"], "catch_up", LEVEL_TIMEOUT_S, timeout_s=LEVEL_TIMEOUT_S + 5)[
        "projector"
    ]
    return answer


def _rows(settings: SkuldSettings, *, again: bool) -> list[Finding]:
    engine = open_database(settings.sql_url)
    broken = broken_checks(engine)
    for _ in range(LOOKS - 1):
        if not any(broken.values()):
            break
        time.sleep(LOOK_AGAIN_S)
        if again and _catch_up() is not True:  # all that was under way at the last look has been written since
            break
        found = broken_checks(engine)
        broken = {name: [line for line in found[name] if _same_key(line, lines)] for name, lines in broken.items()}
    return [Finding(name, lines) for name, lines in broken.items()]


def _same_key(line: str, before: list[str]) -> bool:
    return any(other.split(":")[0] == line.split(":")[0] for other in before)
