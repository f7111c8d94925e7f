"""Lead times learned from receipts, and demand over them."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting.distributions.continuous import Normal
from forecasting.distributions.counts import NegativeBinomial, Poisson
from forecasting.forecast import Forecast, Horizon
from forecasting.lead_times.learned import FEWEST_RECEIPTS, HALF_LIFE_DAYS, learn
from forecasting.lead_times.purchases import Purchases
from forecasting.lead_times.seen import Seen, survival
from forecasting.lead_times.uncertain import UncertainLeadTime, demand_over, mixed_quantiles, whole_periods
from forecasting.metrics import LEVELS
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from tests.unit.forecasting.panels import panel_of

FEWEST = int(FEWEST_RECEIPTS)


def received(suppliers: list[str], lengths: list[float], items: list[str] | None = None) -> Purchases:
    """Received today, all of them placed on one day, so that each counts as one."""
    days, nowhere = np.zeros(len(lengths)), np.zeros(len(lengths), bool)
    names = None if items is None else np.array(items)
    return Purchases(np.array(suppliers), np.array(lengths), nowhere, days, days, names)


def waited(placed: np.ndarray, took: np.ndarray, today: float, suppliers: np.ndarray | None = None) -> Purchases:
    """Orders of these days, by what is known on a day; lengths are days."""
    known = placed < today
    lasted = np.minimum(took, today - placed)[known]
    names = np.full(len(placed), "A") if suppliers is None else suppliers
    return Purchases(names[known], lasted, (placed + took >= today)[known], today - placed[known], lasted)


def test_a_supplier_with_enough_receipts_stands_for_itself() -> None:
    found = learn(received(["A"] * FEWEST + ["B"] * FEWEST, [5.0] * FEWEST + [50.0] * FEWEST))
    assert found.of("A").sample.quantile(0.99) == 5
    assert found.of("B").sample.mean == 50
    assert found.of("unheard of").sample.mean == 27.5


def test_fewer_receipts_borrow_from_the_supplier_and_then_from_all() -> None:
    lengths = [10.0] * 6 + [30.0] * FEWEST
    found = learn(received(["A"] * 6 + ["B"] * FEWEST, lengths, ["x", "x", "y", "y", "y", "y"] + ["z"] * FEWEST))
    of_a = (6 * 10 + (FEWEST - 6) * np.mean(lengths)) / FEWEST
    assert found.of("A").sample.mean == pytest.approx(of_a)
    assert found.of("A", "x").sample.mean == pytest.approx((2 * 10 + (FEWEST - 2) * of_a) / FEWEST)
    assert found.of("A", "new").sample.mean == pytest.approx(of_a)
    assert found.of("B", "z").sample.mean == 30


def test_an_order_of_a_year_ago_counts_half() -> None:
    ages = np.array([0.0, HALF_LIFE_DAYS])
    found = learn(Purchases(np.array(["A", "A"]), np.array([10.0, 40.0]), np.zeros(2, bool), ages, np.zeros(2)))
    assert found.of_all.sample.mean == pytest.approx((10 + 40 / 2) / 1.5)


def test_what_was_known_on_an_earlier_day_is_what_was_open_and_had_come_then() -> None:
    placed, took = np.array([0.0, 50.0, 90.0, 95.0]), np.array([20.0, 45.0, 30.0, 3.0])
    today, before = waited(placed, took, 100.0), waited(placed, took, 80.0)
    then = today.as_known(20.0)
    for name in ("lengths", "is_open", "ages", "lasted"):
        assert getattr(then, name).tolist() == getattr(before, name).tolist()


def test_lead_times_that_rise_are_covered_once_what_was_learned_before_was_held_against_them() -> None:
    chance = np.random.default_rng(5)
    placed = np.sort(chance.uniform(0, 1500, 3000))
    took = chance.gamma(9, 4.0, 3000) * (1 + placed / 1500)  # a median of 35 days becomes 70
    later, known = took[(placed >= 1200) & (placed < 1291)], waited(placed, took, 1200.0)
    plain, corrected = (learn(known, is_corrected=each).of("A").sample for each in (False, True))
    for level in (0.5, 0.8, 0.9, 0.95):
        covered, before = np.mean(later <= corrected.quantile(level)), np.mean(later <= plain.quantile(level))
        assert before < level - 0.035
        assert level - 0.05 < covered < level + 0.03


def test_lead_times_that_stay_are_not_corrected_beyond_chance() -> None:
    chance = np.random.default_rng(6)
    placed, took = np.sort(chance.uniform(0, 1500, 3000)), chance.gamma(9, 4.0, 3000)
    plain, corrected = (learn(waited(placed, took, 1500.0), is_corrected=each).of("A").sample for each in (False, True))
    for level in (0.5, 0.8, 0.9, 0.95):
        assert corrected.quantile(level) == pytest.approx(plain.quantile(level), rel=0.05)


def test_a_supplier_on_time_to_the_day_stays_so_beside_one_that_grows_slower() -> None:
    chance = np.random.default_rng(7)
    placed = np.sort(chance.uniform(0, 1200, 2000))
    suppliers = np.where(np.arange(2000) % 2, "slow", "punctual")
    took = np.where(suppliers == "slow", chance.gamma(9, 4.0, 2000) * (1 + placed / 600), 30.0)
    found = learn(waited(placed, took, 1200.0, suppliers))
    assert found.of("punctual").values.tolist() == [30.0]


def test_too_few_outcomes_correct_nothing() -> None:
    placed = np.arange(0.0, 300, 8)  # 38 orders in ten months
    took = 10 + placed / 5
    plain, corrected = (learn(waited(placed, took, 400.0), is_corrected=each).of("A") for each in (False, True))
    assert corrected.values.tolist() == plain.values.tolist()


def test_open_orders_are_known_to_take_longer() -> None:
    lengths, is_open = np.array([2.0, 3, 3, 4, 9]), np.array([False, False, True, True, False])
    found = survival(lengths, is_open)
    # Kaplan-Meier by hand: 1/5 at 2; 1/4 of the rest at 3; the two open ones leave it all to 9
    assert found.values.tolist() == [2, 3, 9]
    assert found.chances == pytest.approx([0.2, 0.2, 0.6])
    late = survival(np.array([2.0, 7.0]), np.array([False, True]))
    assert (late.values.tolist(), late.chances.tolist()) == ([2, 7], [0.5, 0.5])


def test_what_is_lent_to_many_is_condensed_to_equally_likely_values() -> None:
    lengths = np.random.default_rng(3).gamma(4, 10, 5000)
    seen = survival(lengths, np.zeros(5000, bool))
    lent = seen.condensed()
    assert (lent.values.size, lent.receipts) == (200, 5000)
    levels = np.array([0.05, 0.5, 0.9, 0.95])
    assert lent.quantile(levels) == pytest.approx(np.quantile(lengths, levels), rel=0.02)
    assert lent.sample.mean == pytest.approx(lengths.mean(), rel=0.01)
    assert lent.condensed() is lent


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
        learn(waited(np.zeros(1), np.full(1, 9.0), 3.0))
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
