"""The demand model: repeatable to the byte, blind to the future, and at ease with any panel."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import backtest
from forecasting.baselines.baseline import BASELINES
from forecasting.forecast import Forecast, Horizon, refuse_bad
from forecasting.metrics import LEVELS
from forecasting.model import forecaster as forecasters
from forecasting.model.calibration import calibrate, count_quantiles
from forecasting.model.combination import combine
from forecasting.model.fit import assemble, fit
from forecasting.model.forecaster import Fresh, Reused
from forecasting.model.model import Model
from forecasting.model.pieces import pieces, train
from forecasting.model.settings import RIVALS, Settings
from forecasting.model.stand_in import BLEND
from forecasting.model.training import prepare
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError
from forecasting.scores import mean_pinball
from tests.unit.forecasting.panels import full_panel, panel_of
from tests.unit.forecasting.test_backtest import spoiled

QUICK = Settings(trees=12, leaves=7, threads=1, least_rows=20)
BOLD = replace(QUICK, trees=20, learning_rate=0.3)
THREE = Horizon(2, 1)
chance = np.random.default_rng(5)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return full_panel(60, 60, 1)


@pytest.fixture(scope="module")
def model(panel: Panel) -> Model:
    return fit(panel, THREE, QUICK)


def same(one: Forecast, other: Forecast) -> None:
    np.testing.assert_array_equal(one.mean, other.mean)
    np.testing.assert_array_equal(one.quantiles, other.quantiles)
    assert one.by_period is not None
    assert other.by_period is not None
    np.testing.assert_array_equal(one.by_period, other.by_period)


def test_equal_data_and_seed_give_equal_bytes(panel: Panel, model: Model) -> None:
    assert fit(panel, THREE, QUICK).to_bytes() == model.to_bytes()
    assert fit(panel, THREE, replace(QUICK, seed=2)).digest != model.digest


def test_a_model_comes_back_from_its_bytes(panel: Panel, model: Model) -> None:
    back = Model.from_bytes(model.to_bytes())
    assert back == model
    same(back.forecast(panel, THREE), model.forecast(panel, THREE))


def test_damaged_bytes_are_refused(model: Model) -> None:
    stored = bytearray(model.to_bytes())
    stored[-100] ^= 1
    with pytest.raises(ParameterError, match="digest of the model"):
        Model.from_bytes(bytes(stored))
    with pytest.raises(ParameterError, match="bytes that begin with"):
        Model.from_bytes(b"something else")


def test_pieces_trained_apart_and_in_any_order_make_the_same_model(panel: Panel, model: Model) -> None:
    training = prepare(panel, THREE, QUICK)
    work = list(pieces(training, QUICK))
    random.Random(1).shuffle(work)
    training, work = pickle.loads(pickle.dumps((training, work)))  # as tasks would get them
    trained = [train(training, piece, QUICK) for piece in work]
    assert assemble(panel, THREE, training, trained, QUICK).to_bytes() == model.to_bytes()


@pytest.mark.parametrize("frequency", Frequency)
def test_nothing_after_a_cut_off_changes_what_the_model_says(frequency: Frequency) -> None:
    panel, cutoffs = full_panel(50, 60, 1, frequency), (30, 57)
    few = replace(QUICK, trees=4)
    said = backtest(panel, {"model": Fresh(few)}, cutoffs, THREE).forecasts["model"]
    for number, cutoff in enumerate(cutoffs):
        other = backtest(spoiled(panel, cutoff, 2), {"model": Fresh(few)}, (cutoff,), THREE).forecasts["model"]
        np.testing.assert_array_equal(other.mean[0], said.mean[number])
        np.testing.assert_array_equal(other.quantiles[0], said.quantiles[number])


def test_held_out_sums_begin_after_every_early_sum_has_ended(panel: Panel) -> None:
    training = prepare(panel, THREE, QUICK)
    early, held = training.rows.origins[training.early], training.rows.origins[training.held_out]
    assert len(early) > 0
    assert early.max() + THREE.protection <= held.min()


def test_an_origin_without_stock_is_learned_from_and_a_sum_without_stock_is_not() -> None:
    panel = panel_of(chance.poisson(4.0, (100, 30)))
    share = np.ones((100, 30), np.float32)
    share[:, 10] = 0
    rows = prepare(replace(panel, in_stock_share=share), THREE, QUICK).rows
    assert sorted(set(rows.origins.tolist())) == [*range(7), *range(10, 27)]


def promoted(series: int, periods: int, seed: int) -> Panel:
    """Demand that triples in periods with a promotion."""
    chance = np.random.default_rng(seed)
    promotion = (chance.random((series, periods)) < 0.2).astype(np.float32)
    units = chance.poisson(chance.uniform(5, 40, (series, 1)) * (1 + 2 * promotion))
    return replace(panel_of(units), promotion=promotion)


def test_a_planned_promotion_raises_the_forecast_and_an_unplanned_one_does_not() -> None:
    panel, plan = promoted(60, 50, 1), {"promotion": np.zeros((60, 3), np.float32)}
    fitted = fit(panel, Horizon(2, 1, plan), BOLD)
    without = fitted.forecast(panel, Horizon(2, 1, plan))
    always = fitted.forecast(panel, Horizon(2, 1, {"promotion": np.ones((60, 3), np.float32)}))
    assert 1.7 < np.median(always.mean / without.mean) < 4
    assert np.median(always.quantiles[:, 0] / without.quantiles[:, 0]) > 1.7
    same(fitted.forecast(panel, THREE), without)  # no plan is no promotion
    blind = fit(panel, THREE, BOLD)
    same(blind.forecast(panel, Horizon(2, 1, {"promotion": np.ones((60, 3), np.float32)})), blind.forecast(panel, THREE))


def test_a_plan_is_worth_having() -> None:
    panel = promoted(60, 55, 2)
    planned = backtest(panel, {"model": Fresh(BOLD)}, (50,), THREE, known_beforehand=("promotion",))
    blind = backtest(panel, {"model": Fresh(BOLD), "experience": BASELINES["experience"]}, (50,), THREE)
    errors = [
        np.abs(result.forecasts[name].mean - result.actual).sum()
        for result, name in ((planned, "model"), (blind, "model"), (blind, "experience"))
    ]
    assert errors[0] < 0.7 * errors[1]
    assert errors[0] < 0.7 * errors[2]


def test_a_category_is_worth_having_where_demand_of_one_drifts_together() -> None:
    dice, kind = np.random.default_rng(3), np.arange(160) % 10
    drift = np.cumsum(dice.normal(0, 0.25, (10, 54)), axis=1)
    panel = panel_of(dice.poisson(dice.gamma(2, 2, (160, 1)) * np.exp(drift - drift.mean(axis=1, keepdims=True))[kind]))
    told, careful = replace(panel, category=pl.Series([f"kind {one}" for one in kind])), replace(QUICK, trees=30)
    losses = []
    for one in (told, panel):
        result = backtest(one, {"model": Fresh(careful)}, (45, 50), THREE)
        losses.append(mean_pinball(result, result.forecasts["model"]).value)
    assert losses[0] < 0.97 * losses[1]


ODD = {
    "one day": np.ones((5, 1)),
    "nothing ever wanted": np.zeros((300, 40)),
    "three periods of many": chance.poisson(2.0, (3_000, 3)),
    "four periods of many": chance.poisson(2.0, (3_000, 5)),
    "always the same": np.full((40, 60), 7.0),
    "one huge order": np.where(np.arange(2_400).reshape(40, 60) == 1_000, 1e9, chance.poisson(3.0, (40, 60))),
    "one unit in all": np.where(np.arange(2_400).reshape(40, 60) == 2_300, 1.0, 0.0),
    "mostly zeros": chance.random((100, 60)) < 0.03,
    "from tiny to vast": chance.poisson(np.logspace(-2, 6, 60)[:, None], (60, 60)),
    "none on sale": np.where(np.arange(60) < 50, chance.poisson(3.0, (40, 60)), np.nan),
    "new ones only": np.where(np.arange(60) < 58, np.nan, chance.poisson(3.0, (40, 60))),
    "one long series": chance.poisson(3.0, (1, 600)),
}


@pytest.mark.parametrize("name", ODD)
def test_any_panel_gets_a_forecast(name: str) -> None:
    frequency = list(Frequency)[list(ODD).index(name) % 3]
    panel = panel_of(ODD[name], frequency)
    forecast = fit(panel, THREE, replace(QUICK, trees=4)).forecast(panel, THREE)
    on_sale = panel.on_sale()[:, -1]
    refuse_bad(forecast, name, on_sale)
    assert np.isnan(forecast.mean[~on_sale]).all()
    assert forecast.by_period is not None
    np.testing.assert_allclose(forecast.by_period[on_sale].sum(axis=1), forecast.mean[on_sale], rtol=1e-6)


def test_a_panel_without_series_gets_no_forecast() -> None:
    panel = panel_of(np.ones((3, 20)))
    none = panel.select(np.zeros(3, bool))
    assert fit(none, THREE, QUICK).forecast(none, THREE).mean.shape == (0,)


def test_a_short_history_falls_back_on_a_baseline_and_says_so() -> None:
    panel = panel_of(chance.poisson(3.0, (50, 5)))
    stands_in = fit(panel, THREE, QUICK)
    assert stands_in.stands_in == "100 rows at 2 origins: 400 and 4 are needed"
    assert stands_in.stand_in == BLEND
    np.testing.assert_allclose(stands_in.forecast(panel, THREE).mean.mean(), 9, rtol=0.15)
    assert Model.from_bytes(stands_in.to_bytes()) == stands_in


def test_a_short_model_of_an_earlier_release_is_forecast_by_whom_it_named() -> None:
    panel = panel_of(chance.poisson(3.0, (50, 5)))
    earlier = replace(fit(panel, THREE, QUICK), stand_in="exponential smoothing")
    same(earlier.forecast(panel, THREE), BASELINES["exponential smoothing"](panel, THREE))


def test_what_stands_in_repeats_the_year_where_demand_does() -> None:
    season = np.tile([30.0, 10, 10, 10, 10, 10, 10, 10, 10, 10, 40, 90], 7)
    panel = panel_of(np.array([[1.0], [3.0]]) * season, Frequency.MONTH)
    stands_in = fit(panel, THREE, QUICK)
    assert stands_in.stands_in
    said = stands_in.forecast(panel, THREE)
    assert said.by_period is not None
    np.testing.assert_allclose(said.mean, [50, 150], rtol=0.02)
    assert (said.by_period[:, 0] > 2 * said.by_period[:, 1]).all()


def test_what_stands_in_is_near_the_long_mean_where_nothing_but_chance_moves_demand() -> None:
    own = np.random.default_rng(2)
    panel = panel_of(own.poisson(20, (3, 130)))
    said = fit(panel, THREE, QUICK).forecast(panel, THREE)
    np.testing.assert_allclose(said.mean, 60, rtol=0.1)
    assert (np.diff(said.quantiles, axis=1) >= 0).all()


def test_one_huge_order_is_forgotten_by_what_stands_in() -> None:
    units = np.random.default_rng(2).poisson(9, (3, 60))
    units[0, 30] = 3000
    said = fit(panel_of(units), THREE, QUICK).forecast(panel_of(units), THREE)
    np.testing.assert_allclose(said.mean, 27, rtol=0.35)


def test_who_stands_in_is_told_what_is_planned() -> None:
    panel, plan = promoted(3, 100, 4), {"promotion": np.zeros((3, 3), np.float32)}
    stands_in = fit(panel, Horizon(2, 1, plan), QUICK)
    assert stands_in.stands_in
    without = stands_in.forecast(panel, Horizon(2, 1, plan))
    plan["promotion"][:, 1] = 1
    once = stands_in.forecast(panel, Horizon(2, 1, plan))
    np.testing.assert_allclose(once.mean / without.mean, 5 / 3, rtol=0.1)
    assert once.by_period is not None
    assert (once.by_period[:, 1] > 2 * once.by_period[:, 0]).all()
    np.testing.assert_allclose(once.by_period.sum(axis=1), once.mean)


def test_each_series_gets_the_lift_that_it_has() -> None:
    own = np.random.default_rng(3)
    lift = np.repeat([1.2, 4.0], 30)[:, None]
    promotion = (own.random((60, 70)) < 0.15).astype(np.float32)
    panel = replace(panel_of(own.poisson(30 * np.where(promotion > 0, lift, 1))), promotion=promotion)
    plans = [{"promotion": np.full((60, 3), value, np.float32)} for value in (0, 1)]
    fitted = fit(panel, Horizon(2, 1, plans[0]), QUICK)
    without, always = (fitted.forecast(panel, Horizon(2, 1, plan)).mean for plan in plans)
    np.testing.assert_allclose(np.median((always / without).reshape(2, 30), axis=1), [1.2, 4], rtol=0.12)


def test_what_is_always_the_same_is_forecast_so() -> None:
    panel = panel_of(np.repeat(np.arange(1.0, 61)[:, None], 60, axis=1))
    forecast = fit(panel, THREE, replace(BOLD, trees=30)).forecast(panel, THREE)
    np.testing.assert_allclose(forecast.mean, 3 * np.arange(1, 61), rtol=0.05)
    np.testing.assert_allclose(forecast.quantiles[:, 4], 3 * np.arange(1, 61), rtol=0.1)


def test_a_new_series_is_less_certain_than_an_old_one_of_the_same_level() -> None:
    chance = np.random.default_rng(3)
    units = chance.poisson(chance.lognormal(3, 1, (200, 1)), (200, 40)).astype(np.float64)
    first = chance.integers(0, 36, 200)
    first[:2] = 0, 39
    units[:2] = 20
    units[np.arange(40) < first[:, None]] = np.nan
    panel = panel_of(units)
    quantiles = fit(panel, THREE, BOLD).forecast(panel, THREE).quantiles
    width = (quantiles[:, 4] - quantiles[:, 0]) / quantiles[:, 0]
    assert width[1] > 1.1 * width[0]


def test_the_tail_of_what_sold_long_ago_is_not_beyond_what_it_ever_sold() -> None:
    chance = np.random.default_rng(4)
    units = chance.poisson(3.0, (300, 60)) * (chance.random((300, 60)) < 0.03)
    units[:, :8] = chance.poisson(20.0, (300, 8))
    quantiles = fit(panel_of(units), Horizon(11, 1), BOLD).forecast(panel_of(units), Horizon(11, 1)).quantiles
    assert quantiles[:, -1].max() < 55  # it was 68 when such levels went to nothing


def test_what_is_phased_out_sells_no_longer(panel: Panel, model: Model) -> None:
    on_sale = np.ones((60, 3), np.float32)
    on_sale[0], on_sale[1, 1:] = 0, 0
    whole, cut = model.forecast(panel, THREE), model.forecast(panel, Horizon(2, 1, {"on_sale": on_sale}))
    assert whole.by_period is not None
    assert cut.mean[0] == 0
    assert not cut.quantiles[0].any()
    assert cut.mean[1] == pytest.approx(whole.by_period[1, 0])
    np.testing.assert_allclose(cut.mean[2:], whole.mean[2:])
    with pytest.raises(ParameterError, match="plan of on_sale"):
        model.forecast(panel, Horizon(2, 1, {"on_sale": on_sale[:, :2]}))


def test_days_follow_the_days_of_the_week() -> None:
    weekly = np.tile([1.0, 1, 1, 1, 1, 6, 0], 12)
    panel = panel_of(np.random.default_rng(1).poisson(20 * weekly, (60, 84)), Frequency.DAY)
    by_period = fit(panel, Horizon(6, 1), QUICK).forecast(panel, Horizon(6, 1)).by_period
    assert by_period is not None
    shares = by_period.sum(axis=0) / by_period.sum()
    np.testing.assert_allclose(shares, weekly[:7] / 11, atol=0.02)


def test_a_model_is_asked_for_what_it_was_fitted_for(panel: Panel, model: Model) -> None:
    with pytest.raises(ParameterError, match=r"lead_time and review is \(4, 1\)"):
        model.forecast(panel, Horizon(4, 1))
    with pytest.raises(ParameterError, match="periods of the history is month"):
        model.forecast(full_panel(5, 20, 1, Frequency.MONTH), THREE)


def test_one_fit_serves_as_many_cut_offs_as_it_is_told(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []

    def counting(history: Panel, horizon: Horizon, settings: Settings) -> Model:
        fitted.append(len(history.periods))
        return fit(history, horizon, settings)

    monkeypatch.setattr(forecasters, "fit", counting)
    said = backtest(panel, {"model": Reused(2, QUICK)}, (50, 52, 54), THREE).forecasts["model"]
    assert fitted == [50, 54]
    np.testing.assert_array_equal(said.mean[0], Fresh(QUICK)(panel.up_to(50), THREE).mean)


def test_more_rows_than_allowed_are_drawn_by_recency() -> None:
    panel = full_panel(100, 200, 1)
    training = prepare(panel, THREE, replace(QUICK, most_rows=5_000, half_life=0.5))
    whole = prepare(panel, THREE, QUICK)
    assert len(training.rows) == 5_000
    assert training.rows.origins.mean() > whole.rows.origins.mean() + 20
    again = prepare(panel, THREE, replace(QUICK, most_rows=5_000, half_life=0.5))
    np.testing.assert_array_equal(training.features, again.features)


def test_calibrated_quantiles_hold_what_they_promise() -> None:
    chance = np.random.default_rng(1)
    mean = chance.uniform(5, 50, 6_000)
    sums = chance.negative_binomial(2, 2 / (2 + mean)).astype(np.float64)
    narrow = np.tile(np.linspace(0.9, 1.3, len(LEVELS)), (6_000, 1))  # heads that are far too sure
    rhythm = np.zeros(6_000, np.int64)
    half = slice(0, 3_000)
    found = calibrate(narrow[half], mean[half], sums[half], mean[half], rhythm[half])
    rest = slice(3_000, None)
    quantiles = found.quantiles(narrow[rest], mean[rest], mean[rest], rhythm[rest])
    held = (sums[rest, None] <= quantiles).mean(axis=0)
    np.testing.assert_allclose(held, LEVELS, atol=0.03)
    assert found.corrections[0].dispersion == pytest.approx(0.5, rel=0.1)


def test_the_mean_is_made_of_what_the_settings_say(panel: Panel) -> None:
    panel = replace(panel, price=None, promotion=None)  # demand is ordinary as it is
    middle = fit(panel, THREE, replace(QUICK, mix={"p50": 0.5, "TSB": 0.5})).forecast(panel, THREE)
    alone = fit(panel, THREE, replace(QUICK, mix={"p50": 1.0})).forecast(panel, THREE)
    tsb = BASELINES["TSB"](panel, THREE)
    np.testing.assert_allclose(middle.mean, 0.5 * alone.mean + 0.5 * tsb.mean)


@pytest.mark.parametrize(("noise", "mix"), [(0.0, {"mean": 0.5, "centre": 0.5}), (0.5, {"mean": 1.0})])
def test_the_mean_goes_alone_where_the_centre_makes_it_plainly_worse(noise: float, mix: dict[str, float]) -> None:
    chance = np.random.default_rng(1)
    expected = chance.uniform(5, 80, 900)
    sums, nothing = chance.poisson(expected).astype(np.float64), np.zeros(900)
    told = {"mean": expected, "centre": expected * np.exp(chance.normal(0, noise, 900)), "level": nothing}
    forecasts = told | dict.fromkeys(RIVALS, nothing)
    assert combine(forecasts, sums, expected, np.zeros(900, np.int64)).mixes[0] == mix


def test_counts_of_no_dispersion_are_poisson_and_of_no_mean_zero() -> None:
    quantiles = count_quantiles(np.array([0.0, 3.0]), 0.0)
    assert not quantiles[0].any()
    np.testing.assert_array_equal(quantiles[1], [3, 4, 4, 5, 6, 7, 8])


@pytest.mark.parametrize(
    "wrong",
    [{"trees": 0}, {"seed": -1}, {"centre": 1.0}, {"row_share": 1.5}, {"leaves": 1}, {"mix": {"p51": 1.0}}, {"country": "XX"}],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]
