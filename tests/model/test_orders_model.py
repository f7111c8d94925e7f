"""Two order shards and three inventory shards whose messages come late, twice, out of order, or never."""

from __future__ import annotations
