"""What planning reads of one item are the rows that it reads of all, as far as they are about it; in MariaDB and in SQLite."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from actors.kernel.record.database import open_database
from forecasting.planning.record import read_books, read_item
from tests.integration.in_process import InProcess


@pytest.mark.parametrize("store", ["sqlite", "mariadb"])
def test_the_rows_of_an_item_are_those_of_all_that_are_about_it(
    store: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue("fresh_database") if store == "mariadb" else ""
    shop = InProcess(tmp_path / "data", database_url=url).start()
    try:
        shop.fill({"pen": 20, "cap": 5})
        shop.call("PUT", "/v1/warehouses/north", {"name": "North"})
        shop.call("POST", "/v1/adjustments", {"sku": "pen", "quantity": 7, "reason": "opening_stock", "warehouse": "north"})
        for supplier, sku in (("acme", "pen"), ("acme", "cap"), ("other", "cap")):
            minimum = "100.00" if supplier == "other" else None
            money = {"minimum_order": minimum, "order_cost": "25.00" if minimum else None, "currency": "EUR"}
            shop.call("PUT", f"/v1/suppliers/{supplier}", {"name": supplier, "lead_time_days": 5, **money})
            terms = {"order_multiple": 2, "line_cost": "0.50"}
            assert shop.call("PUT", f"/v1/supplier-items/{supplier}/{sku}", terms)[0] == 201
            lines = [{"sku": sku, "quantity": 4}]
            for number in range(2):
                order = f"po-{supplier}-{sku}-{number}"
                body = {"purchase_order_id": order, "supplier": supplier, "lines": lines}
                assert shop.call("POST", "/v1/purchase-orders", body)[0] == 201
                shop.call("POST", f"/v1/purchase-orders/{order}/place")
            assert shop.call("POST", f"/v1/purchase-orders/{order}/receive", {"lines": lines})[0] == 201
        shop.call("PUT", "/v1/reorder-policies/pen", {"target": 0.9})
        shop.call("PUT", "/v1/reorder-policies/cap", {"target": 0.8})
        why = {"steps": [{"name": "need", "units": 4}], "chance_without": 0.5, "chance_with": 0.1}
        one = {"sku": "cap", "supplier": "other", "quantity": 4, "target": 0.9, "explanation": why}
        assert shop.call("PUT", "/v1/replenishment-suggestions", {"run_id": "run", "items": [one]})[0] == 200
        pen = {**one, "sku": "pen", "supplier": "acme"}
        assert shop.call("PUT", "/v1/replenishment-suggestions", {"run_id": "run", "items": [pen]})[0] == 200
        shop.level_rows()
        made = {one["sku"]: one["id"] for one in shop.call("GET", "/v1/replenishment-suggestions")[1]["items"]}
        assert shop.call("POST", f"/v1/replenishment-suggestions/{made['cap']}/approve")[0] == 200
        none = {"quantity": 6, "reason": "on its way out", "until": "2999-12-31"}
        assert shop.call("POST", f"/v1/replenishment-suggestions/{made['pen']}/override", none)[0] == 200
        shop.level_rows()
        with open_database(shop.settings.sql_url).connect() as rows:
            every, item = read_books(rows), read_item(rows, "pen", "main")
        acme = {"name": "acme", "lead_time_days": 5, "order_cost": "50"}
        assert shop.call("PUT", "/v1/suppliers/acme", acme)[0] == 200
        shop.level_rows()
        with open_database(shop.settings.sql_url).connect() as rows:
            together, whole = read_item(rows, "pen", "main"), read_books(rows)
    finally:
        shop.stop()
    for name in item._fields:
        frame, found = getattr(every, name), getattr(item, name)
        if name in ("receipts", "waiting"):
            frame = frame.filter(pl.col("supplier") == "acme")
        else:
            frame = frame.filter(pl.col("sku") == "pen") if "sku" in frame.columns else frame
            frame = frame.filter(pl.col("warehouse").is_in(["main", ""])) if "warehouse" in frame.columns else frame
        assert_frame_equal(found, frame, check_row_order=name == "on_order")
        assert len(found) > 0, name
    assert_frame_equal(
        together.terms, whole.terms, check_row_order=False
    )  # caps are ordered together with pens, whoever else sells them
    assert sorted(together.order_costs.rows()) == [("acme", "50"), ("other", "25.00")]
    assert sorted(every.drafts.rows()) == [("acme", "main", 6, "", "pen"), ("other", "main", 4, "", "cap")]
