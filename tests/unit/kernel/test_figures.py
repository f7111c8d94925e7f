"""What an owner counts, and how it is published."""

from __future__ import annotations

from actors.kernel.owner_figures import APPEND_SECONDS, BATCH_EVENTS, HISTOGRAMS, OwnerFigures
from actors.kernel.published import publish_once


def test_batches_and_appends_are_distributions() -> None:
    figures = OwnerFigures()
    for events, seconds in ((1, 0.0001), (2, 0.0005), (60, 0.003), (9000, 20.0)):
        figures.appended(events, seconds)
    told = figures.as_dict()
    assert [told[f"batch_events_le_{limit}"] for limit in (1, 2, 5, 50, 100, 5000)] == [1, 2, 2, 2, 3, 3]
    assert [told[f"append_seconds_le_{limit}"] for limit in ("0.0005", "0.002", "0.005", "5")] == [2, 2, 3, 3]
    assert (told["appends"], told["events"], told["largest_batch"]) == (4, 9063, 9000)
    for histogram, (total, count) in HISTOGRAMS.items():
        assert {total, count} <= told.keys()
        assert sum(name.startswith(f"{histogram}_le_") for name in told) in {len(BATCH_EVENTS), len(APPEND_SECONDS)}


class Published:
    """A process with figures."""

    def __init__(self) -> None:
        self.figures = {"skuld_owner_appends": 3.0}

    async def published(self) -> dict[str, float]:
        return self.figures

    def __repr__(self) -> str:
        return "inventory-0"


class Gauge:
    """Ray's, without Ray."""

    made: list[tuple[str, tuple[str, ...]]]

    def __init__(self, name: str, _description: str, tags: tuple[str, ...]) -> None:
        self.made.append((name, tags))
        self.values: list[tuple[float, dict[str, str] | None]] = []

    def set(self, value: float, tags: dict[str, str] | None = None) -> None:
        self.values.append((value, tags))


def test_a_figure_becomes_one_gauge_with_the_name_of_its_process() -> None:
    Gauge.made = []
    process, gauges = Published(), {}
    publish_once(process, gauges, Gauge)
    process.figures = {"skuld_owner_appends": 4.0, "skuld_owner_events": 9.0}
    publish_once(process, gauges, Gauge)
    assert Gauge.made == [("skuld_owner_appends", ("process",)), ("skuld_owner_events", ("process",))]
    tag = {"process": "inventory-0"}
    assert gauges["skuld_owner_appends"].values == [(3.0, tag), (4.0, tag)]
