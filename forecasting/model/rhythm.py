"""How often a series has demand: what is chosen and calibrated apart."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.baselines.classes import ADI_LIMIT
from forecasting.features.ordinary import QUARTER
from forecasting.features.table import Matrix
from forecasting.panel.periods import Frequency

RARE: Final = 1 / 3
"""Share of periods with demand below which a sum over a few of them is often zero."""
RHYTHMS: Final = ("busy", "in between", "rare")


def share_column(frequency: Frequency) -> str:
    """The feature that tells them apart."""
    return f"share of {QUARTER[frequency]} with demand"


def rhythms(features: Matrix, names: tuple[str, ...], frequency: Frequency) -> NDArray[np.int64]:
    """Place in `RHYTHMS` of each row: periods with demand at least every `ADI_LIMIT`, at least every third, fewer."""
    share = np.nan_to_num(features[:, names.index(share_column(frequency))])
    return np.where(share >= 1 / ADI_LIMIT, 0, np.where(share >= RARE, 1, 2)).astype(np.int64)
