"""Who forecasts a run of planning: the champion that was trained for about its length, never one whose file was changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sqlalchemy import Connection, create_engine

from forecasting.forecast import Horizon
from forecasting.metrics import LEVELS
from forecasting.model.fit import fit
from forecasting.model.settings import Settings
from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError
from forecasting.planning.champion import CHAMPION, UNTRAINED, Chosen, chosen_forecaster
from forecasting.planning.forecasts import forecast_for
from forecasting.registry.artefacts import ArtefactError, Artefacts
from forecasting.registry.pointers import Pointers, write_pointers
from forecasting.registry.stand_in import StandIn
from forecasting.registry.tables import metadata

WEEKS = 12


@pytest.fixture
def rows() -> Iterator[Connection]:
    """A registry in which no slot was ever trained."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def models(tmp_path: Path) -> Artefacts:
    """A folder for models."""
    return Artefacts(tmp_path / "models")


def promote(rows: Connection, models: Artefacts, slot: str, baseline: str = "mean of 4") -> str:
    """Make a baseline the champion of a slot; its digest."""
    digest = models.keep(StandIn(slot, baseline))
    assert write_pointers(rows, Pointers(slot), Pointers(slot).promoted(digest, date(2025, 1, 1), 1, "it was best"))
    return digest


def weeks() -> Panel:
    """A pen of ten each week, and a cap of one."""
    start = np.datetime64("2025-01-06") + 7 * np.arange(WEEKS)
    table = {"sku": ["pen"] * WEEKS + ["cap"] * WEEKS, "week": np.tile(start, 2), "units": [10] * WEEKS + [1] * WEEKS}
    return panel_from(pl.DataFrame(table).with_columns(pl.col("week").cast(pl.Date)))


def chosen(rows: Connection, models: Artefacts, days: float, frequency: Frequency = Frequency.WEEK) -> Chosen:
    return chosen_forecaster(CHAMPION, rows, models, frequency, days)


def test_while_nothing_was_trained_the_combination_forecasts_and_it_is_said(rows: Connection, models: Artefacts) -> None:
    found = chosen(rows, models, 21)
    assert (found.name, found.model, found.horizon) == (UNTRAINED, None, None)
    assert found.why == "no slot of weeks has been trained: `skuld forecast train`"


@pytest.mark.parametrize(("days", "slot"), [(5, "week 1+1"), (17, "week 1+1"), (18, "week 2+1"), (90, "week 8+1")])
def test_the_slot_whose_protection_period_is_nearest_is_taken(
    rows: Connection, models: Artefacts, days: float, slot: str
) -> None:
    digests = {name: promote(rows, models, name) for name in ("week 1+1", "week 2+1", "week 8+1", "day 14+7")}
    found = chosen(rows, models, days)
    assert (found.slot, found.model) == (slot, digests[slot])
    assert "the nearest of 3 slots of weeks" in found.why


def test_slots_of_another_period_length_are_not_asked(rows: Connection, models: Artefacts) -> None:
    promote(rows, models, "week 2+1")
    assert chosen(rows, models, 21, Frequency.DAY).name == UNTRAINED
    digest = promote(rows, models, "day 14+7")
    found = chosen(rows, models, 21, Frequency.DAY)
    assert (found.name, found.model) == ("champion of day 14+7, mean of 4", digest)


def test_a_slot_with_a_challenger_only_has_no_champion(rows: Connection, models: Artefacts) -> None:
    assert write_pointers(rows, Pointers("week 2+1"), Pointers("week 2+1").challenged("0" * 64, 1, "it was worse"))
    assert chosen(rows, models, 21).name == UNTRAINED


def test_a_champion_forecasts_the_days_that_it_was_trained_for(rows: Connection, models: Artefacts) -> None:
    promote(rows, models, "week 2+1")
    found = chosen(rows, models, 17)
    table, days, _ = forecast_for(weeks(), found.forecaster, found.name, 17, "main", 2.0, found.horizon)
    assert days == 21
    assert dict(table.select("sku", "mean").iter_rows()) == {"cap": 6.0, "pen": 60.0}


def test_a_learned_model_forecasts_as_it_was_written(rows: Connection, models: Artefacts) -> None:
    panel, horizon = weeks(), Horizon(2, 1)
    model = fit(panel, horizon, Settings(threads=1))
    digest = models.keep(model)
    assert write_pointers(rows, Pointers("week 2+1"), Pointers("week 2+1").promoted(digest, date(2025, 1, 1), 1, "won"))
    found = chosen(rows, models, 20)
    assert (found.name, found.model, found.slot) == ("champion of week 2+1", digest, "week 2+1")
    said, expected = found.forecaster(panel, horizon), model.forecast(panel, horizon)
    assert said.quantiles.shape == (2, len(LEVELS))
    np.testing.assert_array_equal(said.quantiles, expected.quantiles)


def test_a_model_that_was_changed_on_disk_is_refused_by_name(rows: Connection, models: Artefacts) -> None:
    digest = promote(rows, models, "week 2+1")
    path = models.path(digest)
    path.write_bytes(path.read_bytes().replace(b"mean of 4", b"mean of 8"))
    with pytest.raises(ArtefactError, match=digest):
        chosen(rows, models, 21)
    path.unlink()
    with pytest.raises(ArtefactError, match="train the slot again"):
        chosen(rows, models, 21)


def test_others_are_asked_for_by_name(rows: Connection, models: Artefacts) -> None:
    promote(rows, models, "week 2+1")
    found = chosen_forecaster("TSB", rows, models, Frequency.WEEK, 21)
    assert (found.name, found.why, found.model) == ("TSB", "it was asked for", None)
    with pytest.raises(ParameterError, match="oracle"):
        chosen_forecaster("oracle", rows, models, Frequency.WEEK, 21)
