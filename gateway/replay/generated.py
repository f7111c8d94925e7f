"""A shop that never was, with the shape of a real one: for replays where no data set can be had."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

import polars as pl

from gateway.replay.generated_goods import Article, articles
from gateway.replay.lines import Lines, lines_from_table
from gateway.replay.online_retail import ONLINE_RETAIL
from gateway.replay.shape import ShopShape, choose, draw, draw_rank
from gateway.replay.stretch import DEMO_DAYS
from gateway.replay.table_files import fingerprint

SEED: Final = 1
FIRST_DAY: Final = date(2011, 11, 7)
TRADING_DAYS: Final = 25
"""The weeks before Christmas: they hold the heaviest stretch of the measured shop too."""
BAD_ROWS_PER_LINE: Final = 1 / 4000
"""Not measured: the real file has no row that cannot be used. A few here show how a replay reports them."""
FIRST_NUMBER: Final = 700_001
FIRST_CUSTOMER: Final = 20_001
SPELLINGS: Final = {
    "correction": None,
    "damaged": "damages",
    "data_entry": "wrong barcode",
    "found": "found",
    "missing": "missing",
    "recounted": "check",
    "scrapped": "thrown away",
    "stolen": "stolen",
}
"""What a clerk types for a reason; most type nothing."""
SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "InvoiceNo": pl.String,
    "StockCode": pl.String,
    "Description": pl.String,
    "Quantity": pl.Float64,
    "InvoiceDate": pl.Datetime("us"),
    "UnitPrice": pl.Float64,
    "CustomerID": pl.Int64,
    "Country": pl.String,
}


class Row(NamedTuple):
    """One line of a document, not yet numbered."""

    code: str | None
    name: str | None
    quantity: float | None
    price: float
    customer: int | None


class Draft(NamedTuple):
    """A document: `sign` is the letter before its number."""

    at: datetime
    sequence: int
    sign: str
    rows: tuple[Row, ...]


def generated_lines(
    seed: int = SEED, days: int = TRADING_DAYS, shape: ShopShape = ONLINE_RETAIL, first_day: date = FIRST_DAY
) -> Lines:
    """Invent `days` trading days of order lines; the same arguments always give the same lines."""
    rows = _Shop(seed, list(_trading_days(shape, first_day, days)), shape).lines()
    raw = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    source = f"a generated shop (seed {seed}, {days} days)"
    return lines_from_table(raw, source=source, fingerprint=fingerprint(repr(rows).encode()))


class _Shop:
    def __init__(self, seed: int, days: list[date], shape: ShopShape) -> None:
        self._random = random.Random(seed)
        self._shape = shape
        self._articles = articles(shape, self._random)
        self._days = days
        self._hours = list(accumulate(shape.hour_shares))
        self._drafts: list[Draft] = []
        self._orders: dict[date, list[Draft]] = {day: [] for day in days}

    def lines(self) -> list[tuple[object, ...]]:
        """Write all documents, number them in the order of time, and spoil a few rows."""
        for day in self._days:
            orders = self._count(self._orders_on(day))
            for _ in range(orders):
                self._write_order(self._moment(day))
            for _ in range(self._count(orders * self._shape.cancellations_per_order)):
                self._write_cancellation(self._moment(day))
            self._write_corrections(day)
        self._write_giant(self._middle_of_peak())
        numbered = enumerate(sorted(self._drafts, key=lambda draft: draft[:2]), FIRST_NUMBER)
        return [line for number, draft in numbered for line in self._numbered(f"{draft.sign}{number}", draft)]

    def _numbered(self, number: str, draft: Draft) -> Iterator[tuple[object, ...]]:
        for code, name, quantity, price, customer in draft.rows:
            units = quantity
            if self._random.random() < BAD_ROWS_PER_LINE:
                units = self._random.choice((None, 0.0, 0.5, 99_999_999.0))
            yield number, code, name, units, draft.at, price, customer, "United Kingdom"

    def _write_order(self, at: datetime) -> None:
        shape, chance = self._shape, self._random.random
        customer = None if chance() < shape.unknown_customer_share else self._customer()
        chosen: dict[Article, None] = {}
        for _ in range(round(draw(shape.skus_per_order, chance()))):
            chosen[self._article()] = None
        rows = [self._sold(article, customer) for article in chosen]
        repeats = self._count(len(rows) * shape.repeated_line_share)
        rows += [rows[int(chance() * len(rows))] for _ in range(repeats)]
        for code, per_order in shape.service_lines_per_order:
            if chance() < per_order:
                rows.append(Row(code, code, 1.0, 5.0, customer))
        self._orders[at.date()].append(self._write(at, "", rows))

    def _sold(self, article: Article, customer: int | None) -> Row:
        lower = article.code[-1].isalpha() and self._random.random() < self._shape.lower_case_share
        units = round(draw(self._shape.units_per_line, self._random.random()))
        return Row(article.code.lower() if lower else article.code, article.name, float(units), article.price, customer)

    def _write_cancellation(self, at: datetime) -> None:
        """Take back lines of the order that stood for a drawn time, or of one from before the first day."""
        shape, chance = self._shape, self._random.random
        ordered_at = at - timedelta(hours=draw(shape.cancellation_delay_h, chance()))
        known = ordered_at >= datetime.combine(self._days[0], time()) and chance() < shape.matched_cancellation_share
        order = self._order_before(ordered_at if known else datetime.min)
        if order is None:
            customer = self._customer()
            rows = [self._sold(self._article(), customer) for _ in range(round(draw(shape.skus_per_cancellation, chance())))]
        elif chance() < shape.whole_cancellation_share:
            rows = list(order.rows)
        else:
            count = min(len(order.rows), round(draw(shape.skus_per_cancellation, chance())))
            rows = self._random.sample(order.rows, count)
        self._write(at, "C", [row._replace(quantity=-(row.quantity or 1.0)) for row in rows])

    def _order_before(self, moment: datetime) -> Draft | None:
        """The latest order of a known customer up to a moment, the orders being in no order of time within a day."""
        for day in reversed(self._days[: bisect_right(self._days, moment.date())]):
            earlier = [order for order in self._orders[day] if order.at <= moment and order.rows[0].customer is not None]
            if earlier:
                return max(earlier)
        return None

    def _write_corrections(self, day: date) -> None:
        shape, chance = self._shape, self._random.random
        kinds = (
            (-1, shape.write_offs_per_trading_day, shape.write_off_units, shape.write_off_reasons),
            (1, shape.finds_per_trading_day, shape.found_units, shape.found_reasons),
        )
        for sign, per_day, units, reasons in kinds:
            for _ in range(self._count(per_day)):
                text = SPELLINGS[choose(reasons, chance())]
                quantity = float(sign * round(draw(units, chance())))
                self._write(self._moment(day), "", [Row(self._article().code, text, quantity, 0.0, None)])

    def _middle_of_peak(self) -> date:
        """A day in the stretch that a demo replays, so that the giant order is in it."""
        loads: Counter[date] = Counter()
        for draft in self._drafts:
            loads[draft.at.date()] += len(draft.rows)
        starts = range(max(1, len(self._days) - DEMO_DAYS + 1))
        first = max(starts, key=lambda start: sum(loads[day] for day in self._days[start : start + DEMO_DAYS]))
        stretch = self._days[first : first + DEMO_DAYS]
        return stretch[len(stretch) // 2]

    def _write_giant(self, day: date) -> None:
        """One order of more units than the shop ever had, taken back minutes later."""
        article, customer, at = self._articles[-1], self._customer(), self._moment(day)
        row = Row(article.code, article.name, float(self._shape.giant_order_units), article.price, customer)
        self._write(at, "", [row])
        taken_back = row._replace(quantity=-float(self._shape.giant_order_units))
        self._write(at + timedelta(minutes=self._shape.giant_order_minutes), "C", [taken_back])

    def _write(self, at: datetime, sign: str, rows: list[Row]) -> Draft:
        draft = Draft(at, len(self._drafts), sign, tuple(rows))
        self._drafts.append(draft)
        return draft

    def _article(self) -> Article:
        return self._articles[draw_rank(self._shape.sku_popularity, len(self._articles), self._random.random())]

    def _customer(self) -> int:
        rank = draw_rank(self._shape.customer_popularity, self._shape.customers, self._random.random())
        return FIRST_CUSTOMER + rank

    def _moment(self, day: date) -> datetime:
        chance = self._random.random() * self._hours[-1]
        hour = next(hour for hour, upto in enumerate(self._hours) if chance < upto)
        return datetime.combine(day, time(hour, self._random.randrange(60)))

    def _orders_on(self, day: date) -> float:
        shape = self._shape
        factor = shape.month_factors[day.month - 1] * shape.weekday_factors[day.weekday()]
        return shape.orders_per_trading_day * factor

    def _count(self, mean: float) -> int:
        """A whole number whose mean is `mean`."""
        return int(mean + self._random.random())


def _trading_days(shape: ShopShape, day: date, count: int) -> Iterator[date]:
    while count:
        if shape.weekday_factors[day.weekday()]:
            yield day
            count -= 1
        day += timedelta(days=1)
