"""What is wrong with a body, told in the client's words: field, value and problem, as JSON and not as Python writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from gateway.fields import CURRENCY_PATTERN, ID_PATTERN, PRICE_PATTERN, SSCC_PATTERN
from gateway.json_bodies import field_name
from gateway.plain import in_words, plain, shown
from gateway.problems import INVALID_BODY, Problem

MOST_TOLD: Final = 50
MISSING: Final = "missing"
_AN_OBJECT: Final = "must be an object"
_FORMS: Final = {
    ID_PATTERN: "may have only letters, digits, dots, hyphens and underscores, and at least one of them",
    PRICE_PATTERN: "must be a price in digits, as in 2.50",
    CURRENCY_PATTERN: "must be the three capital letters of a currency, as in EUR",
    SSCC_PATTERN: "must have 18 digits",
}
_SAYS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    MISSING: lambda _: "is missing",
    "extra_forbidden": lambda _: "is no field of this",
    "model_type": lambda _: _AN_OBJECT,
    "model_attributes_type": lambda _: _AN_OBJECT,
    "dict_type": lambda _: _AN_OBJECT,
    "list_type": lambda _: "must be an array",
    "string_type": lambda _: "must be text",
    "finite_number": lambda _: "must be a finite number",
    "literal_error": lambda context: "must be " + context["expected"].replace("'", '"'),
    "enum": lambda context: "must be " + context["expected"].replace("'", '"'),
    "too_short": lambda context: f"must have at least {_items(context['min_length'])}, not {context['actual_length']}",
    "too_long": lambda context: f"must have at most {_items(context['max_length'])}{_not_so_many(context)}",
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "string_too_short": lambda context: f"must have at least {context['min_length']} characters",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "greater_than": lambda context: f"must be above {context['gt']}",
    "less_than": lambda context: f"must be below {context['lt']}",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "int_parsing": lambda _: "must be a whole number",
    "int_parsing_size": lambda _: "must be a whole number of fewer digits",
    "float_parsing": lambda _: "must be a number",
    "date_from_datetime_parsing": lambda _: "must be a day as in 2026-11-11",
    "datetime_from_date_parsing": lambda _: "must be a date with a time as in 2026-11-11T00:00:00Z",
    "datetime_parsing": lambda _: "must be a date with a time as in 2026-11-11T00:00:00Z",
    "float_type": lambda _: "must be a number",
    "string_pattern_mismatch": lambda context: _FORMS.get(context["pattern"], "has a form that is not allowed"),
}
"""What the validator says in the words of Python or of our classes."""


def judge(adapter: TypeAdapter[Any], value: Any) -> Any:
    """Validate, or explain.

    Raises:
        Problem: naming each field, its value, and what is wrong with it.
    """
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise invalid_body(error.errors(include_url=False)) from None


def invalid_body(errors: Any, skip: int = 0) -> Problem:
    """The problem of a body with these faults (pydantic's form)."""
    listed = []
    for error in errors[:MOST_TOLD]:
        value = None if error["type"] == MISSING else shown(error.get("input"))
        listed.append({"field": field_name(error["loc"][skip:]), "value": value, "problem": _says(error)})
    first = listed[0]
    is_missing = errors[0]["type"] == MISSING
    detail = f"{first['field']} {first['problem']}" if is_missing else _sentence(first, errors[0].get("input"))
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(INVALID_BODY, detail + more, errors=listed)


def _items(number: int) -> str:
    return "1 item" if number == 1 else f"{number} items"


def _not_so_many(context: dict[str, Any]) -> str:
    """How many there are, where the validator has counted them."""
    found = context.get("actual_length")
    return f", not {found}" if found is not None else ""


def _sentence(told: dict[str, Any], value: Any) -> str:
    return f"{told['field']} = {in_words(value)}: {told['problem']}"


def _says(error: dict[str, Any]) -> str:
    says = _SAYS.get(error["type"])
    return plain(says(error.get("ctx", {})) if says is not None else error["msg"].removeprefix("Value error, "))
