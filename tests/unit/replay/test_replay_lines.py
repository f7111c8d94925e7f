"""Reading tables of order lines: what is accepted, what is refused, what is left out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from gateway.replay.lines import BadFile, Lines, describe, read_lines

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
GOOD = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"


def read_csv(tmp_path: Path, text: str | bytes) -> Lines:
    path = tmp_path / "lines.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lines(path)


def read_frame(tmp_path: Path, columns: dict[str, Any]) -> Lines:
    path = tmp_path / "lines.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return read_lines(path)


def test_a_csv_row_becomes_a_typed_line(tmp_path: Path) -> None:
    lines = read_csv(tmp_path, f"{HEADER}\n{GOOD}\n")
    assert lines.table.row(0, named=True) == {
        "row": 1,
        "order_id": "536365",
        "code": "85123A",
        "sku": "85123A",
        "quantity": 6,
        "at": datetime(2010, 12, 1, 8, 26),
        "name": "WHITE HEART",
        "price": 2.55,
        "customer": "17850",
    }
    assert lines.table.schema["quantity"] == pl.Int64
    assert lines.bad == ()


def test_parquet_and_csv_of_the_same_table_give_the_same_lines(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {
            "InvoiceNo": ["1", "C2"],
            "StockCode": ["a1", "B2"],
            "Description": ["Teekanne, groß", None],
            "Quantity": [3, -1],
            "InvoiceDate": [datetime(2011, 1, 2, 3, 4), datetime(2011, 1, 2, 3, 5)],
            "UnitPrice": [1.5, 0.0],
            "CustomerID": [7, None],
        }
    )
    table.write_parquet(tmp_path / "lines.parquet")
    table.write_csv(tmp_path / "lines.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    assert read_lines(tmp_path / "lines.parquet").table.equals(read_lines(tmp_path / "lines.csv").table)


@pytest.mark.parametrize(
    "header",
    ["order_id,sku,quantity", "Order ID;SKU;Quantity", "invoice\tstock_code\tqty", "\ufefforder-id,item_id,units"],
)
def test_the_minimum_is_order_sku_and_quantity_under_any_usual_name(tmp_path: Path, header: str) -> None:
    separator = next(mark for mark in ",;\t" if mark in header)
    lines = read_csv(tmp_path, f"{header}\n{separator.join(['A-1', 'x9', '2'])}\n")
    assert lines.table.select("order_id", "sku", "quantity").row(0) == ("A-1", "X9", 2)
    assert lines.days == []


def test_the_sku_is_the_code_in_upper_case_and_the_spelling_is_kept(tmp_path: Path) -> None:
    lines = read_frame(tmp_path, {"order_id": ["1", "2"], "sku": ["15056bl", "15056BL"], "quantity": [1, 1]})
    assert lines.table["sku"].to_list() == ["15056BL", "15056BL"]
    assert lines.table["code"].to_list() == ["15056bl", "15056BL"]


def test_numbers_that_passed_through_a_float_lose_their_point(tmp_path: Path) -> None:
    columns = {"order_id": [536365.0], "sku": [71053.0], "quantity": [6.0], "customer": [17850.0]}
    assert read_frame(tmp_path, columns).table.select("order_id", "sku", "quantity", "customer").row(0) == (
        "536365",
        "71053",
        6,
        "17850",
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2011-12-09 12:50:00", datetime(2011, 12, 9, 12, 50)),
        ("2011-12-09T12:50:00Z", datetime(2011, 12, 9, 12, 50)),
        ("2011-12-09", datetime(2011, 12, 9)),
        ("12/9/2011 12:50", datetime(2011, 12, 9, 12, 50)),
        ("31/12/2011 12:50", datetime(2011, 12, 31, 12, 50)),
        ("31.12.2011 12:50", datetime(2011, 12, 31, 12, 50)),
    ],
)
def test_dates_are_read_in_the_usual_spellings(tmp_path: Path, written: str, meant: datetime) -> None:
    assert read_csv(tmp_path, f"order_id,sku,quantity,ordered_at\n1,a,1,{written}\n").table["at"][0] == meant


def test_lines_come_oldest_first_and_keep_their_row_number(tmp_path: Path) -> None:
    text = "order_id,sku,quantity,ordered_at\n1,a,1,2011-01-02\n2,a,1,2011-01-01\n3,a,1,2011-01-02\n"
    assert read_csv(tmp_path, text).table["row"].to_list() == [2, 1, 3]


def test_a_spreadsheet_export_with_pound_signs_is_read(tmp_path: Path) -> None:
    lines = read_csv(tmp_path, "order_id,sku,quantity,name\n1,a,1,Voucher £10\n".encode("cp1252"))
    assert lines.table["name"][0] == "Voucher £10"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (",a,1,2011-01-01,1", "row 2: order_id is missing"),
        ("1,,1,2011-01-01,1", "row 2: sku is missing"),
        ("1,   ,1,2011-01-01,1", "row 2: sku '   ' is missing"),
        ("1,a,,2011-01-01,1", "row 2: quantity is missing"),
        ("1,a,six,2011-01-01,1", "row 2: quantity 'six' is not a number"),
        ("1,a,nan,2011-01-01,1", "row 2: quantity 'nan' is not a number"),
        ("1,a,0,2011-01-01,1", "row 2: quantity '0' is zero"),
        ("1,a,1.5,2011-01-01,1", "row 2: quantity '1.5' is not a whole number"),
        ("1,a,99999999999999999999,2011-01-01,1", "row 2: quantity '99999999999999999999' is beyond ±1,000,000"),
        ("1,a,-1000001,2011-01-01,1", "row 2: quantity '-1000001' is beyond ±1,000,000"),
        ("1,a,inf,2011-01-01,1", "row 2: quantity 'inf' is beyond ±1,000,000"),
        ("1,a,1,soon,1", "row 2: ordered_at 'soon' is not a date"),
        ("1,a,1,,1", "row 2: ordered_at is missing"),
        ("1,a,1,2011-01-01,cheap", "row 2: price 'cheap' is not a number"),
        (f"1,{'x' * 65},1,2011-01-01,1", f"row 2: sku '{'x' * 65}' is longer than 64 characters"),
        ("1,a\x07b,1,2011-01-01,1", "row 2: sku 'a\\x07b' holds unprintable characters"),
    ],
)
def test_a_bad_row_is_told_with_row_column_and_value_and_stops_nothing(tmp_path: Path, cells: str, told: str) -> None:
    text = f"order_id,sku,quantity,ordered_at,price\n1,a,1,2011-01-01,1\n{cells}\n2,b,2,2011-01-01,\n"
    lines = read_csv(tmp_path, text)
    assert [describe(bad) for bad in lines.bad] == [told]
    assert lines.table["row"].to_list() == [1, 3]


def test_nulls_of_a_parquet_file_are_bad_rows(tmp_path: Path) -> None:
    columns = {"order_id": ["1", None, "3"], "sku": ["a", "b", None], "quantity": [1, 1, 1]}
    lines = read_frame(tmp_path, columns)
    assert [(bad.row, bad.column, bad.value) for bad in lines.bad] == [(2, "order_id", None), (3, "sku", None)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"hello world\n", "neither Parquet nor CSV"),
        (b"PK\x03\x04rest", "neither Parquet nor CSV"),
        (b"PAR1 and then nothing", "damaged"),
        (b"order_id,sku,quantity\n", "a header but no rows"),
        (b"order_id,name\n1,x\n", "columns StockCode (sku), Quantity (quantity) missing; found 'order_id', 'name'"),
        (b"order_id,sku,sku,quantity\n1,x,y,2\n", "column 'sku' is there 2 times"),
        (b'"order_id";"sku";"quantity";"quantity";"quantity"\n1;x;2;3;4\n', "column 'quantity' is there 3 times"),
        (b"order_id,sku,SKU,quantity\n1,x,y,2\n", "columns 'sku' and 'SKU' have the same name"),
        (b"note,note,order_id,sku,quantity\n,,1,x,2\n", "column 'note' is there 2 times"),
        (b"order_id,sku,pieces\n1,x,2\n", "column Quantity (quantity) missing; found 'order_id', 'sku', 'pieces'"),
        (b"order_id,sku,quantity\n1,x,many\n2,y,few\n", "column quantity holds no number, the first value is 'many'"),
        (b"order_id,sku,quantity,date\n1,x,1,soon\n", "column date holds no date, the first value is 'soon'"),
        (b"order_id,sku,quantity\n1,x,0\n", "none of its 1 rows can be used; the first: row 1: quantity '0' is zero"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_csv(tmp_path, content)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("quantity", [datetime(2011, 1, 1)], "expected whole numbers"),
        ("quantity", [True], "column quantity has type Boolean, expected whole numbers"),
        ("quantity", [[1]], "column quantity has type List(Int64), expected whole numbers"),
        ("ordered_at", [5], "column ordered_at has type Int64, expected dates"),
        ("sku", [{"a": 1}], "expected text"),
    ],
)
def test_a_column_of_the_wrong_type_is_named(tmp_path: Path, column: str, values: list[Any], told: str) -> None:
    columns: dict[str, Any] = {"order_id": ["1"], "sku": ["a"], "quantity": [1]} | {column: values}
    with pytest.raises(BadFile) as refused:
        read_frame(tmp_path, columns)
    assert told in str(refused.value)


@pytest.mark.parametrize("name", ["absent.parquet", "."])
def test_a_path_that_is_no_file_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match=r"no such file|a directory"):
        read_lines(tmp_path / name)


def test_names_of_every_script_arrive_unharmed(tmp_path: Path) -> None:
    name = 'Ω "quoted", 茶碗 🫖 e\u0301 \u202eabc'
    quoted = name.replace('"', '""')
    assert read_csv(tmp_path, f'order_id,sku,quantity,name\n1,a,1,"{quoted}"\n').table["name"][0] == name


def test_one_cell_too_many_spoils_its_row_only(tmp_path: Path) -> None:
    text = "order_id,name,sku,quantity\n1,a,b,1\n2,x,y,b,1\n3,a,b,1\n"
    lines = read_csv(tmp_path, text)
    assert [bad.row for bad in lines.bad] == [2]
    assert lines.table["row"].to_list() == [1, 3]


@pytest.mark.parametrize("stray", ['2,"x" y,b,1', '2,x,b"b,1"', "2,x\r,b,1"])
def test_a_stray_quote_or_line_end_spoils_no_more_than_its_own_row(tmp_path: Path, stray: str) -> None:
    lines = read_csv(tmp_path, f"order_id,name,sku,quantity\n1,a,b,1\n{stray}\n3,a,b,1\n")
    assert {"1", "3"} <= set(lines.table["order_id"])


def test_a_quote_that_never_closes_leaves_the_rows_before_it(tmp_path: Path) -> None:
    lines = read_csv(tmp_path, 'order_id,name,sku,quantity\n1,a,b,1\n2,"x,b,1\n3,a,b,1\n')
    assert lines.table["order_id"].to_list() == ["1"]
    assert [(bad.row, bad.column, bad.problem) for bad in lines.bad] == [(2, "sku", "is missing")]
