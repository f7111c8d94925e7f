"""Orders as JSON, on their way in.

`OrderBody` says what an order may be, explains what is wrong with one, and stands in the OpenAPI document. `FastOrder`
is the same for msgspec, which reads a right order ten times faster; what it cannot read, `OrderBody` judges.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec.structs import replace
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter

from actors.kernel.record.widths import ID_WIDTH, SHORT_WIDTH
from actors.orders.commands import PlaceOrder
from actors.orders.lines import NewOrder, OrderedLine
from gateway.auth import Caller
from gateway.explained import MOST_TOLD, judge
from gateway.fields import (
    MOST_LINES,
    MOST_UNITS,
    PRICE_PATTERN,
    Body,
    Id,
    Moment,
    Price,
    ShortText,
    Sku,
    Text,
    Units,
    UnitsOrNone,
    Whole,
)
from gateway.json_bodies import read_json
from gateway.problems import INVALID_BODY, Problem
from gateway.system import id_from_key, new_id

EXAMPLES: Final[Any] = [
    {
        "order_id": "web-10017",
        "policy": "ship_partial",
        "customer": "c-881",
        "lines": [{"sku": "85123A", "quantity": 6, "unit_price": "2.55"}, {"sku": "22423", "quantity": 1}],
    }
]


def _usable_moment(value: datetime) -> datetime:
    try:
        moment = value.astimezone(UTC)
    except OverflowError:
        moment = None
    if moment is None or not 1970 <= moment.year < 9999:  # both ends of the calendar are a zone or a rounding away from none
        raise ValueError("must be between the years 1970 and 9998")
    return moment


class OrderLineBody(Body):
    """What is ordered of one SKU; repeated SKUs are summed. `unit_price` is what a unit is sold for, if it is told."""

    sku: Sku
    quantity: Units
    unit_price: Price | None = None


class OrderBody(Body):
    """A new order. Without an `order_id` it gets one: from the Idempotency-Key, so that a repeat is one too."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": EXAMPLES})

    order_id: Id | None = None
    external_reference: Text = ""
    warehouse: Id | None = None
    policy: Literal["all_or_nothing", "ship_complete", "ship_partial", "cancel_rest"] = "all_or_nothing"
    priority: Whole = 0
    carrier: ShortText = ""
    ship_by: Annotated[Moment, AfterValidator(_usable_moment)] | None = None
    customer: Text = ""
    lines: Annotated[list[OrderLineBody], Field(min_length=1, max_length=MOST_LINES)]


class EditLineBody(Body):
    """The new ordered quantity of a SKU; 0 takes it off the order."""

    sku: Sku
    quantity: UnitsOrNone


class EditBody(Body):
    """Quantities to change; lines that are not named stay."""

    lines: Annotated[list[EditLineBody], Field(min_length=1, max_length=MOST_LINES)]


# ── the fast way in ─────────────────────────────────────────────────────────────────────────────────────────────────
_FastId = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_WIDTH)]
_FastText = Annotated[str, msgspec.Meta(max_length=SHORT_WIDTH)]
_FastPrice = Annotated[str, msgspec.Meta(max_length=19, pattern=PRICE_PATTERN.removesuffix("$") + r"\Z")]
_is_id: Final = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]+").fullmatch


class FastLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A line whose SKU is plain ASCII without blanks, as nearly all are (`_is_plain`)."""

    sku: _FastId
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST_UNITS)]


class FastOrder(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A plain order; any other goes through `OrderBody`."""

    lines: Annotated[list[FastLine], msgspec.Meta(min_length=1, max_length=MOST_LINES)]
    order_id: _FastId | None = None
    policy: Literal["all_or_nothing", "ship_complete", "ship_partial", "cancel_rest"] = "all_or_nothing"
    warehouse: _FastId | None = None
    customer: _FastText = ""
    external_reference: _FastText = ""
    carrier: _FastText = ""
    priority: Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)] = 0


class PricedLine(FastLine, forbid_unknown_fields=True, gc=False):
    """The same with the price of a unit."""

    unit_price: _FastPrice | None = None


class PricedOrder(FastOrder, forbid_unknown_fields=True, gc=False):
    """A plain order that tells prices: tried where `FastOrder` does not fit, so that an order without any costs no more."""

    lines: Annotated[list[PricedLine], msgspec.Meta(min_length=1, max_length=MOST_LINES)]  # type: ignore[assignment]  # more


_fast = msgspec.json.Decoder(FastOrder)
_priced = msgspec.json.Decoder(PricedOrder)
_slow: TypeAdapter[OrderBody] = TypeAdapter(OrderBody)
_pack = msgspec.msgpack.Encoder().encode
_WITHOUT_PRICES: Final = zlib.crc32(b"\x98")
"""How the fingerprint of an order without prices begins: that of an array of 8, as all of them had before there were prices."""
MILLIONTH: Final = Decimal("0.000001")


