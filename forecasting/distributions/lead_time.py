"""Demand over a protection period of uncertain length: lead time plus review."""

from __future__ import annotations

import numpy as np

from forecasting.parameters import Floats, Numbers, not_negative


def protection_moments(
    mean: Numbers, sd: Numbers, lead_time: Numbers, lead_time_sd: Numbers = 0.0, review: Numbers = 0.0
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of demand over lead time plus review, when days are independent.

    E[X_P] = E[P] m; Var(X_P) = E[P] s^2 + m^2 Var(L), P = L + review. Silver, Pyke and Thomas, chapter 6.

    Args:
        mean: demand in one day (or week: the unit of time of all arguments).
        sd: its standard deviation.
        lead_time: expected lead time.
        lead_time_sd: its standard deviation.
        review: days between reviews; zero when stock is watched continuously.
    Raises:
        ParameterError: one of them is negative or not a number.
    """
    not_negative(mean=mean, sd=sd, lead_time=lead_time, lead_time_sd=lead_time_sd, review=review)
    period = np.add(lead_time, review)
    variance = period * np.square(sd) + np.square(np.multiply(mean, lead_time_sd))
    return period * mean, np.sqrt(variance)
