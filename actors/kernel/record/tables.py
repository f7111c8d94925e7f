"""Tables of the kernel: how far each owner's rows are, keys of the API, facts about the installation."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table, Text

from actors.kernel.record.database import MYSQL_TABLE, metadata
from actors.kernel.record.widths import ALARM_WIDTH, ID_WIDTH, TEXT_WIDTH

owners = Table(
    "owners",
    metadata,
    Column("name", String(ID_WIDTH), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("applied_epoch", BigInteger, nullable=False),
    Column("applied_number", BigInteger, nullable=False),
    Column("alarm", String(ALARM_WIDTH), nullable=False, server_default=""),
    Column("applied_at", BigInteger, nullable=False, server_default="0"),
    comment="the journal position that the rows of an owner stand at, moved in the same transaction as the rows",
    **MYSQL_TABLE,
)
"""`applied_at`: the owner's clock at the newest event that is in its rows, ms since 1970 UTC; 0 when none is, -1 where an
earlier release wrote the newest."""
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(TEXT_WIDTH), nullable=False),
    Column("role", String(32), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    **MYSQL_TABLE,
)
meta = Table(
    "meta",
    metadata,
    Column("name", String(ID_WIDTH), primary_key=True),
    Column("value", Text, nullable=False),
    **MYSQL_TABLE,
)
