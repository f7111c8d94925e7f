"""Every kind, by name."""

from __future__ import annotations

from typing import Final

from tests.benchmarks.forecasting.kinds import known, planned, unplanned
from tests.benchmarks.forecasting.kinds.making import Kind

KINDS: Final[dict[str, Kind]] = {
    name: Kind(name, (make.__doc__ or "").strip(), horizon, cutoffs, make)
    for name, horizon, cutoffs, make in (
        ("shop", 3, 3, planned.shop),
        ("depths", 3, 2, planned.depths),
        ("cycle", 2, 3, planned.cycle),
        ("prices", 4, 6, planned.prices),
        ("fashion", 4, 3, planned.fashion),
        ("chain", 28, 2, planned.chain),
        ("christmas", 14, 3, planned.christmas),
        ("shops", 10, 3, planned.shops),
        ("large", 14, 3, planned.large),
        ("few", 3, 6, planned.few),
        ("one", 7, 3, planned.one),
        ("wandering", 3, 3, unplanned.wandering),
        ("year end", 2, 3, unplanned.year_end),
        ("parts", 3, 3, unplanned.parts),
        ("two houses", 3, 3, unplanned.two_houses),
        ("one house", 3, 3, unplanned.one_house),
        ("supermarkets", 28, 2, known.supermarkets),
        ("grocery", 16, 3, known.grocery),
        ("drugstores", 42, 2, known.drugstores),
        ("wholesale", 3, 4, known.wholesale),
        ("flyers", 3, 4, known.flyers),
    )
}
