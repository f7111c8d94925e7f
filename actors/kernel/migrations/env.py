"""Alembic's entry: runs on the connection that `schema.migrate` hands it."""

from alembic import context

import actors.inventory.tables
import actors.kernel.record.tables
import actors.orders.tables
import actors.procurement.planning_tables
import actors.procurement.tables  # noqa: F401  # they fill the metadata
from actors.kernel.record.database import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
