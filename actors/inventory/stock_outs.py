"""Since when nothing of a SKU could be promised from a warehouse: what demand history leaves out as censored.

Written by the projector beside the levels, in the same transaction. A stock-out that is over before the rows are written,
within the same half second as a rule, is not seen.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, select

from actors.inventory.shard import InventoryShard
from actors.inventory.tables import stock_outs
from actors.kernel.messages import OwnerName

Row = tuple[Any, ...]


class StockOuts:
    """The stock-outs that have not ended, as they are in the rows."""

    def __init__(self) -> None:
        self._began: dict[tuple[str, str], int] = {}
        self._changes: dict[tuple[str, str], int | None] = {}
        """What the rows that are being written will make true."""

    def begin(self, connection: Connection, owner: OwnerName) -> None:
        """Read how the rows stand."""
        table = stock_outs.c
        query = select(table.sku, table.warehouse, table.began_at).where(table.owner == owner, table.ended_at.is_(None))
        self._began = {(sku, warehouse): began_at for sku, warehouse, began_at in connection.execute(query)}

    def rows(self, shard: InventoryShard) -> tuple[Table, list[Row]]:
        """Rows of the stock-outs that began or ended with what changed; asked again, the same, until they are `written`."""
        self._changes = {}
        rows: list[Row] = []
        for sku in shard.changed:
            for warehouse, site in shard.items[sku].sites.items():
                began, is_out = self._began.get((sku, warehouse)), site.available <= 0
                if is_out and began is None:
                    self._changes[sku, warehouse] = shard.now
                    rows.append((sku, warehouse, shard.now, None, shard.name))
                elif not is_out and began is not None:
                    self._changes[sku, warehouse] = None
                    rows.append((sku, warehouse, began, shard.now, shard.name))
        return stock_outs, rows

    def written(self) -> None:
        """The rows are written."""
        for place, began in self._changes.items():
            if began is None:
                del self._began[place]
            else:
                self._began[place] = began
        self._changes = {}
