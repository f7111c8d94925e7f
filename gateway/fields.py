"""Kinds of fields, with their limits: the same for every body, and in the OpenAPI document."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from actors.kernel.record.widths import ID_WIDTH, SHORT_WIDTH, TEXT_WIDTH

MOST_UNITS: Final = 1_000_000_000
MOST_LINES: Final = 10_000
ID_PATTERN: Final = r"^[A-Za-z0-9._-]+$"
PRICE_PATTERN: Final = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"
CURRENCY_PATTERN: Final = "^([A-Z]{3})?$"
SSCC_PATTERN: Final = "^([0-9]{18})?$"
_CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_INVISIBLE: Final = _CONTROLS | {"Cf"}
"""Unicode categories: in words of people a joiner may be right (`Cf`), in a SKU nobody sees that it is another one."""
_DOTS: Final = frozenset({".", ".."})


def _printable(text: str) -> str:
    return _without(_CONTROLS, text)


def _without(refused: frozenset[str], text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError("must not be blank")
    for character in stripped:
        if unicodedata.category(character) in refused:
            name = unicodedata.name(character, "a control character")
            raise ValueError(f"must not contain U+{ord(character):04X} ({name})")
    return stripped


def _sku(text: str) -> str:
    """What can be told apart by eye, and stand in a path: clients rewrite `/products/..` before they send it."""
    sku = _without(_INVISIBLE, text)
    if not _DOTS.isdisjoint(sku.split("/")):
        raise ValueError("must not be . or .., nor contain one between slashes: clients take these out of a path")
    return sku


def _id(text: str) -> str:
    if text in _DOTS:
        raise ValueError("must not be . or ..: clients take these out of a path")
    return text


def _printable_or_empty(text: str) -> str:
    return _printable(text) if text.strip() else ""


def strictly_int(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number, not text, not a fraction")  # pydantic wants ValueError
    return value


def _not_zero(value: int) -> int:
    if value == 0:
        raise ValueError("must not be zero")
    return value


Sku = Annotated[str, Field(strict=True, max_length=ID_WIDTH, examples=["85123A"]), AfterValidator(_sku)]
Id = Annotated[str, Field(strict=True, max_length=ID_WIDTH, pattern=ID_PATTERN, examples=["main"]), AfterValidator(_id)]
Name = Annotated[str, Field(strict=True, max_length=TEXT_WIDTH), AfterValidator(_printable)]
Text = Annotated[str, Field(strict=True, max_length=TEXT_WIDTH), AfterValidator(_printable_or_empty)]
ShortText = Annotated[str, Field(strict=True, max_length=SHORT_WIDTH), AfterValidator(_printable_or_empty)]
Units = Annotated[int, BeforeValidator(strictly_int), Field(ge=1, le=MOST_UNITS, examples=[2])]
UnitsOrNone = Annotated[int, BeforeValidator(strictly_int), Field(ge=0, le=MOST_UNITS, examples=[2])]
Change = Annotated[
    int, BeforeValidator(strictly_int), Field(ge=-MOST_UNITS, le=MOST_UNITS, examples=[10]), AfterValidator(_not_zero)
]
Whole = Annotated[int, BeforeValidator(strictly_int), Field(ge=-(2**31), le=2**31 - 1)]


def _day(text: str) -> str:
    """`fromisoformat` takes other forms too (20261111, 2026-W46-3): one day has one name here."""
    with suppress(ValueError):
        if date.fromisoformat(text).isoformat() == text:
            return text
    raise ValueError("must be a day as in 2026-11-11")


_DAY: Final = {"format": "date", "examples": ["2026-11-11"]}
Day = Annotated[str, Field(strict=True, max_length=10, json_schema_extra=_DAY), AfterValidator(_day)]
WorkingDays = Annotated[int, BeforeValidator(strictly_int), Field(ge=0, le=3650, examples=[7])]
Percent = Annotated[int, BeforeValidator(strictly_int), Field(ge=0, le=1000, examples=[5])]
Price = Annotated[str, Field(strict=True, max_length=19, pattern=PRICE_PATTERN, examples=["2.50"])]

_INSTANT: Final = {"format": "date-time", "examples": ["2026-11-11T00:00:00.000Z"]}
Instant = Annotated[str, msgspec.Meta(extra_json_schema=_INSTANT), WithJsonSchema({"type": "string", **_INSTANT})]
"""A moment in an answer, as `iso` writes it."""


def _as_text(value: object) -> object:
    """A number is an instant to pydantic, of the year 1970 as a rule."""
    if isinstance(value, str) and not _DATE_TIME.match(value):
        raise ValueError("must be a date with a time as in 2026-11-11T00:00:00Z")
    if not isinstance(value, str | datetime):
        raise ValueError("must be text: a date with a time as in 2026-11-11T00:00:00Z")
    return value


_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
Moment = Annotated[AwareDatetime, BeforeValidator(_as_text, json_schema_input_type=AwareDatetime)]


class Body(BaseModel):
    """Base of every body: unknown members are refused, so that a typing error does not pass for a default."""

    model_config = ConfigDict(extra="forbid")


def with_example(**members: Any) -> ConfigDict:
    """The configuration of a body that the document shows an example of."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [members]})


def iso(ms: int) -> str:
    """ms since 1970 as RFC 3339 UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
