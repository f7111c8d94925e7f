"""A database that an older release made is brought up to date at the start, with what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, select, text

from actors.inventory.reads import recall_adjustments
from actors.inventory.tables import inventory_movements, products
from actors.kernel.messages import OwnerName
from actors.kernel.record.database import metadata, open_database
from actors.kernel.record.schema import migrate, scripts_of
from actors.kernel.record.tables import owners
from actors.kernel.routing import InventoryShards
from actors.procurement.planning_tables import replenishment_suggestions

SHARDS = InventoryShards(3)
SKUS = ("apple", "pear", "größe", "\u4e2d\u6587")
OLD_ROW = text(
    "INSERT INTO inventory_movements (op_id, line, at, sku, warehouse, location, lot, quantity, `before`, `after`, reason, "
    "document, actor, fingerprint) VALUES (:op_id, 0, 1, :sku, 'main', 'stock', '', 1, 0, 1, :reason, :document, 'ann', 7)"
)


@pytest.fixture(params=["sqlite", "mariadb"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of the first release, with a row of everything that changes."""
    url = f"sqlite:///{tmp_path / 'record.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("fresh_database")
    made = open_database(url)
    with made.begin() as connection:
        config, _ = scripts_of()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO meta VALUES ('SKULD_INVENTORY_SHARDS', '3')"))
        connection.execute(text("INSERT INTO products VALUES ('apple', 'Apple', '', 'each', '[]', '', NULL, NULL, 1)"))
        for sku in SKUS:
            connection.execute(OLD_ROW, {"op_id": f"adjust:{sku}", "sku": sku, "reason": "found", "document": ""})
        for op_id, document in (("adjust:2", "adjust"), ("commit:key", "0-a")):
            connection.execute(OLD_ROW, {"op_id": op_id, "sku": "pear", "reason": "shipped", "document": document})
    yield made
    made.dispose()


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_movements_get_their_owners_and_names(old: Engine) -> None:
    migrate(old)
    found = {row["op_id"]: row["owner"] for row in rows(old, inventory_movements)}
    assert found == {f"adjust:{sku}": SHARDS.owner_of(sku) for sku in SKUS} | {
        "shipped:adjust:2": SHARDS.owner_of("pear"),
        "commit:key": SHARDS.owner_of("pear"),
    }
    for sku in SKUS:
        (recalled,) = recall_adjustments(old, OwnerName(SHARDS.owner_of(sku)), [f"adjust:{sku}"])
        assert recalled.adjusted.sku == sku
    assert [row["name"] for row in rows(old, products)] == ["Apple"]


def test_the_schema_is_then_the_one_the_code_knows(old: Engine) -> None:
    migrate(old)
    found = inspect(old)
    for table in metadata.tables.values():
        lengths = {column["name"]: getattr(column["type"], "length", None) for column in found.get_columns(table.name)}
        assert {name: lengths[name] for name in lengths if lengths[name] != 4_294_967_295} == {
            column.name: getattr(column.type, "length", None)
            for column in table.columns
            if lengths[column.name] != 4_294_967_295
        }
        indexes = {
            (index["name"], tuple(index["column_names"]), bool(index["unique"])) for index in found.get_indexes(table.name)
        }
        assert indexes == {(one.name, tuple(one.columns.keys()), bool(one.unique)) for one in table.indexes}


def test_an_upgrade_that_was_interrupted_is_finished(old: Engine) -> None:
    with old.begin() as connection:
        connection.execute(text("ALTER TABLE inventory_movements ADD COLUMN owner VARCHAR(64) NOT NULL DEFAULT ''"))
    migrate(old)
    with old.begin() as connection:  # all is done but for the note that it is
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    migrate(old)
    assert {row["owner"] for row in rows(old, inventory_movements) if row["sku"] == "pear"} == {SHARDS.owner_of("pear")}


def test_suggestions_of_before_are_ranked_by_the_severity_of_their_warnings(old: Engine) -> None:
    columns = "id, run_id, sku, warehouse, supplier, state, quantity_suggested, unit_price, target, grade, exceptional, "
    columns += (
        "money_at_risk, warnings, made_at, expires_on, quantity_decided, decided_at, actor, reason, until, purchase_order_id"
    )
    one = text(
        f"INSERT INTO replenishment_suggestions ({columns}) VALUES (:id, 'run', :id, 'main', 'farm', 'open', 1, '', 0.9, 'A', "
        ":exceptional, 1, :warnings, 1, '', 0, 0, '', '', '', '')"
    )
    severities = {"": 0, ",overstock,": 1, ",late_order,overstock,": 2, ",out_of_stock,late_order,": 3}
    with old.begin() as connection:
        config, _ = scripts_of()
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for number, warnings in enumerate(severities):
            connection.execute(one, {"id": str(number), "exceptional": int(bool(warnings)), "warnings": warnings})
    migrate(old)
    found = {row["warnings"]: row["severity"] for row in rows(old, replenishment_suggestions)}
    assert found == severities


def test_nobody_knows_of_when_the_rows_of_an_earlier_release_are(old: Engine) -> None:
    with old.begin() as connection:
        config, _ = scripts_of()
        config.attributes["connection"] = connection
        command.upgrade(config, "0008")
        connection.execute(text("INSERT INTO owners (name, epoch, applied_epoch, applied_number) VALUES ('orders-0', 1, 1, 4)"))
    migrate(old)
    assert [(row["name"], row["applied_at"]) for row in rows(old, owners)] == [("orders-0", -1)]
