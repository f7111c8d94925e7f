"""What is planned for the SKUs beside one is a feature of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from forecasting.features.planned import unplanned
from forecasting.features.table import Rows, matrix
from forecasting.features.view import History, history_of
from forecasting.forecast import Horizon
from forecasting.panel.panel import Panel
from tests.unit.forecasting.panels import panel_of

SERIES, PERIODS = 24, 60
NAME = "factor of siblings ahead"


def _history(groups: int = 8, planned: int = 0) -> History:
    """Series whose promotions treble demand, in so many categories; one is planned for the first `planned` of them."""
    chance = np.random.default_rng(1)
    promotion = (chance.random((SERIES, PERIODS)) < 0.2).astype(np.float32)
    units = chance.poisson(np.where(promotion > 0, 60.0, 20.0)).astype(float)
    category = pl.Series([f"c{number % groups}" for number in range(SERIES)])
    panel: Panel = replace(panel_of(units), promotion=promotion, category=category)
    plan = np.zeros((SERIES, 2), np.float32)
    plan[:planned] = 1.0
    return history_of(panel, Horizon(2, 0, {"promotion": plan}), ("promotion",))


def _at_the_end(history: History) -> np.ndarray:
    rows = Rows(np.arange(SERIES), np.full(SERIES, PERIODS - 1))
    return matrix(history, rows, (NAME,))[:, 0]


def test_a_promotion_is_seen_by_others_of_the_category_alone() -> None:
    quiet, one = _at_the_end(_history()), _at_the_end(_history(planned=1))
    others = [8, 16]  # of the first one's category
    assert (one[others] > quiet[others] + 0.3).all()
    rest = [place for place in range(SERIES) if place not in others]
    np.testing.assert_allclose(one[rest], quiet[rest], atol=1e-5)


def test_with_nothing_planned_siblings_are_quiet_too() -> None:
    np.testing.assert_allclose(_at_the_end(unplanned(_history(planned=3))), _at_the_end(_history()), atol=1e-5)


def test_a_part_of_the_series_sees_the_same_siblings() -> None:
    whole = _history(planned=1)
    part = whole.block(slice(6, 12))
    rows = Rows(np.arange(6), np.full(6, PERIODS - 1))
    np.testing.assert_array_equal(matrix(part, rows, (NAME,))[:, 0], _at_the_end(whole)[6:12])


def test_few_groups_tell_of_no_siblings() -> None:
    assert _history(groups=4).siblings is None
