"""What the load deals in: plenty of many things, little of one. The SKUs are spread over all shards of stock."""

from __future__ import annotations

from typing import Final

from tests.end_to_end.running_system import RunningSystem

SKUS: Final = [f"sku-{number}" for number in range(12)]
UNITS: Final = 1_000_000
SCARCE: Final = "scarce"
SCARCE_UNITS: Final = 400
OPENING: Final = {**dict.fromkeys(SKUS, UNITS), SCARCE: SCARCE_UNITS}


def fill(system: RunningSystem) -> None:
    """Take the opening stock in."""
    system.fill(OPENING)
