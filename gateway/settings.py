"""Limits and times of the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What one gateway process is given."""

    host: str = "127.0.0.1"
    port: int = 8000
    auth: bool = True
    data_dir: Path | None = None
    """Where the history of demand is, for charts."""
    body_bytes: int = 1 << 20
    batch_bytes: int = 32 << 20
    put_away: bool = True
    """Whether received goods become available only when they are put away, unless a receipt says otherwise."""
    zone: tzinfo = UTC
    """Of the site: suggestions expire by its days."""
    patience_s: float = 15.0
    """How long a request waits for the owners before the caller is told to ask again."""
