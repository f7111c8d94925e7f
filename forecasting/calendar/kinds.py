"""Types of events that say more than their name: a weekend that is worked, a day on which nobody works."""

from __future__ import annotations

import re
from typing import Final

MAKE_UP_WORKDAY: Final = "make-up workday"
"""A day of a weekend that is worked, as in China beside long holidays."""
CLOSURE: Final = "closure"
_BETWEEN: Final = re.compile(r"[\s_-]+")


def is_make_up_workday(kind: str) -> bool:
    """Whether days of this type are worked: `make-up workday`, however it is written (`Makeup_Workday`, `make up workdays`)."""
    return _plain(kind) == _plain(MAKE_UP_WORKDAY)


def is_day_off(kind: str) -> bool:
    """Whether nobody works on days of this type, where nothing else is said: `closure`."""
    return _plain(kind) == _plain(CLOSURE)


def _plain(kind: str) -> str:
    return _BETWEEN.sub("", kind.casefold()).removesuffix("s")
