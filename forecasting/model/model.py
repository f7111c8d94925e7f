"""The demand model: fit, forecast, and to bytes and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec
import numpy as np

from forecasting.baselines.baseline import BASELINES
from forecasting.calendar.event import Event
from forecasting.features.planned import moves, unplanned
from forecasting.features.table import Rows, matrix
from forecasting.features.view import History, history_of
from forecasting.forecast import Forecast, Horizon
from forecasting.metrics import LEVELS
from forecasting.model.calibration import Calibration
from forecasting.model.combination import Combination
from forecasting.model.pieces import ratios
from forecasting.model.pooled import Pooled
from forecasting.model.pools import NO_POOLS, Pools
from forecasting.model.profile import shares, shares_of_plan
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
            return _until_withdrawn(forecast_by(self.stand_in, history, horizon, self.planned), horizon)
        seen = self.ready(history, horizon, events)
        return _until_withdrawn(spread(self.part(seen, history.on_sale()[:, -1]), seen), horizon)

    def ready(self, history: Panel, horizon: Horizon, events: Iterable[Event] = ()) -> History:
        """The history as `part` takes it; arguments as of `forecast`."""
        self._refuse_other(history, horizon)
        with_events = replace(self.settings, events=(*self.settings.events, *events))
        known = all_events(history.periods, horizon.protection, with_events)
        return history_of(history, horizon, self.planned, known, is_adjusted=self.is_adjusted)

    def part(self, seen: History, on_sale: np.ndarray) -> Forecast:
        """Sums of a history that is ready, or of a `block` of its series; `on_sale` is a mask of these, at its end."""
        rows = _at_the_end(seen, on_sale)
        mean, quantiles = self._sums(seen, rows)
        whole = _filled(mean, rows.series, len(on_sale))
        of_plan = self._of_plan(seen, on_sale, whole) if self.planned else None
        return Forecast(whole, _filled(quantiles, rows.series, len(on_sale)), of_plan=of_plan, trees=self.pools.told)

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

    def _of_plan(self, seen: History, on_sale: np.ndarray, mean: Floats) -> Floats:
        """What the mean has above that with nothing planned; only series with a plan are asked about again."""
        found = np.where(on_sale, 0.0, np.nan)
        rows = _at_the_end(seen, on_sale & moves(seen).any(axis=1))
        if len(rows):
            found[rows.series] = mean[rows.series] - self._sums(unplanned(seen), rows)[0]
        return found

    def _sums(self, history: History, rows: Rows) -> tuple[Floats, Floats]:
        """Mean and quantiles of the sum, shape (rows,) and (rows, levels)."""
        features = matrix(history, rows, self.names)
        scale = scale_of(history, rows)
        said = {name: ratios(trees, features, self.settings.threads) for name, trees in self.trees.items()}
        members = self.pools.members(history, rows, features, self.names)
        for pool, own in enumerate(self.own_trees):
            ours = members == pool
            for name, trees in own.items():
                said[name][ours] = ratios(trees, features[ours], self.settings.threads)
        rhythm = rhythms(features, self.names, self.frequency)
        rivals = rival_sums(self.combination.names & set(BASELINES), history, rows)
        mean = self.combination.mean({name: ratio * scale for name, ratio in said.items()} | rivals, rhythm)
        levels = np.column_stack([said[f"p{100 * level:g}"] for level in LEVELS])
        return mean, self.pooled.mixed(self.calibration.quantiles(levels, mean, scale, rhythm), mean, rhythm)

    def _refuse_other(self, history: Panel, horizon: Horizon) -> None:
        if history.periods.frequency is not self.frequency:
            raise ParameterError(
                "periods of the history", history.periods.frequency.value, f"{self.frequency.value}, as fitted"
            )
        ours, theirs = (self.lead_time, self.review), (horizon.lead_time, horizon.review)
        if sum(ours) != sum(theirs):
            raise ParameterError("lead_time and review", theirs, f"{ours}, as fitted, or the same in sum")


def spread(sums: Forecast, seen: History) -> Forecast:
    """Sums with the single periods that they fall on; `seen` holds every series, for they share their weeks. What comes of a
    plan falls on the periods that something is planned for."""
    if sums.of_plan is None:
        return replace(sums, by_period=sums.mean[:, None] * shares(seen))
    usual = (sums.mean - sums.of_plan)[:, None] * shares(unplanned(seen))
    by_period = usual + sums.of_plan[:, None] * shares_of_plan(seen)
    below = (by_period < 0).any(axis=1)
    left = np.maximum(by_period[below], 0.0)
    by_period[below] = left * (sums.mean[below] / np.maximum(left.sum(axis=1), 1e-9))[:, None]
    return replace(sums, by_period=by_period)


def _at_the_end(seen: History, chosen: np.ndarray) -> Rows:
    """Some series, by a mask, at the last period known."""
    series = np.flatnonzero(chosen)
    return Rows(series, np.full(len(series), len(seen.periods) - 1))


def _filled(values: Floats, places: np.ndarray, series: int) -> Floats:
    whole = np.full((series, *values.shape[1:]), np.nan)
    whole[places] = values
    return whole


def _until_withdrawn(forecast: Forecast, horizon: Horizon) -> Forecast:
    """Only what falls on the time in which each series can still be had."""
    on_sale = horizon.plan.get("on_sale")
    if on_sale is None or forecast.by_period is None:
        return forecast
    if on_sale.shape != forecast.by_period.shape:
        raise ParameterError("plan of on_sale", f"of shape {on_sale.shape}", f"of shape {forecast.by_period.shape}")
    by_period = forecast.by_period * np.clip(on_sale, 0, 1)
    whole = np.where(forecast.mean > 0, forecast.mean, 1.0)
    part = np.where(forecast.mean > 0, by_period.sum(axis=1) / whole, on_sale.mean(axis=1))
    of_plan = None if forecast.of_plan is None else forecast.of_plan * part
    mean, quantiles = forecast.mean * part, forecast.quantiles * part[:, None]
    return replace(forecast, mean=mean, quantiles=quantiles, by_period=by_period, of_plan=of_plan)
