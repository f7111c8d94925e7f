"""Demand that is one of several with given chances: over a lead time that was seen to take different lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, ParameterError, not_negative
from forecasting.solving import first_reaching


class Mixture(Distribution):
    """Exact where mean and spread alone mislead: lead times of 3 or 30 days are not one of 16 with a wide normal.

    With `parts` the demand over each lead time seen and `weights` how often it was seen, this is demand over the lead time.
    """

    __slots__ = ("_chances", "_parts")

    def __init__(self, parts: Sequence[Distribution], weights: ArrayLike) -> None:
        """`parts`: at least one, all of the same SKUs. `weights`: one for each part, not negative, not all zero."""
        not_negative(weights=weights)
        weight = np.asarray(weights, dtype=np.float64)
        if weight.shape != (len(parts),) or not weight.sum():
            raise ParameterError("weights", f"of shape {weight.shape} and sum {weight.sum()}", f"{len(parts)}, not all zero")
        self._parts, self._chances = tuple(parts), tuple((weight / weight.sum()).tolist())

    @property
    def mean(self) -> Numbers:
        """Weighted mean of the parts' means."""
        return np.asarray(sum(chance * np.asarray(part.mean) for chance, part in self._each()))[()]

    @property
    def sd(self) -> Numbers:
        """From the variance within the parts and between them."""
        mean = self.mean
        squares = (chance * (np.square(part.sd) + np.square(np.subtract(part.mean, mean))) for chance, part in self._each())
        spread: Numbers = np.sqrt(np.asarray(sum(squares)))[()]
        return spread

    @property
    def is_whole(self) -> bool:
        """Whether every part is."""
        return all(part.is_whole for part in self._parts)

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """Weighted sum of the parts' moments."""
        return np.asarray(sum(chance * part.tail_moment(x, power) for chance, part in self._each()))[()]

    def shortage(self, x: Numbers) -> Floats:
        """Weighted sum of the parts' shortages, each in its own exact form."""
        return np.asarray(sum(chance * part.shortage(x) for chance, part in self._each()))[()]

    def half_square_shortage(self, x: Numbers) -> Floats:
        """Likewise."""
        return np.asarray(sum(chance * part.half_square_shortage(x) for chance, part in self._each()))[()]

    def pmf(self, x: Numbers) -> Floats:
        """Likewise."""
        return np.asarray(sum(chance * part.pmf(x) for chance, part in self._each()))[()]

    def _quantile(self, probability: Floats) -> Floats:
        at = first_reaching(self.cdf, probability, self.mean, np.add(self.sd, 1e-9))
        return np.ceil(at - 1e-9 * np.maximum(1.0, np.abs(at))) if self.is_whole else at

    def _each(self) -> zip[tuple[float, Distribution]]:
        return zip(self._chances, self._parts, strict=True)
