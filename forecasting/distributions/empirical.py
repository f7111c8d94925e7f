"""Demand as it was seen or forecast: a sample of it, or a table of its quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, ParameterError, finite, not_negative, share


class Sample(Distribution):
    """Demand that takes the values it was seen to take, each with its weight."""

    __slots__ = ("_cumulative", "_tails", "_values", "_whole")

    def __init__(self, values: ArrayLike, weights: ArrayLike | None = None) -> None:
        """`values`: one dimension, at least one, finite. `weights`: one for each, not negative, not all zero; else equal."""
        finite(values=values)
        seen = np.asarray(values, dtype=np.float64)
        weight = np.ones(seen.shape) if weights is None else np.asarray(weights, dtype=np.float64)
        not_negative(weights=weight)
        if seen.ndim != 1 or not seen.size:
            raise ParameterError("values", f"of shape {seen.shape}", "one dimension with at least one value")
        if weight.shape != seen.shape or not weight.sum():
            raise ParameterError(
                "weights", f"of shape {weight.shape} and sum {weight.sum()}", "one for each value, not all zero"
            )
        order = np.argsort(seen, kind="stable")
        self._values, chances = seen[order], weight[order] / weight.sum()
        self._cumulative = np.cumsum(chances)
        self._cumulative[-1] = 1.0
        # _tails[k][i] is the sum of chance * value^k from place i on
        self._tails = [np.append(np.cumsum((chances * self._values**k)[::-1])[::-1], 0.0) for k in range(3)]
        self._whole = bool(np.all(seen == np.floor(seen)) and seen.min() >= 0)

    @property
    def mean(self) -> Numbers:
        """Weighted mean of the values."""
        return float(self._tails[1][0])

    @property
    def sd(self) -> Numbers:
        """Standard deviation of the values themselves, not an estimate of where they came from (divisor n)."""
        chances = np.diff(self._cumulative, prepend=0.0)
        return float(np.sqrt(np.sum(chances * (self._values - self.mean) ** 2)))

    @property
    def is_whole(self) -> bool:
        """Whether every value is a whole number, zero or above."""
        return self._whole

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """Sum over the values above `x`."""
        above: Floats = self._tails[power][np.searchsorted(self._values, x, side="right")]
        return above

    def _quantile(self, probability: Floats) -> Floats:
        value: Floats = self._values[np.searchsorted(self._cumulative, probability * (1 - 1e-12), side="left")]
        return value


class QuantileTable(Distribution):
    """Demand known by some of its quantiles, spread evenly between neighbours: a mixture of uniforms, in closed form.

    Outside the table the nearest segment goes on at its slope, not below `least`. Equal neighbours are a value with a
    chance of its own, as zero has for intermittent demand.
    """

    __slots__ = ("_bounds", "_levels", "_weights")

    is_whole = False

    def __init__(self, levels: ArrayLike, values: ArrayLike, least: float = 0.0) -> None:
        """The table: `levels` (k >= 2, between 0 and 1, rising) and the quantiles at them.

        `values` has shape (..., k), one row for each SKU, none falling along it. Demand is never below `least`.
        """
        share(levels=levels)
        finite(values=values, least=least)
        table, quantiles = np.asarray(levels, np.float64), np.asarray(values, np.float64)
        if table.ndim != 1 or table.size < 2 or np.any(np.diff(table) <= 0):
            raise ParameterError("levels", table.tolist(), "two or more in one dimension, rising")
        if quantiles.ndim < 1 or quantiles.shape[-1] != table.size or np.any(np.diff(quantiles, axis=-1) < 0):
            raise ParameterError(
                "values", f"of shape {quantiles.shape}", f"{table.size} in a row, none below the one before it"
            )
        slopes = np.diff(quantiles, axis=-1) / np.diff(table)
        first = quantiles[..., :1] - slopes[..., :1] * table[0]
        last = quantiles[..., -1:] + slopes[..., -1:] * (1 - table[-1])
        self._bounds = np.maximum(np.concatenate([first, quantiles, last], axis=-1), least)
        self._levels = np.concatenate([[0.0], table, [1.0]])
        self._weights = np.diff(self._levels)

    def row(self, place: int) -> QuantileTable:
        """The table of one SKU of many."""
        one = object.__new__(QuantileTable)
        one._levels, one._weights, one._bounds = self._levels, self._weights, self._bounds[place]
        return one

    @property
    def mean(self) -> Numbers:
        """Exact mean of the mixture."""
        mean: Any = np.sum(self._weights * (self._bounds[..., :-1] + self._bounds[..., 1:]) / 2, axis=-1)
        return mean  # type: ignore[no-any-return]  # a scalar for one SKU, an array for many

    @property
    def sd(self) -> Numbers:
        """Exact standard deviation of the mixture."""
        low, high = self._bounds[..., :-1], self._bounds[..., 1:]
        centre = np.asarray(self.mean)[..., None]
        low, high = low - centre, high - centre
        return np.sqrt(np.sum(self._weights * (low**2 + low * high + high**2) / 3, axis=-1))  # type: ignore[no-any-return]

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """Each segment is uniform: the share of it above `x`, times the moment over that part."""
        _, start, high, weight = self._above(x)
        moment = (1.0, (start + high) / 2, (start**2 + start * high + high**2) / 3)[power]
        return np.sum(weight * moment, axis=-1)  # type: ignore[no-any-return]

    def shortage(self, x: Numbers) -> Floats:
        """Each segment's share above `x`, times how far its middle lies above."""
        at, start, high, weight = self._above(x)
        return np.sum(weight * ((start + high) / 2 - at), axis=-1)  # type: ignore[no-any-return]

    def _above(self, x: Numbers) -> tuple[Floats, Floats, Floats, Floats]:
        """`x`, and where the part of each segment above it starts and ends, and its chance."""
        low, high = self._bounds[..., :-1], self._bounds[..., 1:]
        at = np.asarray(x, dtype=np.float64)[..., None]
        start, width = np.clip(at, low, high), high - low
        share_of = np.where(width > 0, (high - start) / np.where(width > 0, width, 1.0), low > at)
        return at, start, high, self._weights * share_of

    def _quantile(self, probability: Floats) -> Floats:
        segment = np.clip(np.searchsorted(self._levels, probability, side="left") - 1, 0, self._weights.size - 1)
        share_of = (probability - self._levels[segment]) / self._weights[segment]
        place = np.broadcast_to(segment, np.broadcast_shapes(segment.shape, self._bounds.shape[:-1]))[..., None]
        bounds = np.broadcast_to(self._bounds, (*place.shape[:-1], self._bounds.shape[-1]))
        low, high = np.take_along_axis(bounds, place, -1)[..., 0], np.take_along_axis(bounds, place + 1, -1)[..., 0]
        return np.asarray(low + share_of * (high - low))[()]