def read_order(data: bytes) -> tuple[str | None, NewOrder]:
    """The order id (if it has one) and the order in a JSON body.

    Raises:
        Problem: it is no JSON, or no order; every fault in it is named.
    """
    try:
        fast = _fast.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _read_rarer(data)
    if not _is_plain(fast):
        return from_body(_judge(data))
    return fast.order_id, from_fast(fast)


def _read_rarer(data: bytes) -> tuple[str | None, NewOrder]:
    try:
        priced = _priced.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return from_body(_judge(data))
    if not _is_plain(priced):
        return from_body(_judge(data))
    return priced.order_id, replace(from_fast(priced), unit_prices=unit_prices(priced.lines))


def _is_plain(fast: FastOrder) -> bool:
    """Whether all its words are plain ASCII without blanks: then there is nothing to judge in them.

    Looked at together, because a pattern for each costs the decoder more than all the rest of the order.
    """
    for word in (fast.order_id, fast.warehouse):
        if word is not None and not _is_id(word):
            return False
    words = "".join([line.sku for line in fast.lines]) + fast.customer + fast.external_reference + fast.carrier
    return words.isascii() and words.isprintable() and " " not in words


def from_fast(fast: FastOrder) -> NewOrder:
    """The order as its owner takes it: lines of one SKU summed."""
    lines = fast.lines
    if len(lines) == 1:
        summed: tuple[OrderedLine, ...] = (OrderedLine(lines[0].sku, lines[0].quantity),)
    else:
        units: dict[str, int] = {}
        for line in lines:
            units[line.sku] = units.get(line.sku, 0) + line.quantity
        if len(units) < len(lines):
            check_sums(units)
        summed = tuple([OrderedLine(sku, quantity) for sku, quantity in units.items()])
    return NewOrder(
        summed, fast.policy, fast.warehouse or "", fast.priority, None, fast.customer, fast.external_reference, fast.carrier
    )


def from_body(body: OrderBody) -> tuple[str | None, NewOrder]:
    """The same from the body that was judged."""
    lines = sum_lines(body.lines)
    ship_by = round(body.ship_by.timestamp() * 1000) if body.ship_by is not None else None
    order = NewOrder(
        lines, body.policy, body.warehouse or "", body.priority, ship_by, body.customer, body.external_reference, body.carrier,
        unit_prices(body.lines),
    )  # fmt: skip
    return body.order_id, order


def unit_prices(lines: Iterable[OrderLineBody] | Iterable[PricedLine]) -> tuple[tuple[str, str], ...]:
    """The price of a unit of each SKU that has one told: of several the mean, weighed by units, to a millionth."""
    told: dict[str, list[tuple[int, str]]] = {}
    for line in lines:
        if line.unit_price is not None:
            told.setdefault(line.sku, []).append((line.quantity, line.unit_price))
    return tuple([(sku, _mean_price(prices)) for sku, prices in told.items()])


def _mean_price(prices: list[tuple[int, str]]) -> str:
    if len({price for _, price in prices}) == 1:
        return prices[0][1]
    with localcontext(prec=40):
        units = sum(quantity for quantity, _ in prices)
        mean = sum((quantity * Decimal(price) for quantity, price in prices), Decimal()) / units
        return f"{mean.quantize(MILLIONTH).normalize():f}"


def sum_lines(lines: Sequence[OrderLineBody] | Sequence[EditLineBody]) -> tuple[OrderedLine, ...]:
    """The lines with those of one SKU as one.

    Raises:
        Problem: they add up to more than can be counted.
    """
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    check_sums(units)
    return tuple(OrderedLine(sku, quantity) for sku, quantity in units.items())


def check_sums(units: Mapping[str, int]) -> None:
    """The limit of a line is that of all lines of its SKU together.

    Raises:
        Problem: it is passed; every such SKU is named.
    """
    over = [(sku, total) for sku, total in units.items() if total > MOST_UNITS]
    if over:
        says = f"the quantities of one SKU must add up to at most {MOST_UNITS}"
        errors = [
            {"field": "lines", "value": total, "problem": f"{says}, not {total} of {sku}"} for sku, total in over[:MOST_TOLD]
        ]
        raise Problem(INVALID_BODY, f"lines: {errors[0]['problem']}", errors=errors)


def _judge(data: bytes) -> OrderBody:
    body: OrderBody = judge(_slow, read_json(data))
    return body


def place_command(order_id: str | None, order: NewOrder, key: str | None, caller: Caller, *, wait: bool = True) -> PlaceOrder:
    """The command that takes an order. Its op id is the key, or the order id when there is none."""
    fresh = order_id is None and key is None
    if order_id is None:
        order_id = f"o-{id_from_key(key)}" if key is not None else f"o-{new_id()}"
    return PlaceOrder(key or order_id, fingerprint_of(order), caller.name, order_id, order, wait, fresh)


def fingerprint_of(order: NewOrder) -> int:
    """Tells a repeat from another order under the same key, also when an earlier release took the first."""
    packed = _pack(order)
    return zlib.crc32(packed) if order.unit_prices else zlib.crc32(packed[1:-1], _WITHOUT_PRICES)
