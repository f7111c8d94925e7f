"""Two starts at once take turns at the schema; one that waits too long says so instead of going ahead."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from actors.kernel.faults import StoreUnavailable
from actors.kernel.record import schema
from actors.kernel.record.database import QUERY_TIMEOUT_S, open_database
from actors.kernel.record.schema import migrate


def test_a_start_that_does_not_get_its_turn_changes_nothing_and_says_so(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIMEOUT_S", 1)
    engine = open_database(fresh_database)
    with engine.connect() as other:
        other.execute(text("SELECT GET_LOCK('skuld-schema', 0)"))
        with pytest.raises(StoreUnavailable, match="another process has been at it for 1 s") as waited:
            migrate(engine)
        assert "\n" not in str(waited.value)
        assert inspect(engine).get_table_names() == []
        other.execute(text("SELECT RELEASE_LOCK('skuld-schema')"))
    migrate(engine)
    assert "owners" in inspect(engine).get_table_names()
    engine.dispose()


def test_the_wait_for_a_turn_ends_before_the_connection_gives_up() -> None:
    assert schema.LOCK_TIMEOUT_S < QUERY_TIMEOUT_S
