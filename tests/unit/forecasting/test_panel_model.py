"""Whatever the rows, a panel holds each unit once, in its place, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.panel.cells import text
from forecasting.panel.faults import HistoryError
from forecasting.panel.long_table import panel_from
from forecasting.panel.panel import Panel
from forecasting.panel.periods import Frequency

cells = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.integers(0, 30)), st.none() | st.integers(0, 1000), min_size=1, max_size=40
)
junk = st.one_of(
    st.none(), st.text(max_size=8), st.sampled_from(["1", "-1", "nan", "2024-01-01", "2024-13-01", "1e400", " 7 "])
)


def read(raw: pl.DataFrame) -> Panel | HistoryError:
    try:
        return panel_from(raw)
    except HistoryError as error:
        return error


@settings(deadline=None)  # the machine may be busy
@given(cells, st.sampled_from([Frequency.DAY, Frequency.WEEK]), st.randoms(use_true_random=False))
def test_every_unit_is_in_its_place(history: dict[tuple[str, int], int | None], frequency: Frequency, order: Random) -> None:
    step = 7 if frequency is Frequency.WEEK else 1
    rows = [(sku, date(2024, 1, 1) + timedelta(days=step * place), units) for (sku, place), units in history.items()]
    order.shuffle(rows)
    found = read(pl.DataFrame(rows, schema={"sku": pl.String, str(frequency): pl.Date, "units": pl.Int64}, orient="row"))
    known = {sku: sorted(place for (of, place), units in history.items() if of == sku and units is not None) for sku in "abc"}
    silent = {sku: [place for (of, place), units in history.items() if of == sku and units is None] for sku in "abc"}
    gaps = sum(bool(known[sku]) and known[sku][0] < place < known[sku][-1] for sku in "abc" for place in silent[sku])
    if isinstance(found, HistoryError):
        assert found.count == gaps > 0
        return
    assert not gaps
    start = min(place for _, place in history)
    for row, sku in enumerate(found.series["sku"]):
        for place, units in enumerate(found.units[row].tolist(), start):
            withdrawn = known[sku] and any(known[sku][-1] < null <= place for null in silent[sku])
            if not known[sku] or place < known[sku][0] or withdrawn:
                assert np.isnan(units)
            else:
                assert units == history.get((sku, place), 0)


@settings(deadline=None)
@given(st.lists(st.tuples(junk, junk, junk, junk), min_size=1, max_size=12))
def test_any_table_is_read_or_its_faults_are_told(rows: list[tuple[str | None, ...]]) -> None:
    found = read(pl.DataFrame(rows, schema=dict.fromkeys(("sku", "day", "units", "promotion"), pl.String), orient="row"))
    if isinstance(found, HistoryError):
        assert found.count >= len(found.faults) >= 1
        assert all(fault.row is None or 1 <= fault.row <= len(rows) for fault in found.faults)
    else:
        assert not np.isinf(found.units).any()
        assert np.all(found.units[~np.isnan(found.units)] >= 0)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", " a", "b ", "", " ", None]), min_size=1, max_size=30))
def test_cells_that_stand_beside_their_like_are_read_as_each_alone(written: list[str | None]) -> None:
    found = text(pl.Series("sku", written, pl.String)).to_list()
    assert found == [(cell or "").strip() or None for cell in written]
