"""How long tests wait for what has to happen: far longer than it takes, because machines are busy."""

from __future__ import annotations

from typing import Final

PATIENCE_S: Final = 60.0
