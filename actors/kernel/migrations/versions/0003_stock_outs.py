"""Stock-outs have rows: since when, and until when, nothing of a SKU could be promised from a warehouse."""

import sqlalchemy as sa
from alembic import op

from actors.kernel.record.database import MYSQL_TABLE

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    found = sa.inspect(op.get_bind())
    if "stock_outs" not in found.get_table_names():
        op.create_table(
            "stock_outs",
            sa.Column("sku", sa.String(64), nullable=False),
            sa.Column("warehouse", sa.String(64), nullable=False),
            sa.Column("began_at", sa.BigInteger(), nullable=False),
            sa.Column("ended_at", sa.BigInteger(), nullable=True),
            sa.Column("owner", sa.String(64), nullable=False),
            sa.PrimaryKeyConstraint("sku", "warehouse", "began_at"),
            **MYSQL_TABLE,
        )
    if "stock_outs_of_owner" not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("stock_outs")}:
        op.create_index("stock_outs_of_owner", "stock_outs", ["owner", "ended_at"])
