"""Where order lines come from, and what is said when a place has none."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import polars as pl
import pytest

from gateway.replay import shop
from gateway.replay.lines import BadFile, read_lines
from gateway.replay.shop import FILE_NAME, check_content, open_shop, read_archive

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
ROWS = (
    (536365, "85123A", "WHITE HEART", 6, 40513.351388888892, 2.55, 17850, "United Kingdom"),
    (536365, 71053, "LANTERN", 2, 40513.351388888892, 3.39, 17850, "United Kingdom"),
    ("C536379", "D", "Discount", -1, 40513.395138888889, 27.5, None, "France"),
)


def spreadsheet() -> bytes:
    """The three rows as a workbook, codes as numbers where they look like numbers, as in the original."""

    def cell(value: object, style: int) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f'<c s="{style}"><v>{value}</v></c>'

    rows = "".join(
        f"<row>{''.join(cell(value, int(column == 4)) for column, value in enumerate(row))}</row>" for row in (HEADER, *ROWS)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Online Retail" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
    }
    return zipped(parts)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def archive() -> bytes:
    return zipped({"Online Retail.xlsx": spreadsheet()})


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A download server; the list holds what it answers, and nothing more is asked of it than that."""
    contents: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if contents else 404)
            self.end_headers()
            self.wfile.write(contents.pop(0) if contents else b"")

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(shop, "UCI_URL", f"http://127.0.0.1:{server.server_port}/online+retail.zip")
    yield contents
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tiny_original(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the three rows pass for the data set."""
    monkeypatch.setattr(shop, "ROWS", 3)
    monkeypatch.setattr(shop, "INVOICES", 2)
    monkeypatch.setattr(shop, "VALUE_POUNDS", -5.42)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr(shop, "UCI_URL", f"http://127.0.0.1:{port}/online+retail.zip")


def test_the_directory_of_data_sets_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"order_id": ["1"], "sku": ["a"], "quantity": [1]}).write_parquet(tmp_path / FILE_NAME)
    monkeypatch.setenv("SKULD_DATASETS", str(tmp_path))
    found = open_shop(tmp_path / "data", download=False)
    assert (found.origin, found.notes) == ("datasets", ())
    assert found.lines.source == str(tmp_path / FILE_NAME)


@pytest.mark.usefixtures("offline")
def test_offline_and_without_data_a_generated_shop_is_used_and_said_so(tmp_path: Path) -> None:
    told: list[str] = []
    found = open_shop(tmp_path, datasets=str(tmp_path / "absent"), say=told.append)
    assert found.origin == "generated"
    assert [note.split(":")[0] for note in found.notes][:1] == [f"SKULD_DATASETS is set, but {tmp_path / 'absent' / FILE_NAME}"]
    assert "cannot be reached" in found.notes[1]
    assert found.notes[2] == "A generated shop with the same shape is used instead of real order lines."
    assert told == [f"Downloading Online Retail from {shop.UCI_URL} ..."]
    assert all("\n" not in note for note in found.notes)


@pytest.mark.usefixtures("tiny_original")
def test_a_download_is_read_checked_and_kept_for_the_next_time(tmp_path: Path, served: list[bytes]) -> None:
    served.append(archive())
    first = open_shop(tmp_path, datasets="")
    second = open_shop(tmp_path, datasets="")
    assert (first.origin, second.origin) == ("download", "cache")
    assert first.lines.table.equals(second.lines.table)
    assert [path.name for path in (tmp_path / "datasets").iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>please log in</html>", "the archive from UCI cannot be read"),
        (zipped({"readme.txt": "nothing"}), "holds no .xlsx file"),
        (zipped({"Online Retail.xlsx": b"not a workbook"}), "the archive from UCI cannot be read"),
        (archive(), "this is not the data set Online Retail: 3 rows, 2 invoices, -5.42 pounds instead of 541,909"),
        (None, "cannot be reached"),
    ],
)
def test_a_download_that_is_something_else_is_never_kept(
    tmp_path: Path, served: list[bytes], content: bytes | None, told: str
) -> None:
    served += [] if content is None else [content]
    found = open_shop(tmp_path, datasets="")
    assert found.origin == "generated"
    assert told in found.notes[0]
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.usefixtures("offline")
def test_a_kept_file_that_was_changed_is_not_used(tmp_path: Path) -> None:
    kept = tmp_path / "datasets" / FILE_NAME
    kept.parent.mkdir()
    read_archive(archive()).head(2).write_parquet(kept)
    found = open_shop(tmp_path, datasets="")
    assert found.origin == "generated"
    assert "this is not the data set Online Retail" in found.notes[0]


@pytest.mark.usefixtures("tiny_original")
def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path, served: list[bytes]) -> None:
    served.append(archive())
    (tmp_path / "datasets").write_text("a file where the directory should be")
    found = open_shop(tmp_path, datasets="")
    assert found.origin == "generated"
    assert "the download cannot be kept" in found.notes[0]


def test_codes_in_the_spreadsheet_stay_text_and_dates_become_instants(tmp_path: Path) -> None:
    table = read_archive(archive())
    assert table["StockCode"].to_list() == ["85123A", "71053", "D"]
    assert table["InvoiceNo"].to_list() == ["536365", "536365", "C536379"]
    table.write_parquet(tmp_path / "lines.parquet")
    lines = read_lines(tmp_path / "lines.parquet").table
    assert lines["at"].dt.strftime("%Y-%m-%d %H:%M").to_list() == ["2010-12-01 08:26"] * 2 + ["2010-12-01 09:29"]
    assert lines["customer"].to_list() == ["17850", "17850", None]


def test_another_table_is_not_taken_for_the_data_set() -> None:
    with pytest.raises(BadFile, match="this is not the data set Online Retail"):
        check_content(read_archive(archive()))
