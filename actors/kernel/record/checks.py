"""The invariants over the rows: what must hold in the system of record once nothing is under way."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Engine, text

from actors.kernel.record.database import faults_named

MOST_SHOWN: Final = 20


class Check(NamedTuple):
    """An invariant, and the query that finds who breaks it: a key, what is, what should be."""

    name: str
    query: str


CHECKS: Final = (
    Check(
        "on_hand = sum of movements",
        """SELECT b.k, b.have, COALESCE(m.have, 0) AS want FROM
             (SELECT sku AS k, SUM(on_hand) AS have FROM inventory_bins GROUP BY sku) b
             LEFT JOIN (SELECT sku AS k, SUM(quantity) AS have FROM inventory_movements GROUP BY sku) m ON m.k = b.k
           WHERE b.have <> COALESCE(m.have, 0)""",
    ),
    Check(
        "on_hand of a warehouse = sum of its places",
        """SELECT l.sku, l.on_hand AS have, COALESCE(b.have, 0) AS want FROM inventory_levels l LEFT JOIN
             (SELECT sku, warehouse, SUM(on_hand) AS have FROM inventory_bins GROUP BY sku, warehouse) b
             ON b.sku = l.sku AND b.warehouse = l.warehouse WHERE l.on_hand <> COALESCE(b.have, 0)""",
    ),
    Check(
        "reserved = sum of open reservations",
        """SELECT l.sku, l.reserved AS have, COALESCE(r.have, 0) AS want FROM inventory_levels l LEFT JOIN
             (SELECT sku, warehouse, SUM(reserved) AS have FROM reservations GROUP BY sku, warehouse) r
             ON r.sku = l.sku AND r.warehouse = l.warehouse WHERE l.reserved <> COALESCE(r.have, 0)""",
    ),
    Check(
        "0 <= reserved <= on_hand - on_hold",
        "SELECT sku, reserved AS have, on_hand - on_hold AS want FROM inventory_levels "
        "WHERE reserved < 0 OR reserved > on_hand - on_hold",
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
        "no order left under way",
        "SELECT order_id, state AS have, 'a state of rest' AS want FROM orders WHERE state = 'received'",
    ),
)


def broken_checks(engine: Engine) -> dict[str, list[str]]:
    """By invariant, one line per offending key; empty lists where it holds."""
    broken = {}
    with faults_named("checking the rows"), engine.connect() as connection:
        for check in CHECKS:
            rows = connection.execute(text(check.query)).fetchmany(MOST_SHOWN)
            broken[check.name] = [f"{row[0]}: {row[1]}, must be {row[2]}" for row in rows]
    return broken
