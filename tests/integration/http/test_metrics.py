"""`/metrics`: what operators are promised is there, in a form that Prometheus reads, and told in docs/operations.md."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.in_process import InProcess
from tests.patience import until

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
PROMISED = {
    "orders": "skuld_orders_total",
    "refusals": "skuld_problems_total",
    "refusals by owner": "skuld_owner_refusals",
    "answers": "skuld_http_answers_total",
    "answer latency": "skuld_order_answer_seconds_bucket",
    "requests under way": "skuld_http_in_flight",
    "batch sizes": "skuld_owner_batch_events_bucket",
    "append latency": "skuld_owner_append_seconds_bucket",
    "journal lag": "skuld_owner_journal_entries",
    "owner restarts": "skuld_owner_restarts_total",
    "owners that serve": "skuld_owner_serving",
    "rows that do not follow": "skuld_owner_rows_alarm",
    "reconciliation": "skuld_owner_reconciliation_broken",
    "reconciliation rounds": "skuld_owner_reconciliations",
}


@pytest.fixture(scope="module")
def samples(skuld: InProcess) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every sample, by name, after one order and one refusal."""
    skuld.call("POST", "/v1/orders", {"order_id": "m-1", "lines": [{"sku": "h-9", "quantity": 1}]})
    skuld.call("POST", "/v1/orders", {"order_id": "m-2", "lines": [{"sku": "h-9", "quantity": 100_000}]})
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(skuld.call("GET", "/metrics")[1]):
        assert family.documentation, family.name
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.mark.parametrize("name", PROMISED.values(), ids=PROMISED.keys())
def test_what_is_promised_is_there_and_told(samples: dict[str, list[tuple[dict[str, str], float]]], name: str) -> None:
    assert samples[name]
    told = re.sub(r"_(total|bucket)$", "", name)
    assert told in OPERATIONS.read_text(), f"docs/operations.md does not tell of {told}"


def test_the_figures_are_of_what_happened(samples: dict[str, list[tuple[dict[str, str], float]]]) -> None:
    orders = {labels["state"]: value for labels, value in samples["skuld_orders_total"]}
    assert orders["reserved"] >= 1
    problems = {labels["type"]: value for labels, value in samples["skuld_problems_total"]}
    assert problems["insufficient-stock"] >= 1
    assert {labels["gateway"] for labels, _ in samples["skuld_orders_total"]} == {"gateway-0"}
    assert {labels["owner"] for labels, _ in samples["skuld_owner_serving"]} == {
        "inventory-0",
        "inventory-1",
        "orders-0",
        "orders-1",
        "procurement-0",
    }
    for labels, count in samples["skuld_owner_batch_events_count"]:
        everything = [v for found, v in samples["skuld_owner_batch_events_bucket"] if found == {**labels, "le": "+Inf"}]
        assert everything == [count]
        assert count == {found["owner"]: v for found, v in samples["skuld_owner_appends"]}[labels["owner"]]
    assert all(value == 0 for _, value in samples["skuld_owner_restarts_total"])
    assert all(value == 0 for _, value in samples["skuld_owner_reconciliation_broken"])


def test_a_path_is_never_a_label(skuld: InProcess) -> None:
    skuld.call("GET", "/v1/inventory-levels/h-9")
    skuld.call("GET", "/nowhere/at/all")
    text = skuld.call("GET", "/metrics")[1]
    assert 'route="/v1/inventory-levels/{sku}"' in text
    assert "nowhere" not in text
    assert "h-9" not in text


def test_the_same_figures_go_to_rays_dashboard(skuld: InProcess) -> None:
    owners = [asyncio.run(owner.published()) for owner in skuld.directory.owners.values()]
    names = set.intersection(*[set(figures) for figures in owners])
    assert {f"skuld_owner_{name}" for name in ("appends", "refusals", "largest_batch", "append_s", "journal_entries")} <= names
    assert {f"skuld_owner_{name}" for name in ("epoch", "reconciliation_broken", "serving", "events")} <= names
    gateway = asyncio.run(skuld._gateway.published())
    assert gateway["skuld_gateway_orders"] >= 1
    assert gateway["skuld_gateway_problems"] >= 1
    assert gateway["skuld_gateway_order_answer_seconds_count"] >= 2
    assert "skuld_projector_events" in asyncio.run(skuld.projector.published())


@pytest.mark.parametrize("way", [{}, {"Content_Encoding": "identity"}], ids=["plain", "asgi"])
def test_an_order_under_way_counts_once_whichever_way_it_takes(
    monkeypatch: pytest.MonkeyPatch, skuld: InProcess, way: dict[str, str]
) -> None:
    assert skuld._gateway._server is not None
    shell = skuld._gateway._server._app
    take, seen = shell.orders.take, []

    def watched(*order: Any, **options: Any) -> None:
        seen.append(shell.in_flight)
        take(*order, **options)

    monkeypatch.setattr(shell.orders, "take", watched)
    assert skuld.call("POST", "/v1/orders", {"lines": [{"sku": "h-9", "quantity": 1}]}, **way)[0] == 201
    assert seen == [1]
    asyncio.run(until(lambda: shell.in_flight == 0))
