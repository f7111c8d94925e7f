"""Service and the stock it takes: textbook numbers, a simulated warehouse, and a hundred thousand SKUs at once."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.distributions.continuous import Gamma, Lognormal, Normal
from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.distributions.distribution import Distribution
from forecasting.distributions.empirical import QuantileTable, Sample
from forecasting.distributions.lead_time import protection_moments
from forecasting.parameters import ParameterError
from forecasting.solving import Unreachable, first_reaching
from forecasting.stock_policy.service import (
    cycle_service,
    fill_rate_of_base_stock,
    fill_rate_of_reorder_point,
    safety_stock,
    shortage_per_cycle,
)
from forecasting.stock_policy.targets import base_stock_for_fill_rate, level_for_cycle_service, reorder_point_for_fill_rate

TWO_WEEKS = Normal(*protection_moments(2500, 500, lead_time=2))  # row 25


def normal_days(days: float, sd: float) -> Normal:
    return Normal(*protection_moments(20, sd, lead_time=days))


def test_a_reorder_point_gives_the_service_the_textbook_says() -> None:  # row 25
    assert safety_stock(6000, TWO_WEEKS) == 1000
    assert cycle_service(6000, TWO_WEEKS) == pytest.approx(0.92135, abs=5e-6)
    assert shortage_per_cycle(6000, TWO_WEEKS) == pytest.approx(25.127, abs=5e-4)
    assert fill_rate_of_reorder_point(6000, 10_000, TWO_WEEKS) == pytest.approx(0.997487, abs=5e-7)


def test_a_fill_rate_takes_the_safety_stock_the_textbook_says() -> None:  # row 25
    point = reorder_point_for_fill_rate(0.975, 10_000, TWO_WEEKS)
    assert safety_stock(point, TWO_WEEKS) == pytest.approx(66.70, abs=5e-3)


def test_an_uncertain_lead_time_takes_the_safety_stock_the_textbook_says() -> None:  # row 25
    mean, sd = protection_moments(2500, 500, lead_time=7, lead_time_sd=7)
    assert sd == pytest.approx(17_549.93, abs=5e-3)
    demand = Normal(mean, sd)
    assert safety_stock(level_for_cycle_service(0.9, demand), demand) == pytest.approx(22_491.1, abs=0.05)


@pytest.mark.parametrize(("sd", "level", "fill"), [(4, 360, 0.993561), (8, 380, 0.987122)], ids=["26", "26 wider"])
def test_a_base_stock_gives_its_fill_rate(sd: float, level: float, fill: float) -> None:
    assert fill_rate_of_base_stock(level, normal_days(17, sd), normal_days(10, sd), 140) == pytest.approx(fill, abs=5e-7)


def test_a_target_takes_its_base_stock() -> None:  # row 26
    cover, lead_time = normal_days(17, 8), normal_days(10, 8)
    assert base_stock_for_fill_rate(0.98, cover, lead_time, 140) == pytest.approx(372.66, abs=5e-3)
    assert level_for_cycle_service(0.98, cover) == pytest.approx(407.74, abs=5e-3)


def test_an_uncertain_lead_time_adds_its_variance() -> None:  # row 26
    _, sd = protection_moments(20, 8, lead_time=10, lead_time_sd=2, review=7)
    assert sd**2 == pytest.approx(2688)


def test_a_simulated_warehouse_has_the_fill_rate_of_the_formula() -> None:  # row 26
    """Daily N(20, 4), lead time 10, review 7, base stock 360: an order is there for the demand of the day it is due."""
    lead_time, review, level, reviews = 10, 7, 360.0, 60_000
    demand = np.random.default_rng(20260101).normal(20, 4, reviews * review + lead_time + review)
    before = np.concatenate([[0.0], np.cumsum(demand)])
    starts = np.arange(reviews) * review
    # the order of review t covers what comes until that of review t + 1 arrives: days t + L to t + R + L
    short_at = [np.maximum(before[starts + days] - before[starts] - level, 0.0) for days in (lead_time, lead_time + review)]
    short = short_at[1] - short_at[0]
    wanted = before[starts + lead_time + review] - before[starts + lead_time]
    assert 1 - short.sum() / wanted.sum() == pytest.approx(0.993561, abs=3e-4)


def test_a_warehouse_run_day_by_day_has_the_fill_rate_of_the_formula() -> None:  # row 26
    generator, on_hand, due = np.random.default_rng(20260102), 360.0, dict[int, float]()
    on_order = wanted = short = 0.0
    for day, demand in enumerate(generator.normal(20, 4, 150_000).tolist()):
        arrived = due.pop(day, 0.0)
        on_hand, on_order = on_hand + arrived, on_order - arrived
        if day % 7 == 0:
            due[day + 10], on_order = 360 - on_hand - on_order, 360 - on_hand
        wanted += demand
        short += min(demand, max(demand - on_hand, 0.0))
        on_hand -= demand
    assert 1 - short / wanted == pytest.approx(0.993561, abs=6e-4)


FAMILIES: list[Callable[[float], Distribution]] = [
    lambda days: Normal(20 * days, 8 * sqrt(days)),
    lambda days: Gamma.from_mean_sd(20 * days, 30 * sqrt(days)),
    lambda days: Lognormal.from_mean_sd(20 * days, 15 * sqrt(days)),
    lambda days: Poisson(0.3 * days),
    lambda days: NegativeBinomial(0.5 * days, 0.1),
    lambda days: Sample(np.arange(30) * days),
    lambda days: QuantileTable([0.1, 0.5, 0.9], np.array([0.0, 9, 40]) * days),
]


@given(st.sampled_from(FAMILIES), st.floats(0.3, 0.999), st.integers(1, 20), st.integers(1, 14))
def test_a_target_is_reached_and_no_less_would_do(
    family: Callable[[float], Distribution], target: float, lead_time: int, review: int
) -> None:
    cover, before = family(lead_time + review), family(lead_time)
    units = float(np.subtract(cover.mean, before.mean))
    level = base_stock_for_fill_rate(target, cover, before, units)
    point = reorder_point_for_fill_rate(target, 25.0, before)
    less = 1.0 if cover.is_whole else 1e-6 * (1 + abs(level))
    assert fill_rate_of_base_stock(level, cover, before, units) >= target - 1e-9
    assert fill_rate_of_base_stock(level - less, cover, before, units) < target + 1e-9
    assert fill_rate_of_reorder_point(point, 25.0, before) >= target - 1e-9
    assert fill_rate_of_reorder_point(point - less, 25.0, before) < target + 1e-9
    if cover.is_whole:
        assert level == round(float(level))


def test_the_base_stocks_of_100_000_skus_reach_their_fill_rate() -> None:
    generator = np.random.default_rng(3)
    mean, sd = generator.lognormal(1, 2, 100_000), generator.lognormal(0, 1, 100_000)
    cover, lead_time = Normal(*protection_moments(mean, sd, 10, 2, 7)), Normal(*protection_moments(mean, sd, 10, 2))
    level = base_stock_for_fill_rate(0.98, cover, lead_time, 7 * mean)
    assert np.allclose(fill_rate_of_base_stock(level, cover, lead_time, 7 * mean), 0.98, atol=1e-9)


def test_a_root_is_found_beside_flat_parts_and_kinks() -> None:
    stairs = first_reaching(lambda x: np.clip(x, 0, 1) + np.clip(x - 1000, 0, 1), np.array([0.5, 1.5, 1e-9]), 5000.0, 1.0)
    assert stairs == pytest.approx([0.5, 1000.5, 1e-9], rel=1e-9, abs=1e-11)
    with pytest.raises(Unreachable):
        first_reaching(lambda x: np.tanh(x), 1.5, 0.0, 1.0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: level_for_cycle_service(1, TWO_WEEKS), "target is 1.0: it must be between 0 and 1"),
        (lambda: reorder_point_for_fill_rate(0.9, -1, TWO_WEEKS), "quantity is -1.0: it must be a finite number above zero"),
        (
            lambda: base_stock_for_fill_rate(np.array([0.9, np.nan]), TWO_WEEKS, TWO_WEEKS, 1),
            "target is nan: it must be between 0 and 1 (element 1)",
        ),
        (
            lambda: fill_rate_of_base_stock(1, TWO_WEEKS, TWO_WEEKS, 0),
            "review_demand is 0.0: it must be a finite number above zero",
        ),
        (lambda: cycle_service(float("inf"), TWO_WEEKS), "level is inf: it must be a finite number"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_its_value(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(ParameterError) as refused:
        ask()
    assert str(refused.value) == message
