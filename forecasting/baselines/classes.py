"""Classes of demand by how often it comes and how much its sizes differ."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.parameters import Floats

ADI_LIMIT: Final = 1.32
CV2_LIMIT: Final = 0.49


class DemandClass(StrEnum):
    """The four of Syntetos, Boylan and Croston 2005; and a series in which nothing was ever wanted."""

    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"
    NONE = "none"


def intervals(demand: Floats) -> Floats:
    """Average demand interval (ADI): known periods for each one with demand, >= 1; NaN without demand.

    `demand` has shape (series, periods), units; NaN where not known.
    """
    sold = (demand > 0).sum(axis=1)
    known = (~np.isnan(demand)).sum(axis=1)
    return np.where(sold > 0, known / np.maximum(sold, 1), np.nan)


def size_variation(demand: Floats) -> Floats:
    """CV² of the sizes, zeros left out: their variance (divisor n) over their squared mean; NaN without demand."""
    sold = demand > 0
    count = np.maximum(sold.sum(axis=1), 1)
    sizes = np.where(sold, demand, 0.0).astype(np.float64)
    mean = sizes.sum(axis=1) / count
    spread = (np.where(sold, sizes - mean[:, None], 0.0) ** 2).sum(axis=1) / count
    return np.where(sold.any(axis=1), spread / np.where(mean > 0, mean, 1.0) ** 2, np.nan)


def classify(demand: Floats) -> NDArray[np.str_]:
    """The `DemandClass` of each series of `demand`, shape (series, periods). A value on a limit is in the calmer class."""
    rare, varied = intervals(demand) > ADI_LIMIT, size_variation(demand) > CV2_LIMIT
    nothing = np.isnan(intervals(demand))
    names = [DemandClass.NONE, DemandClass.LUMPY, DemandClass.INTERMITTENT, DemandClass.ERRATIC]
    return np.select([nothing, rare & varied, rare, varied], [str(name) for name in names], str(DemandClass.SMOOTH))
