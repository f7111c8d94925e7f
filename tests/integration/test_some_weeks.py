"""Some weeks of a shop through a whole Skuld, day by day: no unit appears or is lost, and nothing is ordered twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from actors.kernel import clock
from tests.benchmarks.year import checks
from tests.benchmarks.year.demand import generated
from tests.benchmarks.year.diary import grid
from tests.benchmarks.year.hands import Hands
from tests.benchmarks.year.policies import Cover, Policy, Suggestions
from tests.benchmarks.year.run import Ran, live, opening_stock, review, run
from tests.benchmarks.year.terms import Terms
from tests.benchmarks.year.twin import twin
from tests.benchmarks.year.warehouse import opened

WEEKS_KNOWN = 30
SHOP = generated(16, WEEKS_KNOWN, 3, seed=4)
SHORT = Terms(suppliers=3, opening_weeks=2, warm_up_weeks=1)


def conserved(ran: Ran) -> None:
    """Opening and received is on hand or left; ordered is left, waiting or lost; placed is received or on order."""
    days, skus = ran.demand.days, ran.demand.skus
    opening = np.array([ran.diary.opening.get(sku, 0) for sku in skus])
    received, shipped = (grid(part, days, skus).sum(axis=0) for part in (ran.diary.received, ran.diary.shipped))
    lost = grid(ran.diary.lost, days, skus).sum(axis=0)
    assert (opening + received == ran.days.on_hand[-1] + shipped).all()
    assert (ran.demand.units.sum(axis=0) == shipped + ran.days.waiting[-1] + lost).all()
    placed = sum(sum(one.units.values()) for one in ran.diary.purchases if one.comes_on <= ran.demand.last)
    assert placed == received.sum() > 0


@pytest.mark.parametrize(
    ("policy", "terms"),
    [
        (Suggestions(), SHORT),
        (Cover(4.0), Terms(suppliers=3, opening_weeks=2, warm_up_weeks=1, lost_sales=True, put_away=False)),
        (Suggestions(), Terms(suppliers=3, opening_weeks=2, warm_up_weeks=1, put_away=False, real=True)),
    ],
    ids=["suggestions", "cover, lost sales", "suggestions, real terms"],
)
def test_every_unit_is_accounted_for(policy: Policy, terms: Terms, tmp_path: Path) -> None:
    ran = run(SHOP, policy, terms, tmp_path)
    assert ran.broken == []
    conserved(ran)
    without = twin(SHOP, policy, terms)
    assert (without.days.on_hand == ran.days.on_hand).all(), "planning and arithmetic alone do the same"
    assert 0 < (ran.days.wanted - ran.days.at_once).sum() < ran.days.wanted.sum() / 2, "some found too little"


def test_a_second_run_of_planning_on_the_same_day_orders_nothing(tmp_path: Path) -> None:
    hands, policy = Hands(), Suggestions()
    hands.move(SHOP.first, 0)
    with clock.told_by(hands.now), opened(tmp_path, SHORT, policy.settings) as warehouse:
        warehouse.open(SHOP, opening_stock(SHOP, SHORT))
        hands.move(SHOP.first, 5)
        review(warehouse, policy, SHOP.first, train=False)
        first = len(warehouse.diary.purchases)
        review(warehouse, policy, SHOP.first, train=False)
        assert len(warehouse.diary.purchases) == first > 0
        live(warehouse, SHOP, SHOP.first, hands)
        assert all(finding.broken == [] for finding in checks.findings(warehouse.system))
