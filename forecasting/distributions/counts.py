"""Demand in whole units: Poisson and negative binomial, exact.

The loss function is exact between whole numbers too: with n = floor(x), the units that matter are those above n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import betainc, gammaln, pdtrc, xlogy

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, ParameterError, not_negative, positive


@dataclass(frozen=True, slots=True, eq=False)
class Poisson(Distribution):
    """Poisson demand; a mean of zero is demand that never comes."""

    mean: Numbers
    is_whole = True

    def __post_init__(self) -> None:
        not_negative(mean=self.mean)

    @property
    def sd(self) -> Numbers:
        """Square root of the mean."""
        return np.sqrt(self.mean)

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """From E[X; X > n] = m P(X > n - 1) and E[X (X - 1); X > n] = m^2 P(X > n - 2)."""
        n = np.floor(x)
        if power == 0:
            return self._above(n)
        first = np.asarray(self.mean * self._above(n - 1))
        return first if power == 1 else first + np.square(self.mean) * self._above(n - 2)

    def pmf(self, x: Numbers) -> Floats:
        """exp(-m) m^x / x!."""
        k = np.asarray(x, dtype=np.float64)
        return _at_whole(k, np.exp(xlogy(np.maximum(k, 0), self.mean) - self.mean - gammaln(np.maximum(k, 0) + 1)))

    def _quantile(self, probability: Floats) -> Floats:
        return _settled(self, probability, stats.poisson.ppf(probability, self.mean))

    def _above(self, n: Floats) -> Floats:
        return np.where(n < 0, 1.0, pdtrc(np.maximum(n, 0), self.mean))[()]


@dataclass(frozen=True, slots=True, eq=False)
class NegativeBinomial(Distribution):
    """Failures before the `r`-th success of chance `p`: mean r (1 - p) / p, variance mean / p. `r` need not be whole."""

    r: Numbers
    p: Numbers
    is_whole = True

    def __post_init__(self) -> None:
        positive(r=self.r, p=self.p)
        if np.any(np.greater_equal(self.p, 1)):
            raise ParameterError("p", float(np.max(self.p)), "below 1")

    @classmethod
    def from_mean_sd(cls, mean: Numbers, sd: Numbers) -> NegativeBinomial:
        """The one with this mean and standard deviation.

        Raises:
            ParameterError: `sd` is not above the square root of the mean; such demand is Poisson or tamer.
        """
        positive(mean=mean, sd=sd)
        variance = np.square(sd)
        if np.any(variance <= mean):
            raise ParameterError("sd", float(np.min(sd)), "above the square root of the mean: use Poisson")
        return cls(np.square(mean) / (variance - mean), mean / variance)

    @property
    def mean(self) -> Numbers:
        """r (1 - p) / p."""
        return self.r * np.subtract(1.0, self.p) / self.p

    @property
    def sd(self) -> Numbers:
        """sqrt(mean / p)."""
        return np.sqrt(self.mean / self.p)

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """From k f(k; r) = mean f(k - 1; r + 1): each moment is the tail of a higher r."""
        n = np.floor(x)
        if power == 0:
            return self._above(n, 0)
        first = np.asarray(self.mean * self._above(n - 1, 1))
        odds = np.subtract(1.0, self.p) / self.p
        return first if power == 1 else first + np.multiply(self.r, np.add(self.r, 1)) * odds**2 * self._above(n - 2, 2)

    def pmf(self, x: Numbers) -> Floats:
        """C(x + r - 1, x) p^r (1 - p)^x."""
        k = np.maximum(x, 0.0)
        ways = gammaln(k + self.r) - gammaln(k + 1) - gammaln(self.r)
        return _at_whole(np.asarray(x, np.float64), np.exp(ways + self.r * np.log(self.p) + k * np.log1p(np.negative(self.p))))

    def _quantile(self, probability: Floats) -> Floats:
        return _settled(self, probability, stats.nbinom.ppf(probability, self.r, self.p))

    def _above(self, n: Floats, more: int) -> Floats:
        above = betainc(np.maximum(n, 0.0) + 1, np.add(self.r, more), np.subtract(1.0, self.p))
        return np.where(n < 0, 1.0, above)[()]


def _at_whole(k: Floats, mass: Floats) -> Floats:
    return np.where((k >= 0) & (k == np.floor(k)), mass, 0.0)[()]


def _settled(demand: Distribution, probability: Floats, guess: Floats) -> Floats:
    """The library's quantile, moved by one where its cdf and ours round differently."""
    raised = np.where(demand.cdf(guess) < probability, guess + 1, guess)
    lower = (raised >= 1) & (demand.cdf(raised - 1) >= probability)
    return np.where(lower, raised - 1, raised)[()]
