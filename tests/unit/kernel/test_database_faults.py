"""What an error of the database means: away, refused, or about the data."""

from __future__ import annotations

import sqlite3

import pymysql
import pytest
from sqlalchemy.exc import OperationalError

from actors.kernel.faults import DataRefused, Fault, StoreUnavailable
from actors.kernel.record.database import StoreRefused, faults_named

CASES = [
    (pymysql.err.OperationalError(2013, "Lost connection to MySQL server during query"), StoreUnavailable),
    (pymysql.err.OperationalError(""), StoreUnavailable),
    (pymysql.err.InterfaceError(0, ""), StoreUnavailable),
    (OperationalError("SELECT 1", {}, pymysql.err.OperationalError(2003, "Can't connect")), StoreUnavailable),
    (OSError("no route"), StoreUnavailable),
    (pymysql.err.OperationalError(1045, "Access denied"), StoreRefused),
    (pymysql.err.IntegrityError(1062, "Duplicate entry 'o4:2-0' for key 'movement_once'"), DataRefused),
    (pymysql.err.DataError(1406, "Data too long for column 'unit' at row 1"), DataRefused),
    (pymysql.err.OperationalError(1153, "Got a packet bigger than 'max_allowed_packet' bytes"), DataRefused),
    (sqlite3.IntegrityError("UNIQUE constraint failed: inventory_movements.op_id"), DataRefused),
    (sqlite3.OperationalError("database is locked"), StoreUnavailable),
]


@pytest.mark.parametrize(("error", "kind"), CASES, ids=lambda value: getattr(value, "__name__", str(value)[:40]))
def test_an_error_is_the_fault_it_says(error: Exception, kind: type[Fault]) -> None:
    with pytest.raises(Fault) as raised, faults_named("writing the rows"):
        raise error
    assert type(raised.value) is kind
    assert str(raised.value).startswith("writing the rows: ")
    assert ("does not answer" in str(raised.value)) == (kind is StoreUnavailable and not isinstance(error, OSError))
