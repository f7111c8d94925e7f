"""Words that can always be sent: text as UTF-8, values as JSON writes them, and short."""

from __future__ import annotations

import json
import math
from typing import Any, Final

import msgspec

MOST_SHOWN: Final = 80
"""Characters of a value that an answer repeats."""
_LARGEST_SHOWN: Final = 10**30
_encode: Final = msgspec.json.Encoder().encode


def plain(text: str) -> str:
    """Text that UTF-8 can hold: halves of characters (lone surrogates) as their escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def shown(value: Any) -> Any:
    """A value as it may be shown: short, and always JSON; what is not a number, true, false or null as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_SHOWN else _short(_digits(value))
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "not a number" if math.isnan(value) else "1e309 or more" if value > 0 else "-1e309 or less"
    if isinstance(value, bytes):
        return _short(plain(value[: MOST_SHOWN + 1].decode("utf-8", "backslashreplace")))
    return _short(plain(value if isinstance(value, str) else _written(value)))


def in_words(value: Any) -> str:
    """The same in a sentence: `null`, `true`, `"text"`."""
    found = shown(value)
    return str(found) if isinstance(value, dict | list) else json.dumps(found, ensure_ascii=False)


def encoded(answer: Any) -> bytes:
    """The JSON of an answer, whatever text is in it."""
    try:
        return _encode(answer)
    except UnicodeEncodeError:
        return _encode(_made_plain(msgspec.to_builtins(answer)))


def _made_plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {_made_plain(name): _made_plain(member) for name, member in value.items()}
    return [_made_plain(item) for item in value] if isinstance(value, list) else value


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python writes no more than 4,300 digits
        return f"{'-' if value < 0 else ''}a number of very many digits"


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return "[...]" if isinstance(value, list) else "{...}"
