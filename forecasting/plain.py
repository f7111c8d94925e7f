"""Figures as JSON knows them: neither NaN nor infinity."""

from __future__ import annotations

import math
from typing import Any


def plain(figures: Any) -> Any:
    """The same with null where a number is none."""
    if isinstance(figures, dict):
        return {name: plain(value) for name, value in figures.items()}
    if isinstance(figures, list | tuple):
        return [plain(value) for value in figures]
    return None if isinstance(figures, float) and not math.isfinite(figures) else figures
