"""What the gateway counts, for Prometheus. Its own registry: a process may hold several gateways, as tests do."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric

_ANSWER_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Metrics(CollectorRegistry):
    """Counters of one gateway. Several share a port, so each puts its name on its own: a scrape finds one of them."""

    def __init__(self, gateway: str = "gateway-0") -> None:
        super().__init__()
        self.gateway = gateway
        self.answers = Counter(
            "skuld_http_answers", "Answers by method, route and status", ("method", "route", "status"), registry=self
        )
        self.orders = Counter("skuld_orders", "Orders answered, by state", ("state",), registry=self)
        self.refusals = Counter("skuld_problems", "Problems answered, by type", ("type",), registry=self)
        self.answer_s = Histogram(
            "skuld_order_answer_seconds", "From an order's arrival to its answer", buckets=_ANSWER_BUCKETS_S, registry=self
        )
        self.in_flight = Gauge("skuld_http_in_flight", "Requests being answered", registry=self)

    def collect(self) -> Iterable[Metric]:
        """Every metric, with the gateway's name on each sample."""
        for family in super().collect():
            family.samples = [
                sample._replace(labels={**sample.labels, "gateway": self.gateway})
                for sample in family.samples
                if not sample.name.endswith("_created")
            ]
            yield family

    def text(self) -> str:
        """In Prometheus' format."""
        return generate_latest(self).decode()

    def sums(self) -> dict[str, float]:
        """What Ray's dashboard shows of a gateway: its metrics, summed over their labels; of times, sum and count."""
        sums: dict[str, float] = {}
        for family in super().collect():
            for sample in family.samples:
                if not sample.name.endswith(("_created", "_bucket")):
                    name = sample.name.replace("skuld_", "skuld_gateway_", 1).removesuffix("_total")
                    sums[name] = sums.get(name, 0.0) + sample.value
        return sums
