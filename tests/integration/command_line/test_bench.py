"""`skuld bench` against a running system."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from tests.integration.in_process import InProcess


def skuld(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command in this process."""
    monkeypatch.setattr(sys, "argv", ["skuld", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_bench_says_how_fast_and_takes_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system = InProcess(tmp_path / "data").start()
    try:
        arguments = ("bench", "--url", system.url, "--orders", "120", "--lines", "3", "--connections", "8")
        assert skuld(monkeypatch, *arguments, "--json") == 0
        captured = capsys.readouterr()
        figures = json.loads(captured.out)
        assert (figures["orders"], figures["taken"], figures["states"]) == (120, 120, {"reserved": 120})
        assert figures["orders_per_second"] > 0
        assert figures["lines"] >= 120
        assert 0 < figures["latency_ms"]["p50"] <= figures["latency_ms"]["p99"] <= figures["latency_ms"]["max"]
        system.level_rows()
        assert system.call("GET", "/v1/orders?state=reserved")[1]["items"] == []
        levels = system.call("GET", "/v1/inventory-levels?limit=500")[1]["items"]
        assert levels
        assert all(level["on_hand"] == level["reserved"] == 0 for level in levels)

        assert skuld(monkeypatch, *arguments, "--batch", "50", "--keep") == 0
        shown = capsys.readouterr()
        assert "orders/s" in shown.out
        assert "120 taken" in shown.out
        system.level_rows()
        assert len(system.call("GET", "/v1/orders?state=reserved&limit=500")[1]["items"]) == 120
    finally:
        system.stop()
