"""One feature: its name, when it is known, and its values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forecasting.panel.panel import Cells


class Known(StrEnum):
    """When a feature is known."""

    PAST = "past only"
    """Made of periods up to the origin, the origin's own included."""
    AHEAD = "known ahead"
    """Made of the periods after the origin too, of what is planned or printed on a calendar."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A feature of some series at some origins: `values` has shape (series, origins) or broadcasts to it; NaN if unknown."""

    name: str
    known: Known
    values: Cells
