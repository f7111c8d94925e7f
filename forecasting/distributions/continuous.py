"""Continuous demand: normal, lognormal and gamma, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, gammainccinv, gammaincinv, ndtr, ndtri

from forecasting.distributions.distribution import Distribution
from forecasting.parameters import Floats, Numbers, finite, not_negative, positive


@dataclass(frozen=True, slots=True, eq=False)
class Normal(Distribution):
    """Normal demand. `sd` may be zero: demand is then certain. Mass below zero is kept, as the textbooks do."""

    mean: Numbers
    sd: Numbers
    is_whole = False

    def __post_init__(self) -> None:
        finite(mean=self.mean)
        not_negative(sd=self.sd)

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """Closed form, Johnson, Kotz and Balakrishnan, chapter 13."""
        z = self._z(x)
        above, density = ndtr(-z), _density(z)
        if power == 0:
            return np.asarray(above)
        if power == 1:
            return np.asarray(self.mean * above + self.sd * density)
        square = np.square(self.mean) + np.square(self.sd)
        return np.asarray(square * above + np.multiply(self.sd, np.add(self.mean, x)) * density)

    def shortage(self, x: Numbers) -> Floats:
        """sd * [phi(z) - z (1 - Phi(z))], Silver, Pyke and Thomas."""
        z = np.clip(self._z(x), -1e9, 1e9)
        spread = np.maximum(self.sd * (_density(z) - z * ndtr(-z)), 0.0)
        return np.where(np.equal(self.sd, 0), np.maximum(np.subtract(self.mean, x), 0.0), spread)[()]

    def half_square_shortage(self, x: Numbers) -> Floats:
        """sd^2 / 2 * [(z^2 + 1)(1 - Phi(z)) - z phi(z)], Snyder and Shen."""
        z = np.clip(self._z(x), -1e9, 1e9)
        spread = np.maximum(np.square(self.sd) / 2 * ((z**2 + 1) * ndtr(-z) - z * _density(z)), 0.0)
        certain = np.square(np.maximum(np.subtract(self.mean, x), 0.0)) / 2
        return np.where(np.equal(self.sd, 0), certain, spread)[()]

    def _quantile(self, probability: Floats) -> Floats:
        return np.asarray(self.mean + self.sd * ndtri(probability))[()]

    def _z(self, x: Numbers) -> Floats:
        """Standard score; certain demand is above all that is less than it, and not above itself."""
        gap = np.subtract(x, self.mean)
        certain = np.where(gap < 0, -np.inf, np.inf)
        return np.where(np.equal(self.sd, 0), certain, gap / np.where(np.equal(self.sd, 0), 1.0, self.sd))[()]


@dataclass(frozen=True, slots=True, eq=False)
class Lognormal(Distribution):
    """Demand whose natural logarithm is normal with mean `log_mean` and standard deviation `log_sd`."""

    log_mean: Numbers
    log_sd: Numbers
    is_whole = False

    def __post_init__(self) -> None:
        finite(log_mean=self.log_mean)
        positive(log_sd=self.log_sd)

    @classmethod
    def from_mean_sd(cls, mean: Numbers, sd: Numbers) -> Lognormal:
        """The one with this mean and standard deviation of demand itself, both above zero."""
        positive(mean=mean, sd=sd)
        variance = np.log1p(np.square(np.divide(sd, mean)))
        return cls(np.log(mean) - variance / 2, np.sqrt(variance))

    @property
    def mean(self) -> Numbers:
        """exp(log_mean + log_sd^2 / 2)."""
        return np.exp(self.log_mean + np.square(self.log_sd) / 2)

    @property
    def sd(self) -> Numbers:
        """mean * sqrt(exp(log_sd^2) - 1)."""
        return self.mean * np.sqrt(np.expm1(np.square(self.log_sd)))

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """exp(k m + k^2 v / 2) * Phi((m + k v - ln x) / s); all of it lies above x <= 0."""
        x = np.asarray(x, dtype=np.float64)
        variance = np.square(self.log_sd)
        whole = np.exp(power * np.asarray(self.log_mean) + power**2 * variance / 2)
        log_x = np.log(np.where(x > 0, x, 1.0))
        above = ndtr((self.log_mean + power * variance - log_x) / self.log_sd)
        return np.asarray(whole * np.where(x > 0, above, 1.0))[()]

    def _quantile(self, probability: Floats) -> Floats:
        return np.asarray(np.exp(self.log_mean + self.log_sd * ndtri(probability)))[()]


@dataclass(frozen=True, slots=True, eq=False)
class Gamma(Distribution):
    """Gamma demand: mean `shape` * `scale`, variance `shape` * `scale`^2."""

    shape: Numbers
    scale: Numbers
    is_whole = False

    def __post_init__(self) -> None:
        positive(shape=self.shape, scale=self.scale)

    @classmethod
    def from_mean_sd(cls, mean: Numbers, sd: Numbers) -> Gamma:
        """The one with this mean and standard deviation, both above zero."""
        positive(mean=mean, sd=sd)
        return cls(np.square(np.divide(mean, sd)), np.square(sd) / mean)

    @property
    def mean(self) -> Numbers:
        """shape * scale."""
        return self.shape * self.scale

    @property
    def sd(self) -> Numbers:
        """sqrt(shape) * scale."""
        return np.sqrt(self.shape) * self.scale

    def tail_moment(self, x: Numbers, power: int) -> Floats:
        """Moments of a gamma are gammas of a higher shape: E[X; X > x] = mean * P(Gamma(shape + 1) > x)."""
        factor = (1.0, self.mean, self.mean * (self.mean + self.scale))[power]
        return np.asarray(factor * gammaincc(np.add(self.shape, power), np.maximum(x, 0.0) / self.scale))[()]

    def _quantile(self, probability: Floats) -> Floats:
        upper = gammainccinv(self.shape, 1 - probability)  # each inverse is exact in its own tail
        return np.asarray(self.scale * np.where(probability > 0.5, upper, gammaincinv(self.shape, probability)))[()]


def _density(z: Floats) -> Floats:
    density: Floats = np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi)
    return density
