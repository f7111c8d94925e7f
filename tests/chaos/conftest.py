"""What a run of the chaos tests tells in its end, also when all is well: how long each fault was felt."""

from __future__ import annotations

import pytest

from tests.chaos.stage import FELT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line for each fault."""
    if FELT:
        terminalreporter.section("faults under load, and how long each was felt")
        for line in FELT:
            terminalreporter.write_line(line)
