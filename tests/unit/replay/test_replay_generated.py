"""The generated shop: the same every time, and shaped like the measured one."""

from __future__ import annotations

import pytest

from gateway.replay.actions import AdjustStock, CancelOrder, EditLines, PlaceOrder, ReturnGoods
from gateway.replay.generated import TRADING_DAYS, generated_lines
from gateway.replay.measure import measure_shape
from gateway.replay.online_retail import ONLINE_RETAIL
from gateway.replay.plan import make_plan
from gateway.replay.shape import GRID, RANKS, draw, draw_rank
from gateway.replay.stretch import peak_stretch


def test_the_same_seed_gives_the_same_shop_and_another_seed_another() -> None:
    first, again, other = generated_lines(3, days=3), generated_lines(3, days=3), generated_lines(4, days=3)
    assert first.table.equals(again.table)
    assert first.bad == again.bad
    assert not first.table.equals(other.table)
    assert first.fingerprint != other.fingerprint


def test_order_sizes_popularity_and_hours_are_those_of_the_measured_shop() -> None:
    made = measure_shape(generated_lines())
    real = ONLINE_RETAIL
    for share in (0.1, 0.25, 0.5, 0.75, 0.9, 0.95):
        at = min(range(len(GRID)), key=lambda i: abs(GRID[i] - share))
        assert made.skus_per_order[at] == pytest.approx(real.skus_per_order[at], rel=0.1, abs=1)
        assert made.units_per_line[at] == pytest.approx(real.units_per_line[at], rel=0.1, abs=1)
        assert made.price_per_sku[at] == pytest.approx(real.price_per_sku[at], rel=0.1, abs=0.05)
    assert made.sku_popularity == pytest.approx(real.sku_popularity, abs=0.04)
    assert made.hour_shares == pytest.approx(real.hour_shares, abs=0.02)
    for figure in ("unknown_customer_share", "cancellations_per_order", "lettered_sku_share", "lower_case_share"):
        assert getattr(made, figure) == pytest.approx(getattr(real, figure), abs=0.02), figure
    for figure in ("repeated_line_share", "write_offs_per_trading_day", "finds_per_trading_day"):
        assert getattr(made, figure) == pytest.approx(getattr(real, figure), rel=0.2), figure


def test_everything_that_a_replay_has_to_survive_occurs() -> None:
    lines = generated_lines()
    found = make_plan(lines)
    kinds = {type(action) for action in found.actions}
    assert {PlaceOrder, CancelOrder, EditLines, ReturnGoods, AdjustStock} <= kinds
    assert {bad.problem for bad in lines.bad} >= {"is not a whole number", "is missing", "is zero"}
    assert {"POST", "DOT", "M"} <= {skipped.code for skipped in found.skipped}
    assert lines.table["code"].str.contains("[a-z]").any()
    assert len(lines.days) == TRADING_DAYS


def test_the_giant_order_is_cancelled_minutes_later_within_the_peak_stretch() -> None:
    actions = make_plan(peak_stretch(generated_lines())).actions
    giant = next(a for a in actions if isinstance(a, PlaceOrder) and a.lines[0].quantity > 50_000)
    cancelled = next(a for a in actions if isinstance(a, CancelOrder) and a.order_id == giant.order_id)
    assert giant.lines[0].quantity == ONLINE_RETAIL.giant_order_units
    assert (cancelled.at - giant.at).total_seconds() / 60 == ONLINE_RETAIL.giant_order_minutes


def test_drawing_reads_the_kept_quantiles_back() -> None:
    table = ONLINE_RETAIL.units_per_line
    assert [draw(table, share) for share in GRID[:-1]] == pytest.approx(table[:-1])
    assert draw(table, 0.99999999) == pytest.approx(table[-1])


def test_drawing_ranks_gives_the_popular_their_share() -> None:
    draws = [draw_rank(ONLINE_RETAIL.sku_popularity, 5000, step / 100_000) for step in range(100_000)]
    for rank, share in zip(RANKS[1:], ONLINE_RETAIL.sku_popularity[1:], strict=True):
        assert sum(drawn < rank * 5000 for drawn in draws) / 100_000 == pytest.approx(share, abs=0.02)
    assert min(draws) == 0
    assert max(draws) == 4999
