"""Demand of before, and what was made of it, put into a running system as its commands put it there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import polars as pl

from actors.kernel.record.database import open_database
from forecasting.history.importing import import_days
from forecasting.history.store import HistoryStore
from forecasting.panel.periods import Frequency
from forecasting.registry.pointers import read_pointers, write_pointers
from forecasting.registry.slot import Slot
from forecasting.registry.stand_in import StandIn
from forecasting.window.place import Place
from forecasting.window.score import score
from forecasting.window.source import panel_for
from forecasting.work import Here
from tests.integration.in_process import InProcess

FIRST: Final = date(2026, 1, 5)
DAYS: Final = 7 * 20
SLOTS: Final = ("day 3+4", "week 2+1")


def score_demand(system: InProcess, skus: Sequence[str], warehouses: Sequence[str]) -> None:
    """Twenty weeks, scored in two slots after three days each: in days 14 and 7 before the last one, in weeks 4 and 1."""
    chance = np.random.default_rng(2)
    keys = [(sku, warehouse) for sku in skus for warehouse in warehouses]
    days = [FIRST + timedelta(number) for number in range(DAYS)]
    rows = [(sku, where, day, int(chance.poisson(3)), 0.2 if day.day == 13 else 1.0) for sku, where in keys for day in days]
    table = system.data_dir / "before.parquet"
    pl.DataFrame(rows, schema=["sku", "location", "day", "units", "in_stock_share"], orient="row").write_parquet(table)
    store = HistoryStore(system.data_dir / "history")
    import_days(store, table, "main")
    place = Place(open_database(system.settings.sql_url), system.data_dir)
    for name in SLOTS:
        slot, stand_in = Slot.read(name), StandIn(name, "TSB, counts")
        place.artefacts.keep(stand_in)
        with place.rows() as connection:
            before = read_pointers(connection, name)
            assert write_pointers(connection, before, before.promoted(stand_in.digest, FIRST, 1, "first"))
        whole = panel_for(slot.frequency, store)
        for back in (14, 7, 0) if slot.frequency is Frequency.DAY else (4, 1, 0):
            score(place, slot, whole.up_to(len(whole.periods) - back), Here())
