"""Distributions of demand: the textbook's numbers, and what holds for every one of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.distributions.continuous import Gamma, Lognormal, Normal
from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.distributions.distribution import Distribution
from forecasting.distributions.empirical import QuantileTable, Sample
from forecasting.distributions.lead_time import protection_moments
from forecasting.distributions.mixture import Mixture
from forecasting.parameters import ParameterError

SEEN = [0, 0, 0, 2, 5, 5, 9, 31]
EVERY_KIND = [
    Normal(20, 8),
    Normal(1e6, 3.0),
    Lognormal(3.0, 0.6),
    Lognormal.from_mean_sd(20, 30),
    Gamma(0.4, 25.0),
    Gamma.from_mean_sd(300, 20),
    Poisson(0.3),
    Poisson(75),
    NegativeBinomial(4, 0.2),
    NegativeBinomial.from_mean_sd(0.5, 2.0),
    Sample(SEEN),
    Sample([1.5, 2.5, 40], weights=[5, 1, 0.5]),
    QuantileTable([0.1, 0.5, 0.9, 0.99], [3, 8, 20, 45]),
    QuantileTable([0.5, 0.8, 0.95], [0, 0, 12]),
    Mixture([Normal(60, 8), Normal(600, 25)], [3, 1]),
    Mixture([Poisson(2), NegativeBinomial(4, 0.2), Sample(SEEN)], [1, 0, 2]),
]
kinds = st.sampled_from(EVERY_KIND)
places = st.floats(-3, 12)  # standard deviations from the mean


@pytest.mark.parametrize(
    ("demand", "stock", "shortage", "surplus"),
    [
        (Normal(15, 3), 18.6, 0.168307, 3.768307),
        (Poisson(15), 18, 0.517610, 3.517610),
        (NegativeBinomial(4, 0.2), 14, 4.447305, 2.447305),
        (NegativeBinomial.from_mean_sd(23, 8), 14, 9.326460, 0.326460),
        (Gamma(2, 3), 4, 2.635971, 0.635971),
        (Normal(0, 1), 1.3, 0.0455280, 1.3455280),
    ],
    ids=[
        "23 normal",
        "23 Poisson",
        "23 negative binomial",
        "23 negative binomial by mean and sd",
        "23 gamma",
        "23 standard normal",
    ],
)
def test_the_loss_function_is_the_textbooks(demand: Distribution, stock: float, shortage: float, surplus: float) -> None:
    assert demand.shortage(stock) == pytest.approx(shortage, rel=1e-5)
    assert demand.surplus(stock) == pytest.approx(surplus, rel=2e-6)


@given(kinds, places, st.floats(0.01, 3), st.floats(0.01, 3))
def test_shortage_falls_and_bends_one_way(demand: Distribution, place: float, step: float, further: float) -> None:
    x = float(demand.mean) + place * float(demand.sd)
    y, z = x + step * float(demand.sd), x + (step + further) * float(demand.sd)
    small = 1e-9 * (1 + abs(float(demand.mean)))
    left, middle, right = (float(demand.shortage(at)) for at in (x, y, z))
    assert left >= middle - small
    assert middle >= right - small >= -small
    assert middle <= left + (right - left) * step / (step + further) + small


@given(kinds, places)
def test_shortage_less_surplus_is_demand_less_stock(demand: Distribution, place: float) -> None:
    x = float(demand.mean) + place * float(demand.sd)
    small = 1e-9 * (1 + abs(float(demand.mean)))
    assert float(demand.shortage(x) - demand.surplus(x)) == pytest.approx(float(demand.mean) - x, abs=small, rel=1e-9)


@given(kinds, places)
def test_half_the_square_is_the_integral_of_the_shortage(demand: Distribution, place: float) -> None:
    x, width = float(demand.mean) + place * float(demand.sd), float(demand.sd)
    grid = np.linspace(x, x + 2 * width, 4001)
    area = float(np.trapezoid(demand.shortage(grid), grid))
    assert float(demand.half_square_shortage(x) - demand.half_square_shortage(x + 2 * width)) == pytest.approx(
        area, rel=1e-4, abs=1e-5 * width**2
    )


@given(kinds, st.floats(0.001, 0.999))
def test_a_quantile_is_the_first_value_that_reaches_its_probability(demand: Distribution, probability: float) -> None:
    x = demand.quantile(probability)
    assert demand.cdf(x) >= probability - 1e-9
    assert demand.cdf(x - 1e-6 * (1 + abs(x))) <= probability + 1e-9
    if demand.is_whole:
        assert x == np.floor(x)


@pytest.mark.parametrize("demand", EVERY_KIND, ids=lambda demand: type(demand).__name__)
def test_mean_and_spread_are_the_moments_of_the_whole_tail(demand: Distribution) -> None:
    start = -100.0 if float(demand.mean) < 1e5 else 0.0
    assert demand.tail_moment(start, 0) == pytest.approx(1)
    assert demand.tail_moment(start, 1) == pytest.approx(float(demand.mean))
    assert demand.tail_moment(start, 2) == pytest.approx(float(demand.mean) ** 2 + float(demand.sd) ** 2)


@pytest.mark.parametrize("demand", [d for d in EVERY_KIND if d.is_whole], ids=lambda demand: type(demand).__name__)
def test_chances_of_whole_units_add_up(demand: Distribution) -> None:
    units = np.arange(2000.0)
    chances = demand.pmf(units)
    assert chances.sum() == pytest.approx(1)
    assert (chances * units).sum() == pytest.approx(float(demand.mean))
    assert np.allclose(np.cumsum(chances), demand.cdf(units))
    assert [float(demand.pmf(x)) for x in (-1, 0.5)] == [0, 0]


@pytest.mark.parametrize(
    ("many", "one"),
    [
        (Normal(np.array([5.0, 20.0]), np.array([0.0, 8.0])), (Normal(5, 0), Normal(20, 8))),
        (Poisson(np.array([0.0, 7.5])), (Poisson(0), Poisson(7.5))),
        (Gamma(np.array([1.0, 3.0]), 2.0), (Gamma(1, 2), Gamma(3, 2))),
        (NegativeBinomial(np.array([1.0, 3.0]), 0.3), (NegativeBinomial(1, 0.3), NegativeBinomial(3, 0.3))),
        (
            QuantileTable([0.2, 0.9], [[1, 5], [0, 90]]),
            (QuantileTable([0.2, 0.9], [1, 5]), QuantileTable([0.2, 0.9], [0, 90])),
        ),
    ],
    ids=lambda kind: type(kind).__name__,
)
def test_many_skus_at_once_are_the_same_as_one_by_one(many: Distribution, one: tuple[Distribution, ...]) -> None:
    asks: list[Callable[[Distribution], object]] = [
        lambda d: d.mean,
        lambda d: d.sd,
        lambda d: d.shortage(5.0),
        lambda d: d.surplus(5.0),
        lambda d: d.half_square_shortage(5.0),
        lambda d: d.cdf(5.0),
        lambda d: d.quantile(0.95),
    ]
    for ask in asks:
        assert np.allclose(np.broadcast_to(np.asarray(ask(many)), 2), [ask(each) for each in one])


def test_demand_over_lead_times_seen_has_their_mean_and_spread_but_not_a_normals_tail() -> None:
    seen = {3: 0.5, 30: 0.5}  # days
    demand = Mixture([Normal(20 * days, 8 * days**0.5) for days in seen], list(seen.values()))
    mean, sd = protection_moments(20, 8, lead_time=16.5, lead_time_sd=13.5)
    assert (demand.mean, demand.sd) == (pytest.approx(mean), pytest.approx(sd))
    assert demand.quantile(0.9) == pytest.approx(Normal(600, 8 * 30**0.5).quantile(0.8))
    drawn = np.random.default_rng(5).choice([3.0, 30.0], 200_000)
    drawn = np.random.default_rng(6).normal(20 * drawn, 8 * np.sqrt(drawn))
    assert demand.shortage(500) == pytest.approx(np.maximum(drawn - 500, 0).mean(), rel=0.01)


def test_certain_demand_is_short_of_exactly_what_is_missing() -> None:
    demand = Normal(10, 0)
    assert [float(demand.shortage(x)) for x in (7, 10, 12)] == [3, 0, 0]
    assert [float(demand.cdf(x)) for x in (9.99, 10)] == [0, 1]
    assert float(demand.half_square_shortage(7)) == 4.5
    assert demand.quantile(0.99) == 10


def test_the_sum_over_a_period_is_not_the_sum_of_daily_quantiles() -> None:
    mean, sd = protection_moments(20, 8, 10, review=7)
    assert Normal(mean, sd).quantile(0.95) == pytest.approx(394, abs=0.5)
    assert 17 * Normal(20, 8).quantile(0.95) == pytest.approx(564, abs=0.5)


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        (lambda: Normal(1, -2), "sd", -2),
        (lambda: Normal(float("nan"), 1), "mean", None),
        (lambda: Normal(np.array([1, np.inf]), 1), "mean", np.inf),
        (lambda: Poisson(-0.5), "mean", -0.5),
        (lambda: Gamma(0, 1), "shape", 0),
        (lambda: Lognormal(1, 0), "log_sd", 0),
        (lambda: NegativeBinomial(4, 1), "p", 1),
        (lambda: NegativeBinomial.from_mean_sd(9, 3), "sd", 3),
        (lambda: Normal(1, 1).quantile(1.0), "probability", 1),
        (lambda: Sample([]), "values", "of shape (0,)"),
        (lambda: Sample([1, 2], [0, 0]), "weights", "of shape (2,) and sum 0.0"),
        (lambda: Mixture([Poisson(1)], [1, 2]), "weights", "of shape (2,) and sum 3.0"),
        (lambda: QuantileTable([0.5, 0.4], [1, 2]), "levels", [0.5, 0.4]),
        (lambda: QuantileTable([0.5, 0.9], [2, 1]), "values", "of shape (2,)"),
        (lambda: Poisson("many"), "mean", "'many'"),  # type: ignore[arg-type]
        (lambda: protection_moments(20, 4, -1), "lead_time", -1),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_its_value(make: Callable[[], object], name: str, value: object) -> None:
    with pytest.raises(ParameterError) as refused:
        make()
    assert refused.value.name == name
    assert value is None or refused.value.value == value
    assert str(refused.value).startswith(f"{name} is {refused.value.value}: it must be ")
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
