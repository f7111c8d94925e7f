"""Events of the days forecast: what they add to a forecast, and what they are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.calendar.ahead import EventAhead, found_ahead, named, put_off
from forecasting.calendar.event import Event
from forecasting.features.future import learned_events
from forecasting.forecast import Forecast, Horizon
from forecasting.model.fit import fit
from forecasting.model.settings import Settings
from forecasting.panel.periods import Frequency, Periods
from forecasting.shards import forecast_in_shards
from forecasting.work import Here
from tests.unit.forecasting.panels import panel_of

MONDAY = date(2024, 1, 1)
SERIES, WEEKS = 40, 50
THREE = Horizon(2, 1)
QUICK = Settings(threads=1, trees=30, least_rows=20)
AHEAD = Periods(Frequency.WEEK, MONDAY + timedelta(7 * WEEKS), 3)


def on(kind: str, week: int, *skus: str) -> Event:
    """An event of a whole week; of all SKUs without any."""
    first = MONDAY + timedelta(7 * week)
    return Event(kind, first, first + timedelta(6), skus=frozenset(skus) or None)


class Shop:
    """Demand that is twice as high in every eighth week, that of a fair, and thrice in weeks of an offer or a promotion of a
    SKU; a model that was fitted with fairs and offers as events and with promotions as planned."""

    def __init__(self) -> None:
        chance = np.random.default_rng(4)
        offers, promotions = (chance.random((SERIES, WEEKS)) < 0.12 for _ in range(2))
        fairs = np.arange(WEEKS) % 8 == 3
        lift = (1 + 2 * offers) * (1 + 2 * promotions) * (1 + fairs)
        self.past = [on("offer", week, f"sku {row}") for row, week in np.argwhere(offers).tolist()]
        self.past += [on("fair", week) for week in np.flatnonzero(fairs).tolist()]
        panel = panel_of(chance.poisson(chance.uniform(10, 40, (SERIES, 1)) * lift))
        self.panel = replace(panel, promotion=promotions.astype(np.float32), events=self.past)
        self.model = fit(self.panel, self.planned(), QUICK)

    def planned(self, *rows: int) -> Horizon:
        """A promotion of some series in the second week."""
        cells = np.zeros((SERIES, 3), np.float32)
        cells[list(rows), 1] = 1
        return replace(THREE, plan={"promotion": cells})

    def forecast(self, *events: Event, promoted: tuple[int, ...] = ()) -> Forecast:
        panel = replace(self.panel, events=[*self.past, *events])
        return self.model.forecast(panel, self.planned(*promoted))


@pytest.fixture(scope="module")
def shop() -> Shop:
    """See `Shop`."""
    return Shop()


def test_what_an_event_adds_is_the_mean_with_it_less_the_mean_without(shop: Shop) -> None:
    usual, told = shop.forecast(), shop.forecast(on("offer", WEEKS + 1, "sku 7"))
    assert usual.events is not None
    assert told.events is not None
    assert not usual.events.total.any()
    assert told.events.kinds == ("offer",)
    assert told.events.total[7] == pytest.approx(told.mean[7] - usual.mean[7])
    assert 1.3 < told.mean[7] / usual.mean[7] < 2.2, "one week of three at thrice the demand: 5/3"
    assert told.events.of(7)[0][:3] == ("offer", AHEAD.starts[1].item(), AHEAD.ends[1].item())
    others = np.arange(SERIES) != 7
    assert not told.events.units[others].any()
    assert told.events.of(8) == ()
    for name in ("mean", "quantiles", "by_period"):
        assert getattr(told, name)[others].tobytes() == getattr(usual, name)[others].tobytes(), name


def test_an_event_adds_what_it_did_before_to_the_period_that_it_is_in(shop: Shop) -> None:
    usual, told = shop.forecast(), shop.forecast(on("offer", WEEKS + 1, *(f"sku {row}" for row in range(SERIES))))
    assert told.events is not None
    assert usual.by_period is not None
    assert told.by_period is not None
    assert told.events.total.sum() == pytest.approx(2 * usual.mean.sum() / 3, rel=0.1), "thrice as much in one week of three"
    np.testing.assert_allclose(told.by_period.sum(axis=0) / usual.by_period.sum(axis=0), [1, 3, 1], rtol=0.1)


def test_what_stands_in_where_history_is_short_knows_events_too() -> None:
    lift = 1 + 2 * (np.arange(30) % 5 == 1)
    panel = panel_of(np.random.default_rng(2).poisson(20 * lift, (3, 30)))
    shop = replace(panel, events=tuple(on("fair", week) for week in range(1, 30, 5)))
    model = fit(shop, THREE, QUICK)
    assert model.stands_in
    assert model.learned(shop, THREE) == {"fair"}
    usual, told = (model.forecast(replace(shop, events=(*shop.events, *more)), THREE) for more in ((), (on("fair", 31),)))
    assert told.events is not None
    assert usual.by_period is not None
    assert told.by_period is not None
    assert told.events.of(0)[0].units == pytest.approx(told.mean[0] - usual.mean[0])
    np.testing.assert_allclose(told.by_period / usual.by_period, np.tile([1, 3, 1], (3, 1)), rtol=0.25)
    without = replace(shop, events=())
    assert model.forecast(without, THREE).events is not None
    assert fit(without, THREE, QUICK).forecast(without, THREE).events is None


def test_events_that_a_model_does_not_look_at_leave_demand_as_it_is(shop: Shop) -> None:
    earlier = replace(shop.model, kinds=None).ready(shop.panel, shop.planned())
    without = shop.model.ready(replace(shop.panel, events=()), shop.planned())
    assert earlier.factor is not None
    assert without.factor is not None
    np.testing.assert_array_equal(earlier.factor.each, without.factor.each)
    assert shop.model.kinds == ("fair", "offer")


def test_what_is_planned_and_events_of_two_types_add_up_to_what_the_mean_has_above_that_without_any(shop: Shop) -> None:
    events = on("offer", WEEKS, "sku 7"), on("fair", WEEKS + 2)
    bare, told = shop.forecast(), shop.forecast(*events, promoted=(7, 8))
    assert told.of_plan is not None
    assert told.events is not None
    assert told.mean - told.of_plan - told.events.total == pytest.approx(bare.mean)
    assert [one.kind for one in told.events.of(7)] == ["fair", "offer"]
    assert [one.kind for one in told.events.of(8)] == ["fair"]
    assert (told.events.units[:, 0] > 0).all()
    assert (told.of_plan[[7, 8]] > 0).all()
    without_plan = shop.forecast(*events)
    assert without_plan.events is not None
    assert told.events.total == pytest.approx(without_plan.events.total), "events add to the mean with nothing planned"


def test_it_is_the_same_in_shards(shop: Shop) -> None:
    panel = replace(shop.panel, events=[*shop.past, on("offer", WEEKS, "sku 7", "sku 20"), on("fair", WEEKS + 1)])
    whole = shop.model.forecast(panel, shop.planned(7))
    parts = forecast_in_shards(Here(), shop.model, panel, shop.planned(7), size=16)
    assert whole.events is not None
    assert parts.events is not None
    for name in ("first", "last", "units"):
        assert getattr(parts.events, name).tobytes() == getattr(whole.events, name).tobytes()
    assert parts.events.kinds == whole.events.kinds


def test_without_events_nobody_says_what_they_add(shop: Shop) -> None:
    bare = replace(shop.panel, events=[])
    model = fit(bare, shop.planned(), QUICK)
    assert model.forecast(bare, shop.planned()).events is None
    late = replace(bare, events=[on("offer", WEEKS, "sku 7")])
    told, usual = model.forecast(late, shop.planned()), model.forecast(bare, shop.planned())
    assert told.events is not None
    assert told.events.kinds == (), "it has not learned the type"
    assert (told.mean.tobytes(), told.quantiles.tobytes()) == (usual.mean.tobytes(), usual.quantiles.tobytes())


def test_of_an_event_that_is_on_already_what_is_over_stays_in_the_past(shop: Shop) -> None:
    begun = on("offer", WEEKS - 1, "sku 7")
    over, lasting = shop.forecast(begun), shop.forecast(replace(begun, end=begun.end + timedelta(7)))
    assert lasting.events is not None
    assert lasting.events.of(7)[0][:3] == ("offer", AHEAD.first, AHEAD.ends[0].item())
    assert lasting.events.total[7] == pytest.approx(lasting.mean[7] - over.mean[7])


def test_a_model_says_which_types_it_looks_at(shop: Shop) -> None:
    panel = replace(shop.panel, events=[*shop.past, on("sale", WEEKS)])
    assert shop.model.learned(panel, THREE) == {"fair", "offer"}


kinds = st.sampled_from(["fair", "offer", "sale"])
some_events = st.lists(
    st.builds(
        lambda kind, start, days, sku: Event(
            kind, MONDAY + timedelta(start), MONDAY + timedelta(start + days), skus=frozenset([f"sku {sku}"]) if sku else None
        ),
        kinds, st.integers(250, 450), st.integers(0, 60), st.integers(0, 3),
    ),
    max_size=8,
)  # fmt: skip


@given(some_events, st.sets(kinds))
def test_events_that_are_put_off_leave_the_days_ahead_free_and_the_past_as_it_was(events: list[Event], off: set[str]) -> None:
    left = put_off(events, off, AHEAD)
    skus = [f"sku {row}" for row in range(4)]
    assert not off & set(found_ahead(left, skus, AHEAD).kinds)
    past = Periods(Frequency.DAY, MONDAY, 7 * WEEKS)
    for kind in ("fair", "offer", "sale"):
        was, now = ([one for one in some if one.kind == kind] for some in (events, left))
        assert found_ahead(now, skus, past).last.tolist() == found_ahead(was, skus, past).last.tolist()
        assert bool(was) == bool(now), "a type that there was keeps its features"


DAY = date(2026, 11, 11)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ([], None),
        ([EventAhead("Singles' Day", DAY, DAY, 5.0)], "demand event Singles' Day 2026-11-11"),
        (
            [EventAhead("a", DAY, DAY, 5.0), EventAhead("closure", DAY, DAY + timedelta(2), -9.0), EventAhead("c", DAY, DAY, 1)],
            "demand event closure 2026-11-11 to 2026-11-13 and 2 more",
        ),
        ([EventAhead("x" * 200, DAY, DAY + timedelta(1), 0.0)], f"demand event {'x' * 29}… 2026-11-11 to 2026-11-12"),
    ],
)  # fmt: skip
def test_the_event_with_most_units_is_named(told: list[EventAhead], name: str | None) -> None:
    assert named(told) == name
    assert len(name or "") <= 80, "as long as the name of a step may be"


@pytest.mark.parametrize(
    ("event", "names", "is_learned"),
    [
        (on("fair", WEEKS), {"days in fair"}, True),
        (on("fair", WEEKS), {"depth of fair ahead"}, False),
        (on("fair", WEEKS, "sku 1"), {"depth of fair ahead"}, True),
        (on("fair", WEEKS, "sku 1"), {"days in fair"}, False),
        (on("sale", WEEKS), {"days in sale"}, False),
        (replace(on("closure", WEEKS), day_off=True), {"workdays ahead"}, True),
        (on("make-up workday", WEEKS), {"workdays ahead"}, True),
        (replace(on("closure", WEEKS, "sku 1"), day_off=True), {"workdays ahead"}, False),
    ],
)
def test_a_type_is_learned_once_it_has_been_and_has_features(event: Event, names: set[str], is_learned: bool) -> None:
    assert (event in learned_events([on("fair", 3), event], names, MONDAY + timedelta(7 * WEEKS - 1))) is is_learned
