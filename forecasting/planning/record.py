"""Reads what planning needs from the rows of the system of record, each table as one frame."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import Connection, text

_KEYS: Final = {"sku": pl.String, "warehouse": pl.String}
_DRAFT: Final = "(state = 'draft' OR (state = 'on_hold' AND placed_at = 0))"
_ANNOUNCED: Final = (
    "CAST(COALESCE((SELECT SUM(a.quantity_expected) FROM asn_lines a WHERE a.purchase_order_id = o.purchase_order_id "
    "AND a.sku = o.sku), 0) AS SIGNED)"
)
"""What is announced of a line is expected on the day of its notice instead."""
_AGREED: Final = "COALESCE({line}.lead_time_days, i.lead_time_days, s.lead_time_days) AS lead_time_days, s.calendar"
"""With the order, as its line has it; of a line that does not tell, today."""
_WITH_TERMS: Final = (
    "JOIN suppliers s ON s.id = o.supplier LEFT JOIN supplier_items i ON i.supplier = o.supplier AND i.sku = o.sku"
)
ON_HOLD_TYPES: Final = ("damaged", "quarantine", "receiving", "returns")
"""Of locations whose goods are on hold; `quarantine` and `receiving` are there from the start, under these names."""
_LAST_OF_SHORT: Final = (
    "(EXISTS (SELECT 1 FROM purchase_order_lines l WHERE l.purchase_order_id = o.purchase_order_id AND l.sku = o.sku "
    "AND l.state = 'closed' AND l.quantity_received < l.quantity_ordered) "
    "AND NOT EXISTS (SELECT 1 FROM lead_times n WHERE n.purchase_order_id = o.purchase_order_id AND n.sku = o.sku "
    "AND (n.received_at > o.received_at OR (n.received_at = o.received_at AND n.receipt_id > o.receipt_id))))"
)
"""The latest receipt of a line that was closed short. What did arrive teaches how long goods take. The rest was given up, and
is not censored as an open order is: it will never arrive, so that it took longer than until the closing says nothing of how
long goods take that do. Counted as censored then, whoever delivers short but in time would look slow."""


def _on_hold_at(place: str) -> str:
    """Whether goods at the place of a task are on hold."""
    types = ", ".join(f"'{one}'" for one in ON_HOLD_TYPES)
    return (
        f"(t.{place} IN ('quarantine', 'receiving') OR EXISTS (SELECT 1 FROM locations l WHERE l.warehouse = t.warehouse "
        f"AND l.id = t.{place} AND l.type IN ({types})))"
    )


_OF_RECEIPTS: Final = {
    "supplier": pl.String, "sku": pl.String, "lead_time_days": pl.Int64, "calendar": pl.String, "placed_at": pl.Int64
}  # fmt: skip
NOT_DUE: Final = "9999-12-31"
"""When a draft is due that says nothing of it: never late."""
QUERIES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "decisions": (
        "SELECT COALESCE(MAX(number), 0) AS number FROM replenishment_decisions",
        {"number": pl.Int64},
    ),
    "levels": (
        "SELECT sku, warehouse, on_hand, on_hold, reserved, backordered FROM inventory_levels",
        {**_KEYS, "on_hand": pl.Int64, "on_hold": pl.Int64, "reserved": pl.Int64, "backordered": pl.Int64},
    ),
    "putaway": (
        "SELECT t.sku, t.warehouse, t.quantity - t.quantity_done AS units FROM putaway_tasks t WHERE t.state = 'pending' "
        f"AND {_on_hold_at('from_location')} AND NOT {_on_hold_at('to_location')}",
        {**_KEYS, "units": pl.Int64},
    ),
    "on_order": (
        "SELECT sku, warehouse, document, units, due_on, asn_id FROM (SELECT sku, warehouse, purchase_order_id AS document, "
        f"CASE WHEN {_DRAFT} THEN quantity_ordered ELSE quantity_open - {_ANNOUNCED} END AS units, "
        f"CASE WHEN due_on = '' THEN '{NOT_DUE}' ELSE due_on END AS due_on, '' AS asn_id FROM purchase_order_lines o "
        f"WHERE quantity_open > 0 OR ({_DRAFT} AND quantity_ordered > 0) "
        "UNION ALL SELECT sku, warehouse, purchase_order_id, quantity_expected, expected_on, asn_id FROM asn_lines) coming "
        "WHERE units > 0 ORDER BY due_on, document, asn_id",
        {**_KEYS, "document": pl.String, "units": pl.Int64, "due_on": pl.String, "asn_id": pl.String},
    ),
    "terms": (
        "SELECT i.sku, i.supplier, COALESCE(i.lead_time_days, s.lead_time_days) AS lead_time_days, i.minimum_quantity, "
        "i.order_multiple, i.price_breaks, s.calendar FROM supplier_items i JOIN suppliers s ON s.id = i.supplier "
        "ORDER BY i.sku, i.supplier",
        {
            "sku": pl.String, "supplier": pl.String, "lead_time_days": pl.Int64, "minimum_quantity": pl.Int64,
            "order_multiple": pl.Int64, "price_breaks": pl.String, "calendar": pl.String,
        },
    ),
    "minimums": (
        "SELECT id AS supplier, minimum_order AS money FROM suppliers WHERE minimum_order <> ''",
        {"supplier": pl.String, "money": pl.String},
    ),
    "currencies": (
        "SELECT DISTINCT currency FROM suppliers WHERE currency <> '' AND id IN (SELECT supplier FROM supplier_items) "
        "ORDER BY currency",
        {"currency": pl.String},
    ),
    "order_costs": (
        "SELECT id AS supplier, order_cost AS money FROM suppliers WHERE order_cost <> ''",
        {"supplier": pl.String, "money": pl.String},
    ),
    "line_costs": (
        "SELECT supplier, sku, line_cost AS money FROM supplier_items WHERE line_cost <> ''",
        {"supplier": pl.String, "sku": pl.String, "money": pl.String},
    ),
    "drafts": (
        "SELECT supplier, warehouse, quantity_ordered AS units, unit_price AS price, sku FROM purchase_order_lines "
        "WHERE state = 'draft' AND quantity_ordered > 0 "
        "AND purchase_order_id IN (SELECT purchase_order_id FROM replenishment_decisions)",
        {"supplier": pl.String, "warehouse": pl.String, "units": pl.Int64, "price": pl.String, "sku": pl.String},
    ),
    "overridden": (
        "SELECT sku, warehouse, until FROM replenishment_suggestions WHERE state = 'overridden'",
        {**_KEYS, "until": pl.String},
    ),
    "receipts": (
        f"SELECT o.supplier, o.sku, {_AGREED.format(line='p')}, o.placed_at, o.received_at, COALESCE(p.due_on, '') AS due_on "
        f"FROM lead_times o {_WITH_TERMS} LEFT JOIN purchase_order_lines p ON p.purchase_order_id = o.purchase_order_id "
        f"AND p.sku = o.sku WHERE o.complete = 1 OR {_LAST_OF_SHORT}",
        {**_OF_RECEIPTS, "received_at": pl.Int64, "due_on": pl.String},
    ),
    "waiting": (
        f"SELECT o.supplier, o.sku, {_AGREED.format(line='o')}, o.placed_at, o.due_on FROM purchase_order_lines o "
        f"{_WITH_TERMS} WHERE o.quantity_open > 0 AND o.placed_at > 0",
        {**_OF_RECEIPTS, "due_on": pl.String},
    ),
    "policies": (
        "SELECT sku, warehouse, target, review_days, supplier, minimum, maximum, shelf_life_days FROM reorder_policies",
        {
            **_KEYS, "target": pl.Float64, "review_days": pl.Int64, "supplier": pl.String, "minimum": pl.Int64,
            "maximum": pl.Int64, "shelf_life_days": pl.Int64,
        },
    ),
}  # fmt: skip


_TOGETHER: Final = (
    "sku = :sku OR sku IN (SELECT b.sku FROM supplier_items a JOIN suppliers s ON s.id = a.supplier "
    "JOIN supplier_items b ON b.supplier = a.supplier WHERE a.sku = :sku AND (s.minimum_order <> '' OR s.order_cost <> ''))"
)
"""Items that count towards one minimum order, or are ordered together."""
_OF_ITEM: Final = {"sku": f"({_TOGETHER})", "warehouse": "warehouse IN (:warehouse, '')"}
_OF_SUPPLIERS: Final = frozenset({"receipts", "waiting"})
_SELLS: Final = "supplier IN (SELECT supplier FROM supplier_items WHERE sku = :sku)"


class Books(NamedTuple):
    """The frames, named as their queries: how many decisions there were, stock, what is carried off hold, what is on order
    (drafts too: they are meant to be), who sells what, which money suppliers want an order to come to, in which currencies
    they sell, what an order and a line of it cost, what approved suggestions have gathered in drafts, which items people have
    decided on until a day, what was received and when it had been ordered, what has not been received, and how planners want
    it.

    Decisions come first: of one that is not counted the lines may be there already, never the other way round.
    """

    decisions: pl.DataFrame
    levels: pl.DataFrame
    putaway: pl.DataFrame
    on_order: pl.DataFrame
    terms: pl.DataFrame
    minimums: pl.DataFrame
    currencies: pl.DataFrame
    order_costs: pl.DataFrame
    line_costs: pl.DataFrame
    drafts: pl.DataFrame
    overridden: pl.DataFrame
    receipts: pl.DataFrame
    waiting: pl.DataFrame
    policies: pl.DataFrame


def read_books(connection: Connection) -> Books:
    """Read all of them."""
    frames = {name: _frame(connection, query, schema) for name, (query, schema) in QUERIES.items()}
    return Books(**frames)


def read_item(connection: Connection, sku: str, warehouse: str) -> Books:
    """The rows of one item, and of all that a supplier of it with a minimum order or an order cost sells beside it: how much of
    it is ordered depends on them. Receipts and open orders are those of all who sell it: lead times are learned from them."""
    frames = {}
    for name, (query, schema) in QUERIES.items():
        where = _of_item(name, schema)
        values = {key: value for key, value in (("sku", sku), ("warehouse", warehouse)) if f":{key}" in where}
        frames[name] = _frame(connection, f"SELECT * FROM ({query}) found WHERE {where}", schema, **values)
    return Books(**frames)._replace(on_order=frames["on_order"].sort("due_on", "document", "asn_id"))


def _of_item(name: str, schema: dict[str, Any]) -> str:
    if name in _OF_SUPPLIERS:
        return _SELLS
    return " AND ".join([_OF_ITEM[column] for column in schema if column in _OF_ITEM]) or "1 = 1"


def _frame(connection: Connection, query: str, schema: dict[str, Any], **values: str) -> pl.DataFrame:
    rows = [tuple(row) for row in connection.execute(text(query), values)]
    return pl.DataFrame(rows, schema=schema, orient="row")
