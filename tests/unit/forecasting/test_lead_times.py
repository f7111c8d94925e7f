"""Lead times learned from receipts, and demand over them."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.distributions.continuous import Normal
from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.forecast import Forecast, Horizon
from forecasting.lead_times.learned import Purchases, Seen, learn, survival
from forecasting.lead_times.uncertain import UncertainLeadTime, demand_over, mixed_quantiles, whole_periods
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from tests.unit.forecasting.panels import panel_of


def received(suppliers: list[str], lengths: list[float], items: list[str] | None = None) -> Purchases:
    return Purchases(suppliers, np.array(lengths), np.zeros(len(lengths), bool), items)


def test_a_supplier_with_eight_receipts_stands_for_itself() -> None:
    found = learn(received(["A"] * 8 + ["B"] * 8, [5.0] * 8 + [50.0] * 8))
    assert found.of("A").sample.quantile(0.99) == 5
    assert found.of("B").sample.mean == 50
    assert found.of("unheard of").sample.mean == 27.5


def test_fewer_receipts_borrow_from_the_supplier_and_then_from_all() -> None:
    lengths = [10.0] * 6 + [30.0] * 10
    found = learn(received(["A"] * 6 + ["B"] * 10, lengths, ["x", "x", "y", "y", "y", "y"] + ["z"] * 10))
    everyone = np.mean(lengths)
    of_a = (6 * 10 + 2 * everyone) / 8
    assert found.of("A").sample.mean == pytest.approx(of_a)
    assert found.of("A", "x").sample.mean == pytest.approx((2 * 10 + 6 * of_a) / 8)
    assert found.of("A", "new").sample.mean == pytest.approx(of_a)
    assert found.of("B", "z").sample.mean == 30


def test_open_orders_are_known_to_take_longer() -> None:
    lengths, is_open = np.array([2.0, 3, 3, 4, 9]), np.array([False, False, True, True, False])
    found = survival(lengths, is_open)
    # Kaplan-Meier by hand: 1/5 at 2; 1/4 of the rest at 3; the two open ones leave it all to 9
    assert found.values.tolist() == [2, 3, 9]
    assert found.chances == pytest.approx([0.2, 0.2, 0.6])
    late = survival(np.array([2.0, 7.0]), np.array([False, True]))
    assert (late.values.tolist(), late.chances.tolist()) == ([2, 7], [0.5, 0.5])


def test_leaving_out_open_orders_makes_lead_times_look_short() -> None:
    chance = np.random.default_rng(1)
    true, age = chance.gamma(4, 10, 4000), chance.uniform(0, 120, 4000)
    is_open = true > age
    found = survival(np.where(is_open, age, true), is_open).sample
    naive = np.quantile(true[~is_open], 0.9)
    assert float(found.quantile(0.9)) == pytest.approx(np.quantile(true, 0.9), rel=0.05)
    assert naive < 0.95 * np.quantile(true, 0.9)


def test_nothing_received_is_refused_and_so_are_lengths_below_zero() -> None:
    with pytest.raises(ParameterError, match="purchases is 1 without a receipt"):
        learn(Purchases(["A"], np.array([3.0]), np.array([True])))
    with pytest.raises(ParameterError, match=r"lengths is -1\.0"):
        received(["A"], [-1.0])
    with pytest.raises(ParameterError, match="suppliers is 1 of them"):
        received(["A"], [1.0, 2.0])


def test_demand_over_the_lead_times_seen_has_the_moments_of_the_formula() -> None:  # row 26: sd(L) = 2
    seen = Seen(np.array([8.0, 12.0]), np.array([0.5, 0.5]), 8)
    found = demand_over(seen, lambda length: Normal(20 * length, 8 * length**0.5), review=7)
    assert found.mean == pytest.approx(340)
    assert np.square(found.sd) == pytest.approx(17 * 64 + 400 * 4)  # 2688
    with pytest.raises(ParameterError, match="lead time plus review is 0"):
        demand_over(Seen(np.array([0.0]), np.array([1.0]), 1), lambda length: Poisson(length))


def test_a_forecaster_asked_for_each_length_gives_the_mixtures_quantiles() -> None:
    def knows(history: Panel, horizon: Horizon) -> Forecast:
        sums = NegativeBinomial.from_mean_sd(np.full(2, 6.0) * horizon.protection, np.sqrt(40.0 * horizon.protection))
        return Forecast(np.asarray(sums.mean), np.stack([sums.quantile(level) for level in LEVELS], axis=1))

    lengths = (1, 1, 3, 9)
    found = UncertainLeadTime(dict.fromkeys(lengths, knows), lengths)(panel_of(np.ones((2, 9))), Horizon(9, 1))
    seen = Seen(np.array([1.0, 3, 9]), np.array([0.5, 0.25, 0.25]), 4)
    exact = demand_over(seen, lambda days: NegativeBinomial.from_mean_sd(6.0 * days, np.sqrt(40.0 * days)), review=1)
    assert found.mean == pytest.approx(exact.mean)
    # whole demand between known levels is read on a straight line, and the lower half is mirrored
    assert found.quantiles[0] == pytest.approx([float(exact.quantile(level)) for level in LEVELS], rel=0.06)
    with pytest.raises(ParameterError, match="lead_time is 3: it must be the longest that was seen, 9"):
        UncertainLeadTime(dict.fromkeys(lengths, knows), lengths)(panel_of(np.ones((2, 9))), Horizon(3, 1))


def test_mixing_a_distribution_with_itself_changes_nothing() -> None:
    one = np.sort(np.random.default_rng(2).gamma(2, 10, (3, 7)), axis=1)
    found = mixed_quantiles([one, one], np.array(LEVELS), np.array([0.3, 0.7]))
    assert found == pytest.approx(one, rel=0.02)


def test_days_become_whole_periods_that_are_as_likely() -> None:
    seen = Seen(np.array([3.0, 10, 30]), np.array([0.5, 0.25, 0.25]), 8)
    assert whole_periods(seen, 7, 4) == (1, 1, 2, 5)
