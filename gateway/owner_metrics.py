"""The owners' figures in Prometheus' format: asked of them when somebody scrapes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from actors.kernel.client import Owners
from actors.kernel.faults import Fault
from actors.kernel.messages import OwnerName, OwnerStatus, ReadStatus
from actors.kernel.owner_figures import HISTOGRAMS
from actors.kernel.routing import PROCUREMENT

PATIENCE_S: Final = 2.0
MEANINGS: Final = {
    "serving": "1 when the owner answers, else 0",
    "pid": "Process id",
    "epoch": "The epoch it has claimed: one more with every start of the owner",
    "appends": "Batches recorded since start",
    "events": "Events recorded since start",
    "append_s": "Seconds spent in appends since start",
    "slowest_append_s": "The slowest append since start, in seconds",
    "largest_batch": "Events in the largest batch since start",
    "refusals": "Commands refused since start",
    "store_faults": "Times the journal did not answer since start",
    "recovery_s": "Seconds from claim to serving at the last start",
    "reconciliations": "Rounds of reconciliation since start",
    "reconciliation_broken": "Invariants that did not hold in the last round: an alarm when above 0",
    "journal_entries": "Entries of the journal that the system of record has not taken: the lag of the rows",
    "rows_alarm": "1 when something keeps the rows from following the journal (`/readyz` says what), else 0",
    "steps_under_way": "Commands to other owners without an answer yet",
    "shards_unheard": "Shards that have not told this owner of orders yet which orders were begun there",
    "batch_events": "Events per append",
    "append_seconds": "Duration of an append, in seconds",
}


async def owner_metrics(owners: Owners) -> str:
    """Every figure of every owner, whether it serves at all, and how often it was restarted."""
    names = [*owners.inventory.names(), *owners.orders.names(), PROCUREMENT]
    answers = await asyncio.gather(*[_status(owners, name) for name in names])
    registry = CollectorRegistry()
    registry.register(_Answers(dict(zip(names, answers, strict=True))))
    return generate_latest(registry).decode()


async def _status(owners: Owners, name: OwnerName) -> OwnerStatus | None:
    try:
        reply = await owners.ask(name, ReadStatus(), timeout_s=PATIENCE_S)
    except Fault:
        return None
    return reply if isinstance(reply, OwnerStatus) else None


class _Answers(Collector):
    """What the owners answered, as metrics."""

    def __init__(self, answers: dict[OwnerName, OwnerStatus | None]) -> None:
        self._answers = answers

    def collect(self) -> Iterable[Metric]:
        """One family per figure."""
        serving = GaugeMetricFamily("skuld_owner_serving", MEANINGS["serving"], labels=["owner"])
        restarts = CounterMetricFamily("skuld_owner_restarts", "Starts of the owner after its first", labels=["owner"])
        gauges: dict[str, GaugeMetricFamily] = {}
        for name, status in self._answers.items():
            serving.add_metric([name], int(status is not None))
            if status is None:
                continue
            restarts.add_metric([name], max(0, status.epoch - 1))
            for figure, value in {"pid": status.pid, "epoch": status.epoch, **status.figures}.items():
                if "_le_" not in figure:
                    meaning = MEANINGS.get(figure, figure.replace("_", " "))
                    family = gauges.setdefault(figure, GaugeMetricFamily(f"skuld_owner_{figure}", meaning, labels=["owner"]))
                    family.add_metric([name], value)
        return [serving, restarts, *gauges.values(), *self._histograms()]

    def _histograms(self) -> Iterable[Metric]:
        for histogram, (sum_, count) in HISTOGRAMS.items():
            family = HistogramMetricFamily(f"skuld_owner_{histogram}", MEANINGS[histogram], labels=["owner"])
            for name, status in self._answers.items():
                if status is not None and count in status.figures:
                    start = f"{histogram}_le_"
                    limits = [(key, value) for key, value in status.figures.items() if key.startswith(start)]
                    buckets = [(key.removeprefix(start), value) for key, value in limits]
                    family.add_metric([name], [*buckets, ("+Inf", status.figures[count])], status.figures[sum_])
            yield family
