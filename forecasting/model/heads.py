"""Heads: what one model is fitted for. All learn the same target, the sum over its scale, each with its own weights.

Tweedie deviance scales: with offset log(s) it equals that of y / s weighed by s^(2 - p). So the scale that others give through
`init_score` is divided out instead, and every head shares one target and one binned matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from forecasting.metrics import LEVELS
from forecasting.model.settings import Settings

TWEEDIE_POWER: Final = 1.5
"""Variance grows like mean^1.5: between counts (1) and sizes that differ by a factor (2)."""
BINNING: Final[dict[str, object]] = {
    "max_bin": 63, "feature_pre_filter": False, "force_row_wise": True, "num_threads": 1, "verbose": -1
}  # fmt: skip
"""Bins do not depend on the head, so that one binned matrix serves all. Heads are fitted beside each other, each on one thread:
several that share a small fit wait for each other most of the time."""


@dataclass(frozen=True, slots=True)
class Head:
    """One thing to be fitted.

    Attributes:
        name: `mean`, `centre`, or of a quantile `p95`.
        level: of the quantile; None of the mean.
        scale_power: rows are weighed by their scale to this power. 1 minimises the loss in units, 0 that over the scale.
    """

    name: str
    level: float | None
    scale_power: float

    @property
    def is_quantile(self) -> bool:
        """Whether it is one of the quantiles that forecasts are made at."""
        return self.level is not None and self.name != "centre"

    def parameters(self, settings: Settings) -> dict[str, object]:
        """Parameters for LightGBM."""
        own: dict[str, object] = (
            {"objective": "tweedie", "tweedie_variance_power": TWEEDIE_POWER}
            if self.level is None
            else {"objective": "quantile", "alpha": self.level}
        )
        return (
            own
            | BINNING
            | {
                "num_leaves": settings.leaves,
                "learning_rate": settings.learning_rate,
                "min_data_in_leaf": settings.least_rows,
                "bagging_fraction": settings.row_share,
                "bagging_freq": 1,
                "feature_fraction": settings.feature_share,
                "lambda_l2": 1.0,
                "seed": settings.seed,
                "deterministic": True,
            }
        )


def heads(settings: Settings) -> tuple[Head, ...]:
    """The mean, the centre, and a quantile for each of the levels that forecasts are made at.

    The centre is the quantile that loses least in units among forecasts that are right in sum: to minimise the sum of
    |y - f| at a given sum of f is to forecast one quantile for all. It makes up for what the mean owes to single huge orders.
    """
    quantiles = (Head(f"p{100 * level:g}", level, 0.25) for level in LEVELS)
    return (Head("mean", None, 2 - TWEEDIE_POWER), Head("centre", settings.centre, 1.0), *quantiles)
