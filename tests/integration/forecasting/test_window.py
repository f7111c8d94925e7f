"""The window on real databases: train, gate, score, what came, rollback; SQLite and MariaDB alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from sqlalchemy import Engine, func, select, text, update

from actors.kernel.record.database import open_database
from actors.kernel.record.schema import migrate
from forecasting.model.fit import fit
from forecasting.model.model import Model
from forecasting.model.settings import Settings
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError
from forecasting.plans.on_panel import applied
from forecasting.plans.plan import SCHEMA, Plan, plan_of
from forecasting.registry.artefacts import ArtefactError
from forecasting.registry.forecasts import forecasts_of
from forecasting.registry.models import ModelRow, add_model, models_of
from forecasting.registry.pointers import read_pointers, write_pointers
from forecasting.registry.slot import Slot
from forecasting.registry.stand_in import StandIn
from forecasting.registry.tables import alarms, forecasts, models, slots
from forecasting.window.place import Place, RegistryMissing
from forecasting.window.score import score
from forecasting.window.source import with_kept
from forecasting.window.train import train
from forecasting.work import Here
from tests.unit.forecasting.panels import full_panel

SLOT = Slot.read("week 2+1")
SETTINGS = Settings(threads=1, trees=6, least_rows=20)
HERE = Here()


@pytest.fixture(params=["sqlite", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An installation with a migrated database."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    engine = open_database(url)
    migrate(engine)
    yield Place(engine, tmp_path / "data")
    engine.dispose()


@pytest.fixture(scope="module")
def history() -> Panel:
    """Weekly demand of 40 SKUs in one warehouse."""
    found = full_panel(40, 44, 3)
    return replace(found, price=None, promotion=None, series=found.series.with_columns(location=np.array(["main"] * 40)))


def everything(engine: Engine) -> list[tuple[object, ...]]:
    """All rows."""
    with engine.connect() as rows:
        return [
            tuple(row)
            for table in (models, slots, forecasts, alarms)
            for row in rows.execute(select(table).order_by(*table.primary_key))
        ]


def test_the_first_training_makes_a_champion_and_a_second_run_changes_nothing(place: Place, history: Panel) -> None:
    done = train(place, SLOT, history, SETTINGS, HERE, wanted_cutoffs=3)
    assert done.done
    assert set(done.metrics) >= {"challenger", "experience, counts", "last resort"}
    assert len(done.cutoffs) == 3
    champion = place.artefacts.load(done.champion)
    assert done.promoted == (done.champion == done.model)
    assert champion.digest == done.champion
    before = everything(place.engine)
    again = train(place, SLOT, history, SETTINGS, HERE, wanted_cutoffs=3)
    assert (again.done, again.champion, again.model) == (False, done.champion, done.model)
    assert everything(place.engine) == before

    scored = score(place, SLOT, history, HERE)
    assert scored.written == int(history.on_sale()[:, -1].sum())
    rows = everything(place.engine)
    assert score(place, SLOT, history, HERE).written == 0
    assert everything(place.engine) == rows
    with place.rows() as connection:
        found = forecasts_of(connection, "sku 3", 10)
    ahead = champion.forecast(history, SLOT.horizon)
    assert [(row.warehouse, row.cutoff, row.role, len(row.by_period)) for row in found] == [
        ("main", history.periods.last_day, "champion", 3)
    ]
    assert found[0].mean == ahead.mean[3]
    assert found[0].quantiles == pytest.approx(ahead.quantiles[3], rel=1e-5)


def test_without_history_for_a_cut_off_the_last_resort_is_champion(place: Place, history: Panel) -> None:
    done = train(place, SLOT, history.up_to(3), SETTINGS, HERE)
    assert place.artefacts.load(done.champion) == StandIn("week 2+1", "last resort")
    assert "history is of 3 periods: it must be longer than the horizon of 3" in done.reason
    assert score(place, SLOT, history.up_to(3), HERE).written > 0


def of_two(place: Place, history: Panel, champion: str, previous: str) -> None:
    """A champion, promoted in the 30th week, and the one before it; both baselines that are what they are."""
    since = history.periods.up_to(30).last_day
    with place.rows() as rows:
        for name in (champion, previous):
            place.artefacts.keep(StandIn("week 2+1", name))
            row = ModelRow(StandIn("week 2+1", name).digest, "week 2+1", "baseline", since, "1", {"baseline": name}, {}, 0.0, 1)
            add_model(rows, row)
        start = read_pointers(rows, "week 2+1")
        first = start.promoted(StandIn("week 2+1", previous).digest, since, 1, "first")
        assert write_pointers(rows, start, first.promoted(StandIn("week 2+1", champion).digest, since, 2, "second"))


def test_a_champion_that_does_worse_is_taken_back_by_what_came(place: Place, history: Panel) -> None:
    of_two(place, history, "seasonal naive", "TSB, counts")
    better = StandIn("week 2+1", "TSB, counts").digest
    weeks = list(range(30, 42))
    for count in weeks:
        done = score(place, SLOT, history.up_to(count), HERE)
        if done.rolled_back:
            break
    assert done.rolled_back, done.reason
    assert done.champion == better
    assert count >= 30 + 3 + 2, "three cut-offs must have come"
    with place.rows() as rows:
        found = read_pointers(rows, "week 2+1")
        assert (found.champion, found.previous) == (better, StandIn("week 2+1", "seasonal naive").digest)
        assert found.since == history.periods.up_to(count).last_day
        latest = forecasts_of(rows, "sku 3", 1)[0]
        roles = rows.execute(
            select(forecasts.c.cutoff, func.count()).where(forecasts.c.role == "champion").group_by(forecasts.c.cutoff)
        )
        on_sale = {history.periods.up_to(week).last_day: int(history.on_sale()[:, week - 1].sum()) for week in weeks}
        assert dict([tuple(row) for row in roles]) == {day: on_sale[day] for day in on_sale if day <= latest.cutoff}
    assert latest.model == better
    assert not score(place, SLOT, history.up_to(count), HERE).rolled_back, "a second run changes nothing"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_challenger_that_is_surely_better_is_promoted_and_judges_the_next_one_as_old_as_it_is(
    place: Place, history: Panel
) -> None:
    of_two(place, history, "seasonal naive", "median of 12")
    before = history.up_to(43)
    done = train(place, SLOT, before, SETTINGS, HERE, wanted_cutoffs=4)
    assert done.promoted, done.reason
    assert re.match(r"promoted: challenger beside champion: pinball loss [\d.]+% lower", done.reason)
    assert re.search(r"stock at equal fill rate [\d.]+% lower", done.reason)
    with place.rows() as rows:
        found = read_pointers(rows, "week 2+1")
        kept = models_of(rows, "week 2+1")[0]
    assert (found.champion, found.previous) == (done.model, StandIn("week 2+1", "seasonal naive").digest)
    assert (kept.digest, kept.data_through) == (done.model, before.periods.last_day)
    assert kept.metrics["scores"]["challenger"]["pinball"] < kept.metrics["scores"]["champion"]["pinball"]
    assert score(place, SLOT, before, HERE).previous == found.previous

    again = train(place, SLOT, history, SETTINGS, HERE, wanted_cutoffs=4)
    assert again.done
    assert again.model != done.model
    assert set(again.metrics) == {"challenger", "champion"}
    assert again.metrics["challenger"] != again.metrics["champion"], "the champion is a week older"
    assert (again.champion == done.model) is not again.promoted
    assert score(place, SLOT, history, HERE).champion == again.champion


def test_forecasts_that_are_far_off_alarm_once_it_came(place: Place, history: Panel) -> None:
    of_two(place, history, "experience, counts", "TSB, counts")
    score(place, SLOT, history.up_to(34), HERE)
    with place.rows() as rows:
        rows.execute(update(forecasts).values(mean=forecasts.c.mean * 3 + 5, quantiles="[0,0,0,0,0,0,0]"))
    done = score(place, SLOT, history.up_to(37), HERE)
    assert [alarm.kind for alarm in done.alarms] == ["bias", "coverage 0.8", "coverage 0.95"]
    before = everything(place.engine)
    assert [alarm.kind for alarm in score(place, SLOT, history.up_to(37), HERE).alarms] == [
        "bias",
        "coverage 0.8",
        "coverage 0.95",
    ]
    assert everything(place.engine) == before


def test_a_model_that_was_changed_on_disk_is_refused_by_name(place: Place, history: Panel) -> None:
    of_two(place, history, "experience, counts", "TSB, counts")
    path = place.artefacts.path(StandIn("week 2+1", "TSB, counts").digest)
    path.write_bytes(path.read_bytes()[:-1])
    before = everything(place.engine)
    with pytest.raises(ArtefactError, match=f"{path.name}: the file was changed since it was written"):
        score(place, SLOT, history, HERE)
    assert everything(place.engine) == before
    path.unlink()
    with pytest.raises(ArtefactError, match=r"cannot be read: No such file or directory; train the slot again"):
        score(place, SLOT, history, HERE)


@pytest.mark.parametrize("harmed", ["champion", "previous"])
def test_a_slot_whose_file_was_changed_is_sound_again_after_training(place: Place, history: Panel, harmed: str) -> None:
    first = train(place, SLOT, history.up_to(30), SETTINGS, HERE, wanted_cutoffs=1)
    second = StandIn("week 2+1", "TSB, counts")
    place.artefacts.keep(second)
    with place.rows() as rows:
        add_model(rows, ModelRow(second.digest, "week 2+1", "baseline", first.data_through, "1", {"baseline": second.name}))
        before = read_pointers(rows, "week 2+1")
        assert write_pointers(
            rows, before, before.promoted(second.digest, first.data_through, before.changed_at + 1, "by hand")
        )
    path = place.artefacts.path(second.digest if harmed == "champion" else first.champion)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ArtefactError, match="train the slot again"):
        score(place, SLOT, history.up_to(30), HERE)
    done = train(place, SLOT, history.up_to(30), SETTINGS, HERE, wanted_cutoffs=1)
    assert done.done == (harmed == "champion"), "where the champion can forecast nothing has to be trained"
    with place.rows() as rows:
        stands = read_pointers(rows, "week 2+1")
    assert stands.previous is None
    assert stands.champion == done.champion == (first.champion if harmed == "champion" else second.digest)
    assert score(place, SLOT, history.up_to(30), HERE).written > 0


def test_a_slot_without_a_champion_and_a_history_of_other_periods_are_refused(place: Place, history: Panel) -> None:
    with pytest.raises(ParameterError, match="it has no champion yet"):
        score(place, SLOT, history, HERE)
    with pytest.raises(ParameterError, match="history is of weeks, 40 series: it must be of days"):
        train(place, Slot.read("day 7+7"), history, SETTINGS, HERE)


def test_a_database_without_the_tables_says_what_makes_them(tmp_path: Path, history: Panel) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(RegistryMissing, match="no table demand_alarms: `skuld forecast history` makes it"):
        score(Place(engine, tmp_path), SLOT, history, HERE)
    engine.dispose()


def test_the_tables_are_those_that_the_migration_makes(place: Place) -> None:
    with place.rows() as rows:
        assert models_of(rows, "week 2+1") == []
        for table in (models, slots, forecasts, alarms):
            assert rows.execute(select(table)).all() == []


def promoted(history: Panel) -> tuple[Panel, list[tuple[str, date]]]:
    """Demand that triples in weeks with a promotion, and which weeks of which SKUs these were."""
    chance = np.random.default_rng(5)
    on = chance.random(history.units.shape) < 0.2
    weeks = [(f"sku {row}", history.periods.first + timedelta(7 * week)) for row, week in np.argwhere(on).tolist()]
    units = chance.poisson(chance.uniform(5, 40, (len(history), 1)) * (1 + 2 * on)).astype(np.float32)
    return replace(history, units=units, first_on_sale=np.zeros(len(history), np.int64), in_stock_share=None), weeks


def told(*rows: tuple[str, date]) -> Plan:
    """Promotions of SKUs in the weeks that begin on these days."""
    table = [(sku, None, day, day + timedelta(6), None, 1.0) for sku, day in rows]
    return plan_of(pl.DataFrame(table, schema=SCHEMA, orient="row"))


def by_hand(place: Place, panel: Panel, *trained: tuple[Model, tuple[str, ...]]) -> None:
    """Champions one after the other, each with the columns that it looks ahead at."""
    for number, (one, planned) in enumerate(trained, start=1):
        place.artefacts.keep(one)
        with place.rows() as rows:
            parameters = msgspec.to_builtins(SETTINGS) | {"planned": planned}
            add_model(rows, ModelRow(one.digest, str(SLOT), "model", panel.periods.last_day, "1", parameters))
            before = read_pointers(rows, str(SLOT))
            assert write_pointers(rows, before, before.promoted(one.digest, panel.periods.first, number, "by hand"))


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_model_that_looks_ahead_takes_the_place_of_one_that_does_not_and_is_judged_as_one_that_does(
    place: Place, history: Panel
) -> None:
    shop, weeks = promoted(history)
    plan, before = told(*weeks), shop.up_to(43)
    blind = fit(before, SLOT.horizon, SETTINGS)
    by_hand(place, before, (blind, ()))
    done = train(place, SLOT, before, SETTINGS, HERE, wanted_cutoffs=2, plan=plan)
    assert (done.done, done.promoted, done.planned) == (True, True, ("promotion",)), done.reason
    assert done.model != blind.digest
    with place.rows() as rows:
        kept = models_of(rows, "week 2+1")
    assert {row.digest: row.planned for row in kept}[done.model] == ("promotion",)
    assert next(row for row in kept if row.planned).parameters["plan"] == plan.until(before.periods.last_day).digest
    same = told(*weeks, ("sku 3", shop.periods.last_day + timedelta(8)))
    assert train(place, SLOT, before, SETTINGS, HERE, wanted_cutoffs=2, plan=same).done is False, "what is to come"
    again = train(place, SLOT, shop, SETTINGS, HERE, wanted_cutoffs=2, plan=plan)
    losses = {name: scores["pinball"] or 0.0 for name, scores in again.metrics.items()}
    assert losses["champion"] == pytest.approx(losses["challenger"], rel=0.2), "both look ahead"


def test_another_plan_is_forecast_anew_and_the_same_again_changes_nothing(place: Place, history: Panel) -> None:
    shop, weeks = promoted(history)
    ahead = ("sku 3", shop.periods.ahead(2).last_day - timedelta(6))
    past, sale = told(*weeks), told(*weeks, ahead)
    model = fit(*applied(past, shop, SLOT.horizon, ("promotion",)), SETTINGS)
    blind = fit(shop, SLOT.horizon, SETTINGS)
    by_hand(place, shop, (blind, ()), (model, ("promotion",)))
    on_sale = int(shop.on_sale()[:, -1].sum())
    done = score(place, SLOT, shop, HERE, plan=past)
    assert (done.written, done.champion, done.plan, done.previous) == (2 * on_sale, model.digest, past.digest, blind.digest)
    usual = everything(place.engine)
    assert score(place, SLOT, shop, HERE, plan=past).written == 0
    assert everything(place.engine) == usual
    again = score(place, SLOT, shop, HERE, plan=sale)
    assert (again.written, again.plan) == (on_sale, sale.digest), "the one in shadow sees no plan"
    with place.rows() as rows:
        found = {(row.sku, row.model): row for row in forecasts_of(rows, "sku 3", 9) + forecasts_of(rows, "sku 4", 9)}
        assert found["sku 3", model.digest].plan == found["sku 4", model.digest].plan == sale.digest
        assert (found["sku 3", model.digest].of_plan or 0) > 0 == found["sku 4", model.digest].of_plan
    back = score(place, SLOT, shop, HERE, plan=past)
    assert back.written == on_sale
    assert everything(place.engine) == usual


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_came_is_written_anew_beside_a_forecast_that_was(place: Place, history: Panel) -> None:
    of_two(place, history, "experience, counts", "TSB, counts")
    champion = StandIn("week 2+1", "experience, counts").digest
    with place.rows() as rows:
        rows.execute(update(models).where(models.c.digest == champion).values(parameters='{"planned": ["promotion"]}'))
    score(place, SLOT, history.up_to(34), HERE)
    score(place, SLOT, history.up_to(37), HERE)
    day = history.periods.up_to(34).last_day

    def came() -> list[tuple[object, ...]]:
        with place.engine.connect() as rows:
            c = forecasts.c
            query = select(c.sku, c.model, c.actual).where(c.cutoff == day, c.actual.is_not(None)).order_by(c.sku, c.model)
            return [tuple(row) for row in rows.execute(query)]

    known = came()
    assert known
    plan = plan_of(pl.DataFrame([("sku 3", None, day, day, None, 1.0)], schema=SCHEMA, orient="row"))
    assert score(place, SLOT, history.up_to(34), HERE, plan=plan).written > 0
    assert came() == []
    score(place, SLOT, history.up_to(37), HERE)
    assert came() == known


KEEP = text(
    "INSERT INTO demand_events (id, kind, starts_on, ends_on, depth, skus, day_off, known_from, cancelled, version) "
    "VALUES (:id, 'offer', :first, :last, 0.5, :skus, 0, '', :cancelled, 1)"
)


def offered(place: Place, history: Panel, weeks: list[tuple[str, int]], cancelled: frozenset[str] = frozenset()) -> Panel:
    """The history beside which the system keeps offers of SKUs in weeks, numbered from the first."""
    with place.rows() as rows:
        rows.execute(text("DELETE FROM demand_events"))
        for sku, week in weeks:
            id, first = f"{sku[4:]}-{week}", history.periods.first + timedelta(7 * week)
            told = {"id": id, "first": str(first), "last": str(first + timedelta(6)), "skus": f'["{sku}"]'}
            rows.execute(KEEP, told | {"cancelled": int(sku in cancelled)})
        return with_kept(history, rows)


def with_offers(place: Place, history: Panel) -> tuple[Panel, list[tuple[str, int]]]:
    """Four times the units in a seventh of the weeks, which only the system's events tell of."""
    chance = np.random.default_rng(5)
    were = [(f"sku {row}", week) for row in range(40) for week in range(44) if chance.random() < 0.15]
    units = history.units.copy()
    for sku, week in were:
        units[int(sku[4:]), week] *= 4
    return offered(place, replace(history, units=units), were), were


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_events_of_the_system_are_trained_with_until_they_are_cancelled(place: Place, history: Panel) -> None:
    shop, were = with_offers(place, history)
    assert len(shop.events) == len(were)
    first = train(place, SLOT, shop, SETTINGS, HERE, wanted_cutoffs=1)
    assert train(place, SLOT, shop, SETTINGS, HERE, wanted_cutoffs=1).done is False, "the same again"
    half = frozenset(f"sku {row}" for row in range(20))
    fewer = offered(place, shop, were, cancelled=half)
    assert len(fewer.events) == sum(sku not in half for sku, _ in were)
    again = train(place, SLOT, fewer, SETTINGS, HERE, wanted_cutoffs=1)
    assert (again.done, again.model != first.model) == (True, True)


