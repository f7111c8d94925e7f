"""A bug in a request is logged so that it can be found, without what the request held."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from actors.kernel.logs import MOST_FRAMES, MOST_TEXT, log_to
from gateway.auth import make_key
from gateway.system import System
from tests.integration.gateway.test_order_wire import LateOwner, metadata, play, read_answer, request

SECRET = "whose-parcel-is-it"


def deep(left: int) -> None:
    if left:
        deep(left - 1)
    raise RuntimeError("broken " + "x" * 10_000)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "logs").mkdir()
    older = tmp_path / "logs" / "gateway-0.log"
    older.touch(0o644)
    logger = logging.getLogger("skuld")
    before = logger.handlers
    log_to(tmp_path, "gateway-0")
    yield older
    logger.handlers[0].close()
    logger.handlers = before


@pytest.mark.parametrize("route", ["short", "framework"])
def test_a_logged_bug_has_neither_key_nor_body(monkeypatch: pytest.MonkeyPatch, log: Path, route: str) -> None:
    tokens: list[str] = []
    incidents: list[str] = []

    def broken(*_: object, **__: object) -> None:
        held = [SECRET] * 1000
        deep(200)
        raise AssertionError(held)

    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        metadata.create_all(system.record)
        token, stored = make_key("shop", "admin")
        tokens.append(token)
        system.keys.store.add(stored)
        monkeypatch.setattr(owner, "post", broken)
        monkeypatch.setattr(owner, "ask", broken)
        sent = request("o1", f"Authorization: Bearer {token}", sku=SECRET)
        if route == "framework":
            body = json.dumps({"reason": SECRET}).encode()
            head = f"POST /v1/orders/o1/hold HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json"
            sent = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        writer.write(sent)
        status, _, problem = await read_answer(reader)
        assert status == 500
        incidents.append(problem["incident"])

    play(scene, auth=True)
    text = log.read_text()
    assert tokens[0] not in text
    assert tokens[0].split("_", 2)[2] not in text
    assert SECRET not in text
    told = [json.loads(line) for line in text.splitlines()]  # every line
    (bug,) = [line for line in told if line["event"] == "bug"]
    assert [bug["incident"]] == incidents
    first = bug["exception"][0]
    assert (first["type"], len(first["says"])) == ("RuntimeError", MOST_TEXT)
    assert len(first["frames"]) == MOST_FRAMES
    assert first["frames"][-1].endswith(" deep")
    assert len(text) < 20_000


def test_a_key_in_words_loses_its_secret(log: Path) -> None:
    token, stored = make_key("shop", "admin")
    log_to(log.parent.parent, "gateway-0")
    try:
        raise ValueError(f"cannot read {token}")
    except ValueError:
        structlog.get_logger().exception("bug", header=token)
    text = log.read_text()
    assert token not in text
    assert f"skuld_{stored.id}_" in text


def test_only_their_owner_may_read_logs(log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    log_to(log.parent.parent, "orders-0")
    assert stat.S_IMODE((log.parent / "orders-0.log").stat().st_mode) == 0o600
