"""Before a body is looked at, who sent it is known, and that it is JSON; the same on the short way, in batches and elsewhere."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.auth import make_key
from gateway.plain import encoded
from gateway.problems import INVALID_BODY, Problem
from gateway.system import System
from tests.integration.gateway.test_order_wire import LateOwner, metadata, play, read_answer

ROUTES = [
    ("POST", "/v1/orders"),
    ("POST", "/v1/orders:batch"),
    ("POST", "/v1/adjustments"),
    ("POST", "/v1/adjustments:batch"),
    ("POST", "/v1/orders/o1/hold"),
    ("PATCH", "/v1/orders/o1/lines"),
    ("POST", "/v1/reservations"),
    ("POST", "/v1/returns"),
    ("PUT", "/v1/products/a"),
    ("PUT", "/v1/warehouses/a"),
    ("POST", "/v1/keys"),
]


def sent(method: str, path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


BODIES = [
    (b"{nonsense", "application/json"),
    (b"{}", "text/plain"),
    (b"{}", "application/json"),
    (b'"\xff"', "application/json"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_key_nothing_is_judged(method: str, path: str) -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        metadata.create_all(system.record)
        system.keys.store.add((made := make_key("v", "viewer"))[1])
        for body, kind in BODIES:
            for key, told in (
                ("X: y", 401),
                ("Authorization: Bearer skuld_aa_bb", 401),
                (f"Authorization: Bearer {made[0]}", 403),
            ):
                writer.write(sent(method, path, body, f"Content-Type: {kind}", key))
                status, _, problem = await read_answer(reader)
                assert (status, problem["status"]) == (told, told)

    play(scene, auth=True)


TYPES = [
    ("application/json", True),
    ("Application/JSON", True),
    ("application/json; charset=utf-8", True),
    ("application/json ;charset=utf-8", True),
    ("application/jsonx", False),
    ("application/json-patch+json", False),
    ("application/merge-patch+json", False),
    ("application/json, text/plain", False),
    ("text/json", False),
    ("application/x-ndjson", False),
    ("application/x-ndjsonx", False),
    ("", False),
    (None, False),
]


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
def test_the_content_type_is_compared_as_a_whole(path: str) -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for kind, taken in TYPES:
            writer.write(sent("POST", path, b"[nonsense", *([f"Content-Type: {kind}"] if kind is not None else [])))
            status, _, problem = await read_answer(reader)
            ndjson = path == "/v1/orders:batch" and kind == "application/x-ndjson"
            assert status == (200 if ndjson else 400 if taken else 415), (kind, problem)
            if status == 415:
                says = f"is '{kind}'" if kind else "is missing"
                assert problem["detail"] == f"the content type {says}, not application/json"

    play(scene)


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/adjustments"])
def test_no_body_needs_no_type(path: str) -> None:
    async def scene(owner: LateOwner, system: System, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent("POST", path, b""))
        assert (await read_answer(reader))[0] in {400, 422}

    play(scene)


@pytest.mark.parametrize("text", ["\ud800", "a\udcff", "\ud83d\ude00", "\ufffe\uffff", "\U0001f600"])
def test_every_answer_can_be_sent(text: str) -> None:
    members: dict[str, Any] = {"errors": [{"field": text, "value": text}], text: text}
    problem = Problem(INVALID_BODY, text, **members)
    assert problem.body()
    assert encoded({"results": [problem.content(), text]})
