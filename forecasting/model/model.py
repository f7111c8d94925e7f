"""The demand model: fit, forecast, and to bytes and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import numpy as np

from forecasting.baselines.baseline import BASELINES
from forecasting.calendar.event import Event, joined, known_at
from forecasting.features.future import learned_events
from forecasting.features.table import Matrix, Rows, matrix, with_other_days_ahead
from forecasting.features.view import History, history_of
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS
from forecasting.model.calibration import Calibration
from forecasting.model.combination import Combination
from forecasting.model.moved import at_the_end, of_events, of_plan
from forecasting.model.pieces import ratios
from forecasting.model.pooled import Pooled
from forecasting.model.pools import NO_POOLS, Pools
from forecasting.model.profile import spread, until_withdrawn
from forecasting.model.rhythm import rhythms
from forecasting.model.rivals import rival_sums
from forecasting.model.settings import Settings
from forecasting.model.stand_in import EARLIER, forecast_by
from forecasting.model.training import all_events, scale_of
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import Floats, ParameterError

MAGIC: Final = b"skuld demand model 1\n"
DIGEST: Final = 32


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted model; it changes no more and depends on nothing outside.

    Attributes:
        settings: it was fitted with.
        frequency, lead_time, review: of the histories and the horizon it is for.
        planned: columns that it looks at ahead.
        names: of the features, in the order of the matrix.
        trees: of each head, as LightGBM's text; empty when a baseline stands in.
        combination: what the mean is made of.
        calibration: what makes quantiles of the heads.
        stands_in: why a baseline stands in; empty when none does.
        pooled: errors of simple methods that stand beside the heads' quantiles.
        is_adjusted: it looks at demand without what promotions, prices and days of the week do, and puts that back; models
            of earlier releases do not.
        stand_in: who forecasts then.
        pools: series that have trees of their own.
        kinds: types of events that it looks at, whose effects are taken out of demand and put back; None of models of earlier
            releases, which take out none.
        own_trees: those, as `trees`, in the order of the pools' labels; `trees` are for all other series.
    """

    settings: Settings
    frequency: Frequency
    lead_time: int
    review: int
    planned: tuple[str, ...]
    names: tuple[str, ...]
    trees: dict[str, str]
    combination: Combination
    calibration: Calibration
    stands_in: str = ""
    pooled: Pooled = field(default_factory=Pooled)
    is_adjusted: bool = False
    stand_in: str = EARLIER
    pools: Pools = NO_POOLS
    own_trees: tuple[dict[str, str], ...] = ()
    kinds: tuple[str, ...] | None = None

    def forecast(self, history: Panel, horizon: Horizon, events: Iterable[Event] = ()) -> Forecast:
        """Forecast every series that is on sale at the end of `history`, of which nothing is fitted.

        Args:
            history: as long as it is now; at least one period.
            horizon: lead time and review of the fit; its plan may hold `promotion` and `price` if they were planned in the fit
                (none and the usual price when not given), and `on_sale`, the share of each period in which the series can
                still be had, 0 to 1: a series that is phased out sells no longer.
            events: that were announced since the fit.
        Raises:
            ParameterError: the history's periods or the horizon are not those of the fit, or a plan has another shape.
        """
        self._refuse_other(history, horizon)
        if self.stands_in:
            known = self._told(history, horizon, events)
            said = forecast_by(self.stand_in, history, horizon, self.planned, known, self.kinds)
            return until_withdrawn(said, horizon)
        seen = self.ready(history, horizon, events)
        return until_withdrawn(spread(self.part(seen, history.on_sale()[:, -1]), seen), horizon)

    def ready(self, history: Panel, horizon: Horizon, events: Iterable[Event] = ()) -> History:
        """The history as `part` takes it; arguments as of `forecast`."""
        self._refuse_other(history, horizon)
        known = self._told(history, horizon, events)
        return history_of(history, horizon, self.planned, known, is_adjusted=self.is_adjusted, kinds=self.kinds)

    def part(self, seen: History, on_sale: np.ndarray) -> Forecast:
        """Sums of a history that is ready, or of a `block` of its series; `on_sale` is a mask of these, at its end."""
        rows = at_the_end(seen, on_sale)
        features = matrix(seen, rows, self.names)
        mean, quantiles = self._sums(seen, rows, features)
        whole = _filled(mean, rows.series, len(on_sale))

        def ask(history: History, some: Rows) -> Floats:
            known = features[np.searchsorted(rows.series, some.series)]
            return self._mean(history, some, with_other_days_ahead(known, history, some, self.names))

        planned = of_plan(seen, on_sale, whole, ask) if self.planned else None
        learned = learned_events(seen.events, self.names, seen.periods.last_day, self.kinds)
        usual = whole if planned is None else whole - planned
        events = of_events(seen, on_sale, usual, ask, learned) if seen.events else None
        found = _filled(quantiles, rows.series, len(on_sale))
        return Forecast(whole, found, of_plan=planned, events=events, trees=self.pools.told)

    def learned(self, history: Panel, horizon: Horizon) -> frozenset[str]:
        """Types of events, known at the end of a history, that it looks at."""
        if self.stands_in and self.kinds is None:
            return frozenset()
        known, last_day = joined(self._told(history, horizon), history.events), history.periods.last_day
        names = () if self.stands_in else self.names
        looked_at = learned_events(known_at(known, last_day), names, last_day, self.kinds)
        return frozenset(event.kind for event in looked_at)

    def to_bytes(self) -> bytes:
        """The model, behind a digest of itself. Equal models give equal bytes."""
        body = msgspec.msgpack.encode(self, order="deterministic")
        return MAGIC + hashlib.sha256(body).digest() + body

    @classmethod
    def from_bytes(cls, stored: bytes) -> Model:
        """The model that gave these bytes.

        Raises:
            ParameterError: they are not a model of this version, or not as they were written.
        """
        head, digest, body = stored[: len(MAGIC)], stored[len(MAGIC) : len(MAGIC) + DIGEST], stored[len(MAGIC) + DIGEST :]
        if head != MAGIC:
            raise ParameterError("model", repr(head), f"bytes that begin with {MAGIC!r}")
        if hashlib.sha256(body).digest() != digest:
            raise ParameterError("digest of the model", digest.hex(), "that of its bytes: they were changed or cut short")
        return msgspec.msgpack.decode(body, type=cls)

    @property
    def digest(self) -> str:
        """SHA-256 of the model's content, hexadecimal: its name."""
        return self.to_bytes()[len(MAGIC) : len(MAGIC) + DIGEST].hex()

    def _told(self, history: Panel, horizon: Horizon, events: Iterable[Event] = ()) -> Iterable[Event]:
        """Events beside those of the history."""
        with_events = replace(self.settings, events=(*self.settings.events, *events))
        return all_events(history.periods, horizon.protection, with_events)

    def _sums(self, history: History, rows: Rows, features: Matrix) -> tuple[Floats, Floats]:
        """Mean and quantiles of the sum, shape (rows,) and (rows, levels)."""
        said = self._said(set(self.trees), history, rows, features)
        mean = self._mean(history, rows, features, said)
        rhythm = rhythms(features, self.names, self.frequency)
        levels = np.column_stack([said[f"p{100 * level:g}"] for level in LEVELS])
        scale = scale_of(history, rows)
        return mean, self.pooled.mixed(self.calibration.quantiles(levels, mean, scale, rhythm), mean, rhythm)

    def _mean(self, history: History, rows: Rows, features: Matrix, said: dict[str, Floats] | None = None) -> Floats:
        """Mean of the sum, shape (rows,); only the heads that it is made of are asked, unless all have been."""
        names = self.combination.names
        said = self._said(names, history, rows, features) if said is None else said
        scale = scale_of(history, rows)
        rivals = rival_sums(names & set(BASELINES), history, rows)
        rhythm = rhythms(features, self.names, self.frequency)
        return self.combination.mean({name: ratio * scale for name, ratio in said.items()} | rivals, rhythm)

    def _said(self, names: set[str], history: History, rows: Rows, features: Matrix) -> dict[str, Floats]:
        """What heads say of each row, over scale, by the trees of its pool."""
        asked = [name for name in self.trees if name in names]
        said = {name: ratios(self.trees[name], features, self.settings.threads) for name in asked}
        members = self.pools.members(history, rows, features, self.names)
        for pool, own in enumerate(self.own_trees):
            ours = members == pool
            for name in asked:
                said[name][ours] = ratios(own[name], features[ours], self.settings.threads)
        return said

    def _refuse_other(self, history: Panel, horizon: Horizon) -> None:
        if history.periods.frequency is not self.frequency:
            raise ParameterError(
                "periods of the history", history.periods.frequency.value, f"{self.frequency.value}, as fitted"
            )
        ours, theirs = (self.lead_time, self.review), (horizon.lead_time, horizon.review)
        if sum(ours) != sum(theirs):
            raise ParameterError("lead_time and review", theirs, f"{ours}, as fitted, or the same in sum")


def _filled(values: Floats, places: np.ndarray, series: int) -> Floats:
    whole = np.full((series, *values.shape[1:]), np.nan)
    whole[places] = values
    return whole
