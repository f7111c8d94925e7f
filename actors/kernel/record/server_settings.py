"""How a MySQL or MariaDB has to be set up: looked at before anything is entrusted to it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

LEAST_PACKET_BYTES: Final = 16 << 20
"""`max_allowed_packet`, as it is where nobody has changed it. Statements are of 1 MB and journal entries of 4 MB, but one
order of 10,000 lines with long SKUs, edited, is a row of some 12 MB."""


def unfit_settings(connection: Connection) -> str:
    """Settings of the server that would lose a commit or refuse a row, each with the value it needs; empty when none would.

    A journal is trimmed because the rows have what it held. So the rows are no less durable than a journal, wherever that is.
    """
    if connection.dialect.name == "sqlite":
        return ""  # its engines set what they need with each connection
    flush, packet, binary_log, sync = connection.exec_driver_sql(
        "SELECT @@innodb_flush_log_at_trx_commit, @@max_allowed_packet, @@log_bin, @@sync_binlog"
    ).one()
    unfit = []
    if int(flush) != 1:
        unfit.append(f"innodb_flush_log_at_trx_commit is {flush}, must be 1")
    if int(binary_log) and int(sync) != 1:  # a commit that the binary log lacks is rolled back when the server recovers
        unfit.append(f"sync_binlog is {sync}, must be 1 while log_bin is on")
    if int(packet) < LEAST_PACKET_BYTES:
        unfit.append(f"max_allowed_packet is {packet}, must be at least {LEAST_PACKET_BYTES}")
    return "; ".join(unfit)
