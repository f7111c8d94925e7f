"""Suppliers that are down at times, or deliver more or less than was ordered: the textbook's examples."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

from forecasting.distributions.empirical import QuantileTable
from forecasting.parameters import ParameterError
from forecasting.stock_policy.disrupted_base_stock import base_stock_cost_with_disruptions, base_stock_with_disruptions
from forecasting.stock_policy.disruptions import (
    DisruptedSupply,
    approximate_lot_size_with_disruptions,
    disrupted_cost,
    lot_size_with_disruptions,
)
from forecasting.stock_policy.yields import base_stock_with_added_yield, lot_size_with_added_yield, lot_size_with_yield_share

DISRUPTED = DisruptedSupply(8, 0.225, 5, 1300, 1.5, 14)


def test_the_lot_size_for_a_supplier_that_fails_is_the_textbooks() -> None:  # row 24, examples 9.1 and 9.2
    best, approximate = lot_size_with_disruptions(DISRUPTED), approximate_lot_size_with_disruptions(DISRUPTED)
    assert best.quantity == pytest.approx(772.8111, abs=1e-4)
    assert best.cost == pytest.approx(173.9500026, abs=1e-6)
    assert approximate.quantity == pytest.approx(773.1432417, abs=1e-6)
    assert approximate.cost == pytest.approx(173.9572294, abs=1e-6)
    assert disrupted_cost(700, DISRUPTED) == pytest.approx(174.7871174, abs=1e-6)
    assert disrupted_cost(np.array([400.0, 1100.0]), DISRUPTED).min() > best.cost


def test_the_base_stock_for_a_supplier_that_fails_is_the_textbooks() -> None:  # row 24, example 9.3
    best = base_stock_with_disruptions(0.25, 3, 2000, 0.04, 0.25)
    assert best.level == 8000
    assert best.cost == pytest.approx(2737.06896, abs=1e-4)
    assert base_stock_cost_with_disruptions(2000, 0.25, 3, 2000, 0.04, 0.25) == pytest.approx(3310.34483, abs=1e-4)
    assert base_stock_cost_with_disruptions(12000, 0.25, 3, 2000, 0.04, 0.25) == pytest.approx(3075.16164, abs=1e-4)


def test_the_lot_size_for_uncertain_yield_is_the_textbooks() -> None:  # row 24, examples 9.4 and 9.5
    added = lot_size_with_added_yield(18500, 0.06, 75000, yield_mean=-15000, yield_sd=9000)
    assert added.quantity == pytest.approx(230246.3705, abs=1e-3)
    assert added.cost == pytest.approx(12914.78223, abs=1e-4)
    part = lot_size_with_yield_share(18500, 0.06, 75000, share_mean=5 / 6, share_sd=sqrt(5 / 252))
    assert part.quantity == pytest.approx(254460.2130, abs=1e-3)
    assert part.cost == pytest.approx(13086.52524, abs=1e-4)


def test_the_base_stock_for_uncertain_yield_is_the_textbooks() -> None:  # row 24, example 9.6
    evenly = QuantileTable([0.25, 0.75], [-250_000, 250_000], least=-500_000)  # uniform from -500 000 to 500 000
    best = base_stock_with_added_yield(15, 75, 1.5e6, evenly)
    assert best.level == pytest.approx(1833333.3333, abs=1e-3)
    assert best.cost == pytest.approx(6_250_000, abs=1e-3)


@pytest.mark.parametrize(("chance", "recovery"), [(0.04, 0.25), (0.5, 0.5), (0.9, 0.1), (0.001, 0.9)])
def test_no_other_base_stock_is_cheaper_for_a_supplier_that_fails(chance: float, recovery: float) -> None:
    best = base_stock_with_disruptions(0.25, 3, 2000, chance, recovery)
    for stock in range(0, 150_000, 500):
        assert base_stock_cost_with_disruptions(stock, 0.25, 3, 2000, chance, recovery) >= float(best.cost) - 1e-6


def test_a_simulated_supplier_that_fails_costs_what_the_formula_says() -> None:
    generator, cost, cycles, time = np.random.default_rng(9), 0.0, 100_000, 0.0
    quantity, demand = 700.0, 1300.0
    up, left = True, float(generator.exponential(1 / 1.5))
    for _ in range(cycles):
        selling = quantity / demand
        cost, time = cost + 8 + 0.225 * quantity * selling / 2, time + selling
        while left < selling:  # the supplier changes state while the stock sells
            selling -= left
            up = not up
            left = float(generator.exponential(1 / 1.5 if up else 1 / 14))
        left -= selling
        if not up:  # the order waits, and what is wanted meanwhile is lost
            cost, time = cost + 5 * demand * left, time + left
            up, left = True, float(generator.exponential(1 / 1.5))
    assert cost / time == pytest.approx(float(disrupted_cost(quantity, DISRUPTED)), rel=0.01)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: DisruptedSupply(8, 1, 1, 1, 0, 1), "disruption_rate is 0.0: it must be a finite number above zero"),
        (lambda: base_stock_with_disruptions(1, 1, 1, 1.0, 0.5), "disruption_chance is 1.0: it must be between 0 and 1"),
        (lambda: lot_size_with_yield_share(1, 1, 1, 0, 1), "share_mean is 0.0: it must be a finite number above zero"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_its_value(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        ask()
    assert str(refused.value) == message
