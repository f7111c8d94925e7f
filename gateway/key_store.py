"""API keys in the system of record."""

from __future__ import annotations

from sqlalchemy import Engine, insert, select, update

from actors.kernel.record.database import faults_named
from actors.kernel.record.tables import api_keys
from gateway.auth import StoredKey


class SqlKeyStore:
    """Keys as rows; the secret's hash never leaves this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, key: StoredKey) -> None:
        """Keep a new key."""
        with faults_named("keeping a key"), self._engine.begin() as connection:
            connection.execute(insert(api_keys).values(**key._asdict()))

    def find(self, key_id: str) -> StoredKey | None:
        """A key by id."""
        query = select(api_keys).where(api_keys.c.id == key_id)
        with faults_named("looking for a key"), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return StoredKey(**row) if row is not None else None

    def all(self) -> list[StoredKey]:
        """Every key."""
        with faults_named("listing keys"), self._engine.connect() as connection:
            return [StoredKey(**row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at)).mappings()]

    def revoke(self, key_id: str, at: int) -> bool:
        """Revoke a key."""
        change = update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
        with faults_named("revoking a key"), self._engine.begin() as connection:
            return connection.execute(change).rowcount == 1
