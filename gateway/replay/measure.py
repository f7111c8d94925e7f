"""Measure the shape of a shop from its order lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from gateway.replay.actions import CancelOrder, EditLines, PlaceOrder, ReturnGoods
from gateway.replay.kinds import CANCELLATION, CORRECTION, ORDER, SERVICE, reason_for, with_kinds
from gateway.replay.lines import Lines
from gateway.replay.plan import PlanOptions, make_plan
from gateway.replay.shape import GRID, RANKS, Shares, ShopShape, Table, rounded, significant


def measure_shape(lines: Lines) -> ShopShape:
    """Measure every figure of `ShopShape`, rounded to four significant digits."""
    table = with_kinds(lines.table)
    goods = table.filter(pl.col("kind") == ORDER)
    per_order = goods.group_by("order_id").agg(
        pl.len(), pl.col("sku").n_unique().alias("skus"), pl.col("at", "customer").first()
    )
    orders = len(per_order)
    return ShopShape(
        **_when(per_order, len(lines.days)),
        **_goods(table, goods, per_order),
        **_customers(per_order),
        **_cancellations(lines, table, orders),
        **_corrections(table, len(lines.days)),
        service_lines_per_order=_shares(table.filter(pl.col("kind") == SERVICE)["sku"].to_list(), orders),
    )


def _when(orders: pl.DataFrame, days: int) -> dict[str, Any]:
    daily = orders.group_by(pl.col("at").dt.date().alias("day")).len()
    mean = len(orders) / days
    months = dict(daily.group_by(pl.col("day").dt.month()).agg(pl.col("len").mean()).iter_rows())
    weekdays = dict(daily.group_by(pl.col("day").dt.weekday()).agg(pl.col("len").mean()).iter_rows())
    hours = Counter(orders["at"].dt.hour().to_list())
    return {
        "orders_per_trading_day": significant(mean),
        "month_factors": rounded([months.get(month, 0) / mean for month in range(1, 13)]),
        "weekday_factors": rounded([weekdays.get(day, 0) / mean for day in range(1, 8)]),
        "hour_shares": rounded([hours[hour] / len(orders) for hour in range(24)]),
    }


def _goods(table: pl.DataFrame, goods: pl.DataFrame, per_order: pl.DataFrame) -> dict[str, Any]:
    lettered = goods.filter(pl.col("sku").str.contains("[A-Z]$"))
    prices = goods.filter(pl.col("price") > 0).group_by("sku").agg(pl.col("price").median())
    return {
        "skus_per_order": _table(per_order["skus"]),
        "units_per_line": _table(goods["quantity"]),
        "repeated_line_share": significant(1 - int(per_order["skus"].sum()) / len(goods)),
        "skus": goods["sku"].n_unique(),
        "sku_popularity": _popularity(goods["sku"]),
        "lettered_sku_share": significant(lettered["sku"].n_unique() / goods["sku"].n_unique()),
        "lower_case_share": significant(lettered.filter(pl.col("code") != pl.col("sku")).height / lettered.height),
        "price_per_sku": _table(prices["price"]),
    }


def _customers(orders: pl.DataFrame) -> dict[str, Any]:
    known = orders["customer"].drop_nulls()
    return {
        "customers": known.n_unique(),
        "customer_popularity": _popularity(known),
        "unknown_customer_share": significant(1 - len(known) / len(orders)),
    }


def _cancellations(lines: Lines, table: pl.DataFrame, orders: int) -> dict[str, Any]:
    """Match without shipping, so that every match is a cancellation or an edit."""
    actions = make_plan(lines, PlanOptions(ship=False)).actions
    placed = {action.order_id: action for action in actions if isinstance(action, PlaceOrder)}
    matched = [action for action in actions if isinstance(action, CancelOrder | EditLines)]
    unknown = sum(isinstance(action, ReturnGoods) for action in actions)
    delays = [
        max((action.at - placed[action.order_id].at).total_seconds() / 3600, 1 / 60)  # type: ignore[operator]
        for action in matched
    ]
    largest = max(placed.values(), key=lambda order: max(units for _, units in order.lines))
    fate = next(delay for action, delay in zip(matched, delays, strict=True) if action.order_id == largest.order_id)
    per_document = table.filter(pl.col("kind") == CANCELLATION).group_by("order_id").agg(pl.col("sku").n_unique())
    return {
        "cancellations_per_order": significant(len(per_document) / orders),
        "skus_per_cancellation": _table(per_document["sku"]),
        "cancellation_delay_h": _table(pl.Series(delays)),
        "matched_cancellation_share": significant(len(matched) / (len(matched) + unknown)),
        "whole_cancellation_share": significant(sum(isinstance(a, CancelOrder) for a in matched) / len(matched)),
        "giant_order_units": int(max(units for _, units in largest.lines)),
        "giant_order_minutes": significant(fate * 60),
    }


def _corrections(table: pl.DataFrame, days: int) -> dict[str, Any]:
    corrections = table.filter(pl.col("kind") == CORRECTION)
    lost, found = corrections.filter(pl.col("quantity") < 0), corrections.filter(pl.col("quantity") > 0)
    return {
        "write_offs_per_trading_day": significant(len(lost) / days),
        "write_off_units": _table(-lost["quantity"]),
        "write_off_reasons": _shares([reason_for(text) for text in lost["name"]], len(lost)),
        "finds_per_trading_day": significant(len(found) / days),
        "found_units": _table(found["quantity"]),
        "found_reasons": _shares([reason_for(text) for text in found["name"]], len(found)),
    }


def _table(values: pl.Series) -> Table:
    quantiles = [values.quantile(share, "nearest") for share in GRID]
    return rounded([value or 0.0 for value in quantiles])


def _popularity(values: pl.Series) -> Table:
    counts = values.value_counts(sort=True)["count"].to_list()
    total = sum(counts)
    return rounded([sum(counts[: max(1, round(rank * len(counts)))]) / total for rank in RANKS])


def _shares(names: Sequence[str], whole: int) -> Shares:
    return tuple((name, significant(count / whole)) for name, count in sorted(Counter(names).items()))
