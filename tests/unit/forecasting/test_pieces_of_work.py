"""Work in pieces gives what the whole gives; artefacts; the last resort; which series are shown."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from forecasting.backtest import backtest
from forecasting.baselines.baseline import BASELINES
from forecasting.baselines.last_resort import last_resort, seasonal_average
from forecasting.evaluation import chart
from forecasting.evaluation.chart import PastForecast, Story
from forecasting.evaluation.telling import telling
from forecasting.fitting import fit_in_pieces
from forecasting.folds import backtest_in_folds
from forecasting.forecast import Horizon
from forecasting.forecasters import calls_per_fit
from forecasting.model.fit import fit
from forecasting.model.forecaster import Reused
from forecasting.model.model import DIGEST, MAGIC, Model
from forecasting.model.pooled import Pooled
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency, Periods
from forecasting.parameters import ParameterError
from forecasting.registry.artefacts import ArtefactError, Artefacts
from forecasting.registry.stand_in import StandIn
from forecasting.scores import MEAN_PINBALL, mean_pinball, scores_of
from forecasting.shards import forecast_in_shards
from forecasting.window.aged import Aged
from forecasting.work import Here, Threads
from tests.unit.forecasting.panels import full_panel, panel_of

SETTINGS = Settings(threads=1, trees=6)
HORIZON = Horizon(2, 1)


@pytest.fixture(scope="module", params=[Frequency.WEEK, Frequency.DAY])
def history(request: pytest.FixtureRequest) -> Panel:
    return full_panel(50, 60, 3, request.param)


def test_a_fit_in_pieces_is_the_fit_byte_for_byte(history: Panel) -> None:
    assert fit_in_pieces(Here(), history, HORIZON, SETTINGS).to_bytes() == fit(history, HORIZON, SETTINGS).to_bytes()


def test_threads_give_the_same_in_the_same_order_and_raise_what_a_piece_raises(history: Panel) -> None:
    told: list[int] = []
    assert Threads(3).run(divmod, 17, [5, 2, 7, 1], "divide", lambda _what, done, _of: told.append(done)) == [
        (3, 2),
        (8, 1),
        (2, 3),
        (17, 0),
    ]
    assert sorted(told) == told
    with pytest.raises(ZeroDivisionError):
        Threads(2).run(divmod, 17, [1, 0, 2, 3], "divide")
    assert Threads(2).run(divmod, 17, [], "divide") == []
    fitted = fit_in_pieces(Threads(2), history, HORIZON, SETTINGS)
    assert fitted.to_bytes() == fit_in_pieces(Here(), history, HORIZON, SETTINGS).to_bytes()
    more = fit(history, HORIZON, replace(SETTINGS, threads=3))
    assert more.trees == fitted.trees


def test_folds_side_by_side_know_nothing_of_each_others_fits(history: Panel) -> None:
    forecasters, cutoffs = {"kept": Reused(9, SETTINGS)}, (40, 44, 57)
    one, two = (backtest_in_folds(runner, history, forecasters, cutoffs, HORIZON) for runner in (Here(), Threads(3)))
    np.testing.assert_array_equal(one.forecasts["kept"].mean, two.forecasts["kept"].mean)


def test_a_forecast_in_shards_is_the_forecast_byte_for_byte(history: Panel) -> None:
    model = fit(history, HORIZON, SETTINGS)
    whole, parts = model.forecast(history, HORIZON), forecast_in_shards(Here(), model, history, HORIZON, size=7)
    assert whole.by_period is not None
    assert parts.by_period is not None
    for name in ("mean", "quantiles", "by_period"):
        assert getattr(whole, name).tobytes() == getattr(parts, name).tobytes(), name


def test_a_backtest_in_folds_is_the_backtest(history: Panel) -> None:
    cutoffs = (40, 44, 57)
    whole = backtest(history, BASELINES, cutoffs, HORIZON, ("price",))
    parts = backtest_in_folds(Here(), history, BASELINES, cutoffs, HORIZON, ("price",))
    assert whole.cutoffs == parts.cutoffs
    for name in ("actual", "actual_by_period"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    for power in (1, 2):
        np.testing.assert_array_equal(whole.scale_of_sum[power], parts.scale_of_sum[power])
    for name, judged in whole.forecasts.items():
        np.testing.assert_array_equal(judged.quantiles, parts.forecasts[name].quantiles)
        each = dict(scores_of(whole, judged))
        assert mean_pinball(whole, judged).value == pytest.approx(np.mean([each[measure].value for measure in MEAN_PINBALL]))


def test_a_champion_of_age_0_is_a_fresh_fit_and_an_old_one_knows_less(history: Panel) -> None:
    known = history.up_to(50)
    fresh = fit(known, HORIZON, SETTINGS).forecast(known, HORIZON)
    np.testing.assert_array_equal(Aged(SETTINGS)(known, HORIZON).mean, fresh.mean)
    old = Aged(SETTINGS, 8)(known, HORIZON)
    np.testing.assert_array_equal(old.mean, fit(history.up_to(42), HORIZON, SETTINGS).forecast(known, HORIZON).mean)
    kept = Aged(SETTINGS, 0, calls=2)
    kept(history.up_to(48), HORIZON)
    np.testing.assert_array_equal(
        kept(known, HORIZON).mean, fit(history.up_to(48), HORIZON, SETTINGS).forecast(known, HORIZON).mean
    )


@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 9))
def test_the_seasonal_average_of_what_repeats_is_what_repeats(seed: int, protection: int, season: int) -> None:
    pattern = np.random.default_rng(seed).integers(0, 9, (season, 3)).astype(np.float64)
    demand = np.tile(pattern, (4, 1))
    sums, ahead = seasonal_average(demand, season, protection)
    following = np.tile(pattern, (-(-protection // season), 1))[:protection]
    np.testing.assert_allclose(ahead, following)
    np.testing.assert_allclose(sums[-1], following.sum(axis=0))


def test_the_last_resort_forecasts_whatever_there_is() -> None:
    for units in ([[1.0]], [[np.nan, np.nan]], [[0.0, 0, 0]], [[np.nan, 3, np.nan]]):
        history = panel_of(units, Frequency.DAY)
        said = last_resort(history, HORIZON)
        on_sale = history.on_sale()[:, -1]
        assert np.isfinite(said.mean[on_sale]).all()
        assert (np.diff(said.quantiles[on_sale], axis=1) >= 0).all()


def test_an_artefact_is_kept_once_and_checked_at_every_reading(tmp_path: Path, history: Panel) -> None:
    artefacts = Artefacts(tmp_path / "models")
    model = fit(history, HORIZON, SETTINGS)
    digest = artefacts.keep(model)
    assert artefacts.keep(model) == digest
    assert [path.name for path in artefacts.folder.iterdir()] == [f"{digest}.model"]
    assert artefacts.load(digest) == model
    other = artefacts.keep(StandIn("week 2+1", "TSB"))
    whole = artefacts.path(digest).read_bytes()
    changed = {
        "a byte": whole[:500] + bytes([whole[500] ^ 1]) + whole[501:],
        "cut short": whole[:-1],
        "nothing": b"",
        "another model": artefacts.path(other).read_bytes(),
    }
    for what, content in changed.items():
        artefacts.path(digest).write_bytes(content)
        with pytest.raises(ArtefactError, match=str(artefacts.path(digest))):
            artefacts.load(digest)
        assert "\n" not in what
    assert artefacts.keep(model) == digest, "training again mends it"
    assert artefacts.load(digest) == model


def test_a_model_of_a_release_without_pooled_errors_is_still_read(tmp_path: Path, history: Panel) -> None:
    content = msgspec.msgpack.decode(fit(history, HORIZON, SETTINGS).to_bytes()[len(MAGIC) + DIGEST :])
    del content["pooled"]
    body = msgspec.msgpack.encode(content)
    digest = hashlib.sha256(body).digest()
    artefacts = Artefacts(tmp_path)
    artefacts.path(digest.hex()).write_bytes(MAGIC + digest + body)
    model = artefacts.load(digest.hex())
    assert isinstance(model, Model)
    assert model.pooled == Pooled()
    assert np.isfinite(model.forecast(history, HORIZON).mean[history.on_sale()[:, -1]]).all()


def test_a_stand_in_must_be_a_baseline() -> None:
    with pytest.raises(ParameterError, match="baseline is 'nobody'"):
        StandIn("week 2+1", "nobody")


def test_a_model_is_fitted_a_dozen_times_at_most_however_often_it_is_asked() -> None:
    assert [calls_per_fit(askings) for askings in (0, 30, 48, 49, 150)] == [4, 4, 4, 5, 13]


def test_a_chart_shows_all_its_history_however_few_forecasts_there_were() -> None:
    flat = np.full(7, 5.0)
    periods = Periods(Frequency.WEEK, date(2023, 1, 2), 60)
    for past in ([], [PastForecast(date(2024, 2, 25), 5.0, [5.0] * 7, 4.0)]):
        shown = chart._days_shown(Story("a", periods, np.ones(60, np.float32), None, 5.0, flat, flat[:3], past))
        assert [day.item() for day in shown] == [date(2023, 1, 2), date(2024, 3, 18)]
    none = Periods(Frequency.WEEK, date(2024, 2, 26), 0)
    shown = chart._days_shown(Story("a", none, np.empty(0, np.float32), None, 5.0, flat, flat[:3], past))
    assert [day.item() for day in shown] == [date(2024, 2, 25), date(2024, 3, 18)]


def test_days_of_events_are_marked_once_where_they_are_shown() -> None:
    periods = Periods(Frequency.WEEK, date(2023, 1, 2), 60)
    flat = np.full(7, 5.0)
    told = [
        ("2020-01-01", "2020-01-02"),
        ("2023-11-09", "2023-11-12"),
        ("2023-11-11", "2023-11-11"),
        ("2024-03-10", "2024-04-02"),
    ]
    events = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in told]
    axes = Figure().add_subplot()
    chart._events(axes, Story("a", periods, np.ones(60, np.float32), None, 5.0, flat, flat[:3], [], events))
    marked = [
        tuple(num2date(edge).date() for edge in (patch.get_x(), patch.get_x() + patch.get_width())) for patch in axes.patches
    ]
    assert marked == [(date(2023, 11, 9), date(2023, 11, 13)), (date(2024, 3, 10), date(2024, 3, 18))]


def test_series_that_tell_most_are_shown_once_each_with_a_reason(history: Panel) -> None:
    result = backtest(history, {name: BASELINES[name] for name in ("TSB", "experience")}, (50, 57), HORIZON)
    shown = telling(history, result, "TSB", "experience", 6)
    rows = [row for row, _ in shown]
    assert len(rows) == len(set(rows)) == 6
    assert shown[0][1] == "most units"
    reasons = {why for _, why in shown}  # one that is shown already is not shown again for another reason
    assert {"long without stock", "better than experience"} <= reasons
    assert len(reasons) >= 5
    assert history.on_sale()[rows, -1].all()
