"""What the gateway counts, for Prometheus. Its own registry: a process may hold several gateways, as tests do."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_ANSWER_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)


class Metrics:
    """Counters of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "skuld_http_answers", "Answers by method, route and status", ("method", "route", "status"), registry=self.registry
        )
        self.orders = Counter("skuld_orders", "Orders answered, by state", ("state",), registry=self.registry)
        self.refusals = Counter("skuld_problems", "Problems answered, by type", ("type",), registry=self.registry)
        self.answer_s = Histogram(
            "skuld_order_answer_seconds",
            "From an order's arrival to its answer",
            buckets=_ANSWER_BUCKETS_S,
            registry=self.registry,
        )
        self.in_flight = Gauge("skuld_http_in_flight", "Requests being answered", registry=self.registry)

    def text(self) -> str:
        """In Prometheus' format."""
        return generate_latest(self.registry).decode()
