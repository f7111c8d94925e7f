"""The plan of an installation: one file in the data directory, which all that forecasts reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from forecasting.panel.faults import unusable
from forecasting.plans.plan import NOTHING, SCHEMA, Plan, plan_of
from forecasting.plans.plan_file import read_plan

NAME: Final = "plan.parquet"


class KeptPlan:
    """A file, written beside its place and moved there, so that a reader finds a whole one or none."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / NAME

    def read(self) -> Plan:
        """The plan; `NOTHING` when none was ever kept.

        Raises:
            HistoryError: the file is damaged.
        """
        if not self.path.exists():
            return NOTHING
        try:
            return plan_of(pl.read_parquet(self.path, columns=list(SCHEMA)))
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise unusable(str(self.path), f"damaged: {reason}; `skuld forecast plan FILE --anew` tells it anew") from error

    def keep(self, plan: Plan, today: date, *, anew: bool = False) -> Plan:
        """Put a plan in the place of the one before; the days of that which are over stay, unless all shall be `anew`.

        Returns:
            What is kept now.
        """
        whole = plan if anew else plan.after(self.read(), today)
        if anew or whole.digest != self.read().digest:
            new = self.path.with_name(f".{NAME}.new")
            whole.rows.write_parquet(new)
            new.replace(self.path)
        return whole


def plan_for(data_dir: Path, file: Path | None = None) -> Plan:
    """The plan that is kept, or a file's in its place.

    Raises:
        HistoryError: the file cannot be used, and why.
    """
    return KeptPlan(data_dir).read() if file is None else read_plan(file)
