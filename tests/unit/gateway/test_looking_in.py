"""What `skuld status` and `skuld journal show` print."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest
from rich.console import Console

from actors.inventory.events import ProductPut
from actors.inventory.goods import Product
from actors.kernel import composition
from actors.kernel.entry import START, EntryCodec, Position
from actors.kernel.faults import JournalDamaged
from actors.kernel.messages import OwnerName
from actors.kernel.settings import SkuldSettings
from gateway.cli import inspect
from gateway.data_directory import RunningFile

RUNNING = RunningFile("http://127.0.0.1:8000", 1, "127.0.0.1:1", "n", "")
ALARM = "journal entry 12-345678: the checksum does not match its 1234 bytes"


def test_an_alarm_is_shown_in_full_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(inspect, "console", Console(file=shown, width=80))
    figures = {"epoch": 12, "events": 123_456_789, "appends": 12_345_678, "journal_entries": 400_000}
    owners = [
        {"owner": "inventory-0", "state": "serving", "alarm": "", **figures},
        {"owner": "inventory-1023", "state": "recovering", "alarm": ALARM, **figures},
    ]
    behind = [{"owner": "inventory-0", "applied": "12-12345678", "alarm": "the database does not answer: [gone]"}]
    inspect._show_status(RUNNING, owners, behind)
    lines = shown.getvalue().splitlines()
    assert "…" not in shown.getvalue()
    for row in (r"inventory-0 +serving ", r"inventory-1023 +recovering "):
        assert any(re.match(row, line.strip()) for line in lines), shown.getvalue()
    assert f"alarm  inventory-1023: {ALARM}" in lines
    assert "alarm  rows of inventory-0: the database does not answer: [gone]" in lines


def test_an_owner_that_takes_no_commands_does_not_serve_whatever_it_thinks() -> None:
    owners = [{"owner": name, "state": "serving", "alarm": ""} for name in ("orders-0", "inventory-0")]
    inspect._judge(owners, {"orders-0": "orders-0 gave no answer in 2 s"})
    assert owners[0] == {"owner": "orders-0", "state": "not serving", "alarm": "orders-0 gave no answer in 2 s"}
    assert owners[1]["state"] == "serving"


def test_a_gateway_that_is_not_there_is_told() -> None:
    ready, owners = inspect._readiness("http://127.0.0.1:9"), []
    assert ready["gateway"].startswith("http://127.0.0.1:9/readyz gives no answer: ")
    inspect._judge(owners, ready)
    assert owners[0]["owner"] == "gateway"


def test_events_of_a_journal_have_the_names_of_their_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = journal_of_three(tmp_path, monkeypatch)
    inspect.show("inventory-0")
    lines = shown.getvalue().splitlines()
    assert lines[0] == "1-0 after 0-0"
    assert "'event': 'ProductPut'" in lines[1]
    assert "'product': {'sku': 'A', 'name': 'Apple'" in lines[1]
    inspect.show("inventory-0", json=True)
    assert json.loads(shown.getvalue()[len("\n".join(lines)) :])[0]["events"][0]["product"]["name"] == "Apple"


def test_a_damaged_journal_shows_what_is_sound_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, settings = journal_of_three(tmp_path, monkeypatch)
    with sqlite3.connect(settings.data_dir / "journal" / "inventory-0.sqlite") as journal:
        journal.execute("UPDATE journal_entries SET data = x'00' WHERE number = 2")
    journal.close()
    with pytest.raises(JournalDamaged, match=r"^inventory-0: journal entry 1-2: the checksum does not match"):
        inspect.show("inventory-0")
    assert [line.split()[0] for line in shown.getvalue().splitlines() if " after " in line] == ["1-0", "1-1"]


def journal_of_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[io.StringIO, SkuldSettings]:
    """A journal with three entries, and where `show` prints."""
    shown = io.StringIO()
    settings = SkuldSettings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]  # pydantic-settings' own
    monkeypatch.setattr(inspect, "console", Console(file=shown, width=80))
    monkeypatch.setattr(inspect, "settings_in_use", lambda: settings)
    codec: EntryCodec[ProductPut] = EntryCodec(ProductPut)

    async def fill() -> None:
        store = composition.make_journal(OwnerName("inventory-0"), settings)
        await store.open()
        before = START
        for number in range(3):
            position = Position(1, number)
            event = ProductPut(0, "put:A", 0, "me", 1, Product("A", "Apple"))
            await store.append(position, before, codec.encode(before, [event]), {})
            before = position
        await store.close()

    asyncio.run(fill())
    return shown, settings
