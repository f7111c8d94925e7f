"""The invariants over the rows: what must hold in the system of record once nothing is under way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, text

from actors.kernel.record.database import faults_named

MOST_SHOWN: Final = 20


SKUS_AT_ONCE: Final = 2_000
"""The ledger is summed up for so many SKUs at a time: neither the database nor we hold all of it at once."""


class Check(NamedTuple):
    """An invariant, and the query that finds who breaks it: `keys` columns that name who, what is, what should be.

    A query that takes `{of_skus}` is asked for one range of SKUs after another.
    """

    name: str
    query: str
    keys: int = 1


def _same(keys: str, one: str, other: str, other_keys: str = "") -> str:
    """Both sides added up by key, so that a key which only one of them has is seen too."""
    return (
        f"SELECT {keys}, SUM(have), SUM(want) FROM (SELECT {keys}, {one} UNION ALL SELECT {other_keys or keys}, {other}) t "
        f"GROUP BY {keys} HAVING SUM(have) <> SUM(want) ORDER BY {keys}"
    )


CHECKS: Final = (
    Check(
        "on_hand of every place = sum of its movements",
        _same(
            "sku, warehouse, location, lot",
            "on_hand AS have, 0 AS want FROM inventory_bins WHERE {of_skus}",
            "0 AS have, quantity AS want FROM inventory_movements WHERE {of_skus}",
        ),
        keys=4,
    ),
    Check(
        "on_hand of a warehouse = sum of its places",
        _same(
            "sku, warehouse",
            "on_hand AS have, 0 AS want FROM inventory_levels",
            "0 AS have, on_hand AS want FROM inventory_bins",
        ),
        keys=2,
    ),
    Check(
        "reserved = sum of open reservations",
        _same(
            "sku, warehouse",
            "reserved AS have, 0 AS want FROM inventory_levels",
            "0 AS have, reserved AS want FROM reservations",
        ),
        keys=2,
    ),
    Check(
        "backordered = sum of those who wait",
        _same(
            "sku, warehouse",
            "backordered AS have, 0 AS want FROM inventory_levels",
            "0 AS have, backordered AS want FROM reservations",
        ),
        keys=2,
    ),
    Check(
        "0 <= reserved <= on_hand - on_hold",
        "SELECT sku, warehouse, reserved AS have, on_hand - on_hold AS want FROM inventory_levels "
        "WHERE reserved < 0 OR reserved > on_hand - on_hold",
        keys=2,
    ),
    Check(
        "an order's lines = its reservations",
        """SELECT o.order_id, o.have, COALESCE(r.have, 0) AS want FROM
             (SELECT order_id, SUM(quantity_reserved + quantity_backordered) AS have FROM order_lines GROUP BY order_id) o
             LEFT JOIN (SELECT reservation_id AS order_id, SUM(reserved + backordered) AS have FROM reservations
                        WHERE kind = 'order' GROUP BY reservation_id) r ON r.order_id = o.order_id
           WHERE o.have <> COALESCE(r.have, 0)""",
    ),
    Check(
        "no reservation without a live order",
        """SELECT r.reservation_id, r.have, 0 AS want FROM
             (SELECT reservation_id, SUM(reserved + backordered) AS have FROM reservations
              WHERE kind = 'order' GROUP BY reservation_id) r
             LEFT JOIN orders o ON o.order_id = r.reservation_id
           WHERE r.have > 0 AND (o.order_id IS NULL OR o.state IN ('rejected', 'cancelled', 'delivered'))""",
    ),
    Check(
        "received of a purchase order = sum of its receipts",
        _same(
            "purchase_order_id, sku",
            "quantity_received AS have, 0 AS want FROM purchase_order_lines",
            "0 AS have, quantity AS want FROM receipt_lines WHERE document NOT LIKE 'blind %'",
            "document, sku",
        ),
        keys=2,
    ),
    Check(
        "a receipt's line = its movement, once",
        _same(
            "movement, sku",
            "quantity AS have, 0 AS want FROM receipt_lines WHERE {of_skus}",
            "0 AS have, quantity AS want FROM inventory_movements WHERE op_id LIKE 'receipt:%' AND {of_skus}",
            "op_id, sku",
        ),
        keys=2,
    ),
    Check(
        "no receipt left under way",
        "SELECT movement, 'not booked' AS have, 'booked' AS want FROM receipt_lines WHERE booked = 0",
    ),
    Check(
        "units put away = their movements",
        _same(
            "document, sku",
            "quantity_done AS have, 0 AS want FROM (SELECT CASE WHEN document LIKE 'blind %' THEN SUBSTR(document, 7) "
            "WHEN document LIKE 'task %' THEN SUBSTR(document, 6) ELSE document END AS document, sku, quantity_done "
            "FROM putaway_tasks) done",
            "0 AS have, quantity AS want FROM inventory_movements WHERE reason = 'putaway' AND line = 1",
        ),
        keys=2,
    ),
    Check(
        "ordered by suggestions = the decisions on them (edits by hand apart)",
        _same(
            "purchase_order_id, sku",
            "quantity_ordered - quantity_edited AS have, 0 AS want FROM purchase_order_lines "
            "WHERE purchase_order_id IN (SELECT purchase_order_id FROM replenishment_decisions)",
            "0 AS have, quantity_decided AS want FROM replenishment_decisions WHERE purchase_order_id <> ''",
        ),
        keys=2,
    ),
    Check(
        "no order left under way",
        "SELECT order_id, state AS have, 'a state of rest' AS want FROM orders WHERE state = 'received'",
    ),
)


def broken_checks(engine: Engine) -> dict[str, list[str]]:
    """By invariant, one line per offending key; empty lists where it holds."""
    broken: dict[str, list[str]] = {}
    with faults_named("checking the rows"), engine.connect() as connection:
        for check in CHECKS:
            rows: list[Any] = []
            for of_skus, bounds in _ranges(connection) if "{of_skus}" in check.query else (("", {}),):
                query = text(check.query.replace("{of_skus}", of_skus))
                rows += connection.execute(query, bounds).fetchmany(MOST_SHOWN - len(rows))
                connection.rollback()  # the next range is read as of its own moment: writers need not be waited for
                if len(rows) >= MOST_SHOWN:
                    break
            broken[check.name] = [_line(row, check.keys) for row in rows]
    return broken


def _line(row: Any, keys: int) -> str:
    return f"{' / '.join(str(key) for key in row[:keys] if key != '')}: {row[keys]}, must be {row[keys + 1]}"


def key_of(line: str) -> str:
    """Whom a line is about."""
    return line.rpartition(": ")[0]


def _ranges(connection: Connection) -> Iterator[tuple[str, dict[str, str]]]:
    """Conditions that together take in every SKU, also one that is no product, each with its bounds."""
    bound = text("SELECT sku FROM products WHERE sku > :after ORDER BY sku LIMIT 1 OFFSET :skus")
    after = ""
    while (through := connection.execute(bound, {"after": after, "skus": SKUS_AT_ONCE - 1}).scalar()) is not None:
        yield "sku > :after AND sku <= :through", {"after": after, "through": through}
        after = through
    yield "sku > :after", {"after": after}
