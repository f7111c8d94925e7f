"""Alarms of forecasts in Prometheus' format. They change once a night: the rows are asked now and then, not by each scrape."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from actors.kernel.faults import Fault
from actors.kernel.record.database import faults_named

if TYPE_CHECKING:
    from gateway.system import System

ASKED_EVERY_S: Final = 60.0
PATIENCE_S: Final = 2.0
"""For the rows; a scrape does not wait longer, and gets what was known before."""
Counts = Mapping[tuple[str, str], int]


class DemandAlarms:
    """What was found last."""

    def __init__(self) -> None:
        self._counts: Counts = {}
        self._asked_at = -ASKED_EVERY_S
        self._asking: asyncio.Task[None] | None = None

    async def text(self, system: System) -> str:
        """`skuld_demand_alarms` by slot and what it is about: zero where nothing alarms; none while nothing is known."""
        if self._asking is None and monotonic() - self._asked_at >= ASKED_EVERY_S:
            self._asking = asyncio.ensure_future(self._ask(system))
        if self._asking is not None:
            await asyncio.wait((self._asking,), timeout=PATIENCE_S)
        registry = CollectorRegistry()
        registry.register(_Counts(self._counts))
        return generate_latest(registry).decode()

    async def _ask(self, system: System) -> None:
        try:
            self._counts = await system.read(_count)
        except Fault:
            self._counts = {}
        finally:
            self._asked_at, self._asking = monotonic(), None


def _count(engine: Engine) -> Counts:
    from forecasting.registry.alarm_rows import count_current

    with faults_named("counting alarms"), engine.connect() as rows:
        return count_current(rows)


class _Counts(Collector):
    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """Of each slot."""
        meaning = "Scores of forecasts out of bounds after the latest cut-off of the slot: an alarm when above 0"
        family = GaugeMetricFamily("skuld_demand_alarms", meaning, labels=("slot", "about"))
        for (slot, about), count in sorted(self._counts.items()):
            family.add_metric((slot, about), count)
        yield family
