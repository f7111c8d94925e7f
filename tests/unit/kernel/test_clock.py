"""There is one clock: whoever wants to know what time it is asks it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from actors.kernel import clock
from gateway.op_ids import new_id

ROOT = Path(__file__).parents[3]
MACHINE = re.compile(r"time\.time\(|time_ns\(|utcnow\(|\.today\(|datetime\.now\(")
ALLOWED = {
    "actors/kernel/clock.py": "it is the clock",
    "forecasting/window/place.py": "forecasting knows no actors: its callers give it their clock",
    "gateway/replay/wire.py": "a date in a header of HTTP is by the clock of the network",
}


def test_nothing_but_the_clock_reads_the_machines_time() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("actors", "gateway", "forecasting")
        for path in (ROOT / folder).rglob("*.py")
        if any(MACHINE.search(line.partition("#")[0]) for line in path.read_text().splitlines())
    }
    assert found == set(ALLOWED)


def test_another_clock_is_read_by_all_until_it_is_put_away() -> None:
    before = clock.now_ms()
    with clock.told_by(lambda: 86_400_000):
        assert clock.now_ms() == 86_400_000
        assert new_id().startswith(f"{86_400_000:012x}")
        with clock.told_by(lambda: 7):
            assert clock.now_ms() == 7
        assert clock.now_ms() == 86_400_000
    assert before <= clock.now_ms() <= time.time_ns() // 1_000_000


def test_the_clock_goes_right_again_after_a_failure() -> None:
    def fail() -> None:
        with clock.told_by(lambda: 0):
            raise KeyError("within")

    with pytest.raises(KeyError):
        fail()
    assert clock.now_ms() > 0
