"""What a model is fitted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from forecasting.calendar.event import Event
from forecasting.calendar.holidays import refuse_unknown
from forecasting.metrics import LEVELS
from forecasting.parameters import ParameterError, finite, positive, share

RIVALS: Final = ("exponential smoothing", "TSB", "experience")
"""Baselines that compete."""
MIXABLE: Final = ("mean", "centre", *(f"p{100 * level:g}" for level in LEVELS), "level", *RIVALS)
"""What a mean may be made of."""
ALL: Final = "all series"
"""One pool: the same trees for every series."""
KEYS: Final = ("location", "family", "rhythm", "size", "category")
"""What pools may go by: where a series is sold, how its SKU begins, how often it has demand, how much, its category."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a fit; equal settings and equal data give equal models, byte for byte.

    Attributes:
        seed: of every random choice, >= 0.
        threads: groups of heads that are fitted at a time, and of LightGBM when it forecasts; the trees are the same for any.
        trees, leaves, learning_rate, least_rows: of each head; `least_rows` is the fewest rows of a leaf.
        row_share, feature_share: what each tree sees of both.
        centre: the quantile that, weighed by level, stands beside the mean; see `heads.py`.
        half_life: years after which a row counts half.
        most_rows: of the matrix; beyond, rows are drawn by recency and value.
        mix: what every mean is made of, each name with its weight, in place of what the held-out rows say: heads (`mean`,
            `centre`, `p50`), `level`, baselines of `RIVALS`. `{"p50": 1}` forecasts the middle, for scores that ask for it.
        country: whose holidays matter (`forecasting/calendar`); None for none.
        events: promotions, holidays, festivals beyond those; only ones announced by the cut-off are used.
        pools: what series of their own trees go by, one of `KEYS`, or `ALL` for shared ones, in place of what the held-out rows
            say; see `pools.py`.
    """

    seed: int = 1
    threads: int = 2
    trees: int = 50
    leaves: int = 15
    learning_rate: float = 0.08
    least_rows: int = 100
    row_share: float = 0.5
    feature_share: float = 0.5
    centre: float = 0.65
    half_life: float = 2.0
    most_rows: int = 160_000
    mix: dict[str, float] | None = None
    country: str | None = None
    events: tuple[Event, ...] = ()
    pools: str | None = None

    def __post_init__(self) -> None:
        positive(trees=self.trees, leaves=self.leaves - 1, learning_rate=self.learning_rate, least_rows=self.least_rows)
        positive(threads=self.threads, half_life=self.half_life, most_rows=self.most_rows)
        share(centre=self.centre)
        if self.country is not None:
            refuse_unknown(self.country)
        finite(row_share=self.row_share, feature_share=self.feature_share)
        if self.pools not in (None, ALL, *KEYS):
            raise ParameterError("pools", repr(self.pools), f"one of {', '.join((ALL, *KEYS))}")
        for name in ("row_share", "feature_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ParameterError(name, getattr(self, name), "above 0, at most 1")
        if self.seed < 0:
            raise ParameterError("seed", self.seed, "zero or above")
        unknown = sorted(set(self.mix or ()) - set(MIXABLE))
        if unknown:
            raise ParameterError("mix", unknown, f"among {', '.join(MIXABLE)}")
