"""What a gateway loads before anybody asks."""

from __future__ import annotations

import subprocess
import sys

NUMBERS = ("numpy", "polars", "scipy", "lightgbm", "matplotlib")


def test_a_gateway_loads_numbers_when_a_forecast_is_asked_for_and_not_before() -> None:
    script = f"import sys, gateway.process; print([name for name in {NUMBERS} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"
