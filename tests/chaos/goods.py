"""What the load deals in: plenty of many things, little of one. The SKUs are spread over all shards of stock."""

from __future__ import annotations

from typing import Final

from tests.end_to_end.running_system import RunningSystem

SKUS: Final = [f"sku-{number}" for number in range(12)]
UNITS: Final = 1_000_000
SCARCE: Final = "scarce"
SCARCE_UNITS: Final = 400
SUPPLIER: Final = "farm"
OPENING: Final = {**dict.fromkeys(SKUS, UNITS), SCARCE: SCARCE_UNITS}


def fill(system: RunningSystem) -> None:
    """Take the opening stock in, and know a supplier of it."""
    system.fill(OPENING)
    asked = [(f"/v1/suppliers/{SUPPLIER}", {"name": "Farm", "lead_time_days": 2})]
    asked += [(f"/v1/supplier-items/{SUPPLIER}/{sku}", {}) for sku in SKUS]
    for path, body in asked:
        status, answer = system.call("PUT", path, body)
        assert status in {200, 201}, answer
