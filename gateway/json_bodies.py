"""Bodies as JSON, read in one way for all routes: what is none is refused with the byte at which reading stopped.

Text that is not Unicode (bytes that are not UTF-8, escapes of half a character) is refused too; in an array only the items that
have it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from gateway.plain import in_words, plain, shown
from gateway.problems import INVALID_BODY, INVALID_JSON, Problem

MOST_DIGITS: Final = 4300
"""Digits of a whole number; Python reads no more."""
MOST_LEVELS: Final = 200
"""Where reading stops in what is nested too deeply to be read."""

_half: Final = re.compile("[\ud800-\udfff]").search
_ESCAPES: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.S
)
_TOKENS: Final = re.compile(
    r'"(?:[^"\\]++|\\.)*+"|(?P<constant>-?Infinity|NaN)|(?P<whole>-?\d++)(?P<more>[.eE][\d.eE+-]*+)?|(?P<opens>[\[{])|[\]}]',
    re.S,
)


def read_json(data: bytes) -> Any:
    """JSON of any shape.

    Raises:
        Problem: it is none, or has text that is not Unicode; the byte offset is told.
    """
    text, value = _parsed(data)
    return _of_unicode(text, value, 0)


def read_items(data: bytes) -> list[Any]:
    """The items of a JSON array; for one with text that is not Unicode the problem that it is.

    Raises:
        Problem: it is no array, or no JSON at all.
    """
    text, items = _parsed(data)
    if not isinstance(items, list):
        raise Problem(INVALID_BODY, f"a batch is an array, not {_kind(items)}", errors=[])
    if (text.isascii() and "\\u" not in text) or _first_fault(text) is None:
        return items
    return [_or_problem(text, *span) for span in _spans(text, len(items))]


def _parsed(data: bytes) -> tuple[str, Any]:
    text = data.decode("utf-8", "surrogateescape")
    try:
        return text, json.loads(text, parse_constant=_no_constant)
    except (RecursionError, ValueError) as error:
        fault = _half(text)  # how `surrogateescape` writes a byte that is none of UTF-8
        raise (_not_utf8(text, fault.start(), 0) if fault else _not_json(text, error)) from None


def _not_json(text: str, error: Exception) -> Problem:
    if isinstance(error, json.JSONDecodeError):
        says, at = error.msg.removesuffix(" at"), error.pos
        if "BOM" in says:
            says = "A byte order mark"
    else:
        says, at = _where_refused(text)
    offset = _bytes(text[:at])
    return Problem(INVALID_JSON, f"{says} at byte {offset}", byte_offset=offset)


def _where_refused(text: str) -> tuple[str, int]:
    """What Python refuses without saying where: constants that JSON has not, very long numbers, very deep nesting."""
    levels = 0
    for token in _TOKENS.finditer(text):
        if token["constant"]:
            return f"{token['constant']} is not JSON", token.start()
        if token["whole"]:
            digits = len(token["whole"].lstrip("-"))
            if digits > MOST_DIGITS and not token["more"]:
                return f"A whole number of {digits} digits, more than {MOST_DIGITS},", token.start()
        elif token["opens"]:
            levels += 1
            if levels > MOST_LEVELS:
                return "Nested too deeply", token.start()
        elif token[0] in "]}":
            levels -= 1
    return "Not to be read", 0


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _of_unicode(text: str, value: Any, before: int) -> Any:
    """`value`, whose source is `text` with `before` bytes before it, unless a text in it is not Unicode."""
    if text.isascii() and "\\u" not in text:
        return value
    at = _first_fault(text)
    if at is None:
        return value
    field, found = _first_text(value)
    if text[at] != "\\":
        raise _not_utf8(text, at, before, field)
    offset = before + _bytes(text[:at])
    says = f"{text[at : at + 6]} at byte {offset} is half a character, not Unicode"
    error = {"field": field, "value": shown(found), "problem": says}
    raise Problem(INVALID_BODY, f"{field}: {says}", errors=[error], byte_offset=offset)


def _not_utf8(text: str, at: int, before: int, field: str | None = None) -> Problem:
    offset = before + _bytes(text[:at])
    if field is None:
        return Problem(INVALID_JSON, f"byte {offset} is not UTF-8", byte_offset=offset)
    return Problem(INVALID_JSON, f"{field}: byte {offset} is not UTF-8", byte_offset=offset, field=field)


def _first_fault(text: str) -> int | None:
    """Where the first text begins to be no Unicode."""
    raw = None if text.isascii() else _half(text)
    if "\\u" in text:
        for escape in _ESCAPES.finditer(text):
            if raw is not None and raw.start() < escape.start():
                break
            if escape["half"]:
                return escape.start()
    return raw.start() if raw is not None else None


def _first_text(value: Any) -> tuple[str, Any]:
    """The first field whose name or text is not Unicode, and that text."""
    left: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while left:
        path, found = left.pop()
        if isinstance(found, str):
            if _half(found):
                return field_name(path), found
        elif isinstance(found, list):
            left += reversed([((*path, at), item) for at, item in enumerate(found)])
        elif isinstance(found, dict):
            for name in found:
                if _half(name):
                    return field_name((*path, name)), name
            left += reversed([((*path, name), member) for name, member in found.items()])
    return "body", None


def _or_problem(text: str, start: int, end: int) -> Any:
    item = text[start:end]
    try:
        return _of_unicode(item, json.loads(item), _bytes(text[:start]))
    except Problem as problem:
        return problem


def _spans(text: str, items: int) -> list[tuple[int, int]]:
    """Where the items of an array begin and end that has been read already."""
    scan = json.JSONDecoder().raw_decode
    spans, at = [], text.index("[") + 1
    for _ in range(items):
        while text[at] in " \t\n\r,":
            at += 1
        _, end = scan(text, at)
        spans.append((at, end))
        at = end
    return spans


def field_name(path: Any) -> str:
    """`("lines", 3, "quantity")` as `lines[3].quantity`."""
    name = ""
    for part in path:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return plain(name) or "body"


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, str):
        return "text"
    return "a number" if type(value) in (int, float) else in_words(value)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
