"""How long a text may be, in characters: the same numbers for what the API takes and for the columns that keep it."""

from __future__ import annotations

from typing import Final

ID_WIDTH: Final = 64
"""Ids of orders, warehouses, locations, reservations; SKUs; names of owners."""
SHORT_WIDTH: Final = 64
"""Lots, units of measure, carriers."""
TEXT_WIDTH: Final = 200
"""Names, customers, documents, references, whoever did it."""
GTIN_WIDTH: Final = 14
KEY_WIDTH: Final = 128
"""A client's idempotency key."""
OP_ID_WIDTH: Final = 200
"""A verb, a key, the number of an item; or a word, two ids, a number."""
ALARM_WIDTH: Final = 1000
"""What keeps rows from being written; the rest of a longer one is in the log."""
