"""Movements name their owner, and what left the house has names of its own; units of products may be longer; owners have
an alarm.

MySQL commits every change of a schema at once: each step looks whether an interrupted run has done it already.
"""

import zlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = op.get_bind()
    found = sa.inspect(connection)
    if "owner" not in {column["name"] for column in found.get_columns("inventory_movements")}:
        op.add_column("inventory_movements", sa.Column("owner", sa.String(64), nullable=False, server_default=""))
    _name_owners(connection)
    _name_shipments(connection)
    indexes = {index["name"]: index["column_names"] for index in found.get_indexes("inventory_movements")}
    if indexes.get("movement_once") == ["op_id", "line"]:
        op.drop_index("movement_once", "inventory_movements")
        del indexes["movement_once"]
    if "movement_once" not in indexes:
        op.create_index("movement_once", "inventory_movements", ["owner", "op_id", "line"], unique=True)
    if "alarm" not in {column["name"] for column in found.get_columns("owners")}:
        op.add_column("owners", sa.Column("alarm", sa.String(1000), nullable=False, server_default=""))
    with op.batch_alter_table("products") as products:
        products.alter_column("unit", existing_type=sa.String(32), type_=sa.String(64), existing_nullable=False)


def _name_owners(connection: sa.Connection) -> None:
    """The owner of a SKU goes by the CRC-32 of its name and the number of shards, which the installation remembers."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.create_function("CRC32", 1, lambda text: zlib.crc32(text.encode()), deterministic=True)
    shards = connection.scalar(sa.text("SELECT value FROM meta WHERE name = 'SKULD_INVENTORY_SHARDS'"))
    owner = sa.literal("inventory-") + sa.cast(sa.func.crc32(sa.column("sku")) % int(shards or 1), sa.String(20))
    connection.execute(sa.update(_movements()).where(sa.column("owner") == "").values(owner=owner))


def _name_shipments(connection: sa.Connection) -> None:
    """An order's shipment was `order id:revision`, which an adjustment could be called too."""
    document, op_id = sa.column("document", sa.String()), sa.column("op_id", sa.String())
    of_order = sa.func.substr(op_id, 1, sa.func.length(document) + 1) == document + sa.literal(":")
    shipped = sa.and_(sa.column("reason") == "shipped", of_order)
    connection.execute(sa.update(_movements()).where(shipped).values(op_id=sa.literal("shipped:") + op_id))


def _movements() -> Any:
    return sa.table(
        "inventory_movements", *[sa.column(name, sa.String) for name in ("owner", "op_id", "sku", "document", "reason")]
    )