def test_every_forecast_sees_the_events_that_stand_then(place: Place, history: Panel) -> None:
    shop, were = with_offers(place, history)
    model = fit(shop, SLOT.horizon, SETTINGS)
    assert "depth of offer ahead" in model.names
    assert not any("offer" in name for name in fit(replace(shop, events=()), SLOT.horizon, SETTINGS).names)
    by_hand(place, shop, (model, ()))
    usual = score(place, SLOT, shop, HERE)
    rows = everything(place.engine)
    assert (usual.written > 0, score(place, SLOT, shop, HERE).written) == (True, 0)
    ahead = offered(place, shop, [*were, ("sku 3", 45)])
    assert score(place, SLOT, ahead, HERE).written == usual.written
    with place.rows() as connection:
        said = {row.sku: row for sku in ("sku 3", "sku 4") for row in forecasts_of(connection, sku, 1)}
    alone = model.forecast(shop, SLOT.horizon).mean
    assert said["sku 3"].events != ""
    assert (said["sku 3"].mean > alone[3], said["sku 4"].mean == alone[4]) == (True, True)
    assert score(place, SLOT, offered(place, shop, were), HERE).written == usual.written
    assert everything(place.engine) == rows, "an event that was taken back is as if it had never been told"


PRODUCT = text(
    "INSERT INTO products (sku, name, gtin, unit, packs, category, version) VALUES (:sku, :sku, '', 'each', '[]', :category, 1)"
)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_products_say_what_category_a_series_is_of_before_the_history_does(place: Place, history: Panel) -> None:
    with place.rows() as rows:
        assert with_kept(history, rows).category is None
        rows.execute(PRODUCT, [{"sku": f"sku {row}", "category": f"c{row % 10}"} for row in range(39)])
        rows.execute(PRODUCT, {"sku": "unknown", "category": "c1"})
        shop = with_kept(history, rows)
        assert shop.category is not None
        assert shop.category.to_list() == [f"c{row % 10}" for row in range(39)] + [None]
        told = replace(history, category=pl.Series(["own"] * 40))
        both = with_kept(told, rows).category
        assert both is not None
        assert both.to_list() == [f"c{row % 10}" for row in range(39)] + ["own"]
    first = train(place, SLOT, shop, SETTINGS, HERE, wanted_cutoffs=1)
    assert train(place, SLOT, shop, SETTINGS, HERE, wanted_cutoffs=1).done is False, "the same again"
    with place.rows() as rows:
        rows.execute(text("UPDATE products SET category = 'other' WHERE category < 'c5'"))
        moved = with_kept(history, rows)
    assert train(place, SLOT, moved, SETTINGS, HERE, wanted_cutoffs=1).model != first.model
