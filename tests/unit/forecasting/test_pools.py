"""Pools of series with trees of their own: chosen where they differ, by what was known, and not where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import backtest
from forecasting.fitting import fit_in_pieces
from forecasting.forecast import Horizon
from forecasting.metrics import pinball
from forecasting.model.choice import choose
from forecasting.model.fit import fit
from forecasting.model.forecaster import Fresh
from forecasting.model.model import Model
from forecasting.model.pools import FEWEST_ROWS, OTHERS, Pools
from forecasting.model.settings import ALL, KEYS, Settings
from forecasting.model.training import prepare
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.scores import trees_told
from forecasting.shards import forecast_in_shards
from forecasting.work import Here, Threads
from tests.benchmarks.forecasting.kinds.unplanned import one_house, two_houses

BOLD = Settings(threads=1, trees=12, learning_rate=0.3, least_rows=40)
THREE = Horizon(2, 1)
ROWS, WEEKS = 120, 60


@pytest.fixture(scope="module")
def apart() -> Panel:
    return two_houses(np.random.default_rng(1), ROWS, WEEKS)


@pytest.fixture(scope="module")
def model(apart: Panel) -> Model:
    return fit(apart, THREE, BOLD)


def test_houses_that_go_by_different_rules_have_trees_of_their_own(apart: Panel, model: Model) -> None:
    assert model.pools == Pools("location", ("east", "west"))
    assert model.pools.told == "each location: east, west"
    assert [sorted(trees) for trees in model.own_trees] == [sorted(model.trees)] * 2
    known, actual = apart.up_to(WEEKS - 3), apart.units[:, -3:].sum(axis=1)
    own, shared = (fit(known, THREE, replace(BOLD, pools=key)).forecast(known, THREE) for key in ("location", ALL))
    losses = [pinball(actual, said.quantiles[:, 0], 0.5).sum() for said in (own, shared)]
    assert losses[0] < 0.97 * losses[1]


def test_categories_that_go_by_different_rules_have_trees_of_their_own(apart: Panel) -> None:
    place = apart.series["location"]
    by_category = replace(apart, series=apart.series.with_columns(location=pl.lit(None, pl.String)), category=place)
    own = fit(by_category, THREE, BOLD)
    assert own.pools == Pools("category", ("east", "west"))
    assert len(own.own_trees) == 2
    silent = own.forecast(replace(by_category, category=None), THREE)
    assert np.isfinite(silent.mean).all(), "a history that tells no categories is forecast by the trees of all"


def test_houses_that_go_by_one_rule_share_their_trees() -> None:
    model = fit(one_house(np.random.default_rng(1), ROWS, WEEKS), THREE, BOLD)
    assert model.pools == Pools()
    assert model.pools.told == ALL
    assert model.own_trees == ()


def test_pools_are_fitted_anywhere_and_kept_to_the_byte(apart: Panel, model: Model) -> None:
    assert fit_in_pieces(Threads(3), apart, THREE, BOLD).to_bytes() == model.to_bytes()
    back = Model.from_bytes(model.to_bytes())
    whole, parts = back.forecast(apart, THREE), forecast_in_shards(Here(), model, apart, THREE, size=7)
    np.testing.assert_array_equal(whole.quantiles, parts.quantiles)
    assert whole.trees == parts.trees == model.pools.told


def test_a_house_that_is_new_is_forecast_by_the_trees_of_all(apart: Panel, model: Model) -> None:
    moved = replace(apart, series=apart.series.with_columns(location=pl.lit("south")))
    shared = replace(model, pools=Pools(), own_trees=())
    np.testing.assert_array_equal(model.forecast(moved, THREE).mean, shared.forecast(moved, THREE).mean)


def test_a_backtest_tells_whose_trees_forecast(apart: Panel) -> None:
    few = replace(BOLD, trees=4, pools="location")
    said = backtest(apart, {"model": Fresh(few)}, (20, WEEKS - 3), THREE).forecasts["model"]
    assert trees_told(said) == "all series at 1 cut-off, each location: east, west at 1 cut-off"


def test_pools_have_rows_enough_and_can_be_told() -> None:
    training = prepare(two_houses(np.random.default_rng(1)), THREE, BOLD)
    assert {"location", "family", "size"} <= {pools.key for pools, _ in training.candidates} <= set(KEYS)
    for pools, members in training.candidates:
        counts = np.bincount(members[training.early & (members != OTHERS)])
        assert len(counts) == len(pools.labels) >= 2
        assert counts.min() >= FEWEST_ROWS
        assert choose(Here(), training, replace(BOLD, pools=pools.key)).pools == pools
    assert choose(Here(), training, replace(BOLD, pools=ALL)).pools == Pools()


def test_a_key_that_nothing_goes_by_is_refused() -> None:
    with pytest.raises(
        ParameterError, match=r"pools is 'colour': it must be one of all series, location, family, rhythm, size"
    ):
        Settings(pools="colour")
