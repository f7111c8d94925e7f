"""Commands that run in the test's own process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main

Skuld = Callable[..., tuple[int, str, str]]
"""Runs a command by its arguments; gives its code and what it printed on either stream."""


def skuld_on(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *first: str) -> Skuld:
    """Commands on a data directory, with no other setting; `first` are arguments that all of them begin with."""
    for name in [name for name in os.environ if name.startswith("SKULD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SKULD_DATA_DIR", str(data_dir))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["skuld", *first, *arguments])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
