"""What every distribution of demand can answer; all of it follows from the moments of its upper tail.

Units are those of demand (eaches). Parameters and arguments are numbers or numpy arrays that broadcast against each other,
one element for each SKU; a number gives a numpy scalar.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from forecasting.parameters import Floats, Numbers, share


class Distribution(ABC):
    """Demand X over some period: days, a lead time, a protection period."""

    __slots__ = ()

    @property
    @abstractmethod
    def mean(self) -> Numbers:
        """E[X]."""

    @property
    @abstractmethod
    def sd(self) -> Numbers:
        """Standard deviation of X."""

    @property
    @abstractmethod
    def is_whole(self) -> bool:
        """Whether X takes whole numbers only, so that stock levels are best whole too."""

    @abstractmethod
    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """E[X^power; X > x] for power 0, 1 or 2: the part of the moment that lies above `x`."""

    @abstractmethod
    def _quantile(self, probability: Floats) -> Floats:
        """The smallest x with P(X <= x) >= probability."""

    def quantile(self, probability: Numbers) -> Floats:
        """The smallest x with P(X <= x) >= `probability`, which lies between 0 and 1."""
        share(probability=probability)
        return self._quantile(np.asarray(probability, dtype=np.float64))

    def cdf(self, x: Numbers) -> Floats:
        """P(X <= x): the cycle service of stock `x`."""
        return np.subtract(1.0, self.tail_moment(x, 0))

    def shortage(self, x: Numbers) -> Floats:
        """ES(x) = E[(X - x)+]: units short of demand with stock `x`, the loss function n(x). Convex, falling to zero."""
        x = np.asarray(x, dtype=np.float64)
        return np.maximum(self.tail_moment(x, 1) - x * self.tail_moment(x, 0), 0.0)

    def surplus(self, x: Numbers) -> Floats:
        """E[(x - X)+] = x - E[X] + ES(x): units left over from stock `x`."""
        return np.maximum(np.subtract(x, self.mean) + self.shortage(x), 0.0)

    def half_square_shortage(self, x: Numbers) -> Floats:
        """E[((X - x)+)^2] / 2, the integral of ES from `x` up: the second-order loss function n2(x)."""
        x = np.asarray(x, dtype=np.float64)
        square = self.tail_moment(x, 2) - 2 * x * self.tail_moment(x, 1) + x**2 * self.tail_moment(x, 0)
        return np.maximum(square / 2, 0.0)

    def pmf(self, x: Numbers) -> Floats:
        """P(X = x) of whole demand; none between whole numbers."""
        chance = np.subtract(self.cdf(x), self.cdf(np.subtract(x, 1.0)))
        return np.where(np.equal(x, np.floor(x)), chance, 0.0)[()]
