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
    level = deploy.call_all(["projector"], "catch_up", LEVEL_TIMEOUT_S, timeout_s=LEVEL_TIMEOUT_S + 5)["projector"]
    behind = [] if level is True else [f"rows are not level with the journals: {level}"]
    findings.append(Finding("rows are level with the journals", behind))
    return findings + _rows(settings)


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
