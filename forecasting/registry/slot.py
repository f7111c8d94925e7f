"""A slot: the place of one champion, for histories of one period length and one protection period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from forecasting.forecast import Horizon
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency
from forecasting.parameters import ParameterError

LONGEST: Final = 366
_WRITTEN: Final = re.compile(r"^(day|week|month) (\d{1,3})\+(\d{1,3})$")


@dataclass(frozen=True, slots=True)
class Slot:
    """Written `week 2+1`: how long a period is, lead time and review in periods."""

    frequency: Frequency
    lead_time: int
    review: int

    def __post_init__(self) -> None:
        for name, periods in (("lead-time", self.lead_time), ("review", self.review)):
            if not 1 <= periods <= LONGEST:
                raise ParameterError(name, periods, f"from 1 to {LONGEST} periods")

    def __str__(self) -> str:
        return f"{self.frequency} {self.lead_time}+{self.review}"

    def refuse_other(self, panel: Panel) -> None:
        """Raise ParameterError when a history is not one for this slot."""
        found = f"of {panel.periods.frequency}s, {len(panel)} series"
        if panel.periods.frequency is not self.frequency or not len(panel) or not len(panel.periods):
            raise ParameterError("history", found, f"of {self.frequency}s, with SKUs")

    @property
    def horizon(self) -> Horizon:
        """Its protection period, without a plan."""
        return Horizon(self.lead_time, self.review)

    @property
    def folder(self) -> Path:
        """Where a report about it is written, unless another folder is named."""
        return Path(f"backtest-{self}".replace(" ", "-"))

    @classmethod
    def read(cls, written: str) -> Slot:
        """The slot that is written so.

        Raises:
            ParameterError: none is.
        """
        found = _WRITTEN.match(written.strip())
        if found is None:
            raise ParameterError("slot", repr(written[:40]), "written as week 2+1: day, week or month, lead time + review")
        return cls(Frequency(found[1]), int(found[2]), int(found[3]))
