"""The clock that owners read; it comes into the rules with each command."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Now, in ms since 1970 UTC."""
    return time.time_ns() // 1_000_000
