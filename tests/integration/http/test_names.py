"""What may be a name: whatever can be created can be read at its address, and two names look different when they are."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.in_process import InProcess


@pytest.mark.parametrize("sku", ["A/4", "/lead", "tail/", "a//b", "50%2F", "a b", "Größe?", "#1", "x/level", "...", "日本"])
def test_a_sku_is_read_at_its_address_whatever_is_in_it(skuld: InProcess, sku: str) -> None:
    address = quote(sku, safe="")
    assert skuld.call("PUT", f"/v1/products/{address}", {"name": "odd"})[0] == 201
    body = {"sku": sku, "quantity": 3, "reason": "found"}
    assert skuld.call("POST", "/v1/adjustments", body)[0] == 201
    assert skuld.call("GET", f"/v1/products/{address}")[1]["sku"] == sku
    assert skuld.call("GET", f"/v1/inventory-levels/{address}?consistent=true")[1]["on_hand"] == 3
    assert skuld.call("GET", f"/v1/inventory-levels/{address}")[1]["sku"] == sku
    assert skuld.call("GET", f"/v1/reservations?sku={address}")[1]["sku"] == sku
    assert skuld.call("POST", "/v1/orders", {"lines": [{"sku": sku, "quantity": 1}]})[0] == 201


def test_a_slash_that_is_not_encoded_is_the_same_address(skuld: InProcess) -> None:
    assert skuld.call("PUT", "/v1/products/B%2F5", {"name": "odd"})[0] == 201
    assert skuld.call("GET", "/v1/products/B/5")[1]["sku"] == "B/5"
    assert 'route="/v1/products/{sku}"' in skuld.call("GET", "/metrics")[1]


@pytest.mark.parametrize(
    ("sku", "says"),
    [
        ("a\u200bb", "U+200B (ZERO WIDTH SPACE)"),
        ("a\u202eb", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("a\u00adb", "U+00AD (SOFT HYPHEN)"),
        ("\ufeffa", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"),
        ("a\u2028b", "U+2028 (LINE SEPARATOR)"),
        ("a\x7fb", "U+007F (a control character)"),
        (".", "must not be . or .."),
        ("..", "must not be . or .."),
        ("a/../b", "must not be . or .."),
    ],
)
def test_a_sku_that_looks_like_another_or_has_no_address_is_refused(skuld: InProcess, sku: str, says: str) -> None:
    status, answer = skuld.call("POST", "/v1/products:batch", [{"sku": sku, "name": "odd"}])
    assert (status, answer["results"][0]["status"]) == (200, 422)
    assert says in answer["results"][0]["detail"]
    status, problem = skuld.call("POST", "/v1/orders", {"lines": [{"sku": sku, "quantity": 1}]})
    assert status == 422, problem


def test_words_of_people_may_have_joiners(skuld: InProcess) -> None:
    family = "\U0001f469\u200d\U0001f467"
    assert skuld.call("PUT", "/v1/products/joined", {"name": family})[1]["name"] == family


LINES = [{"sku": "h-0", "quantity": 1}]
NAMED: list[tuple[str, str, Any]] = [
    ("POST", "/v1/orders", {"order_id": "{id}", "lines": LINES}),
    ("POST", "/v1/orders", {"order_id": "{id}", "lines": LINES, "customer": "not plain"}),
    ("POST", "/v1/orders", {"warehouse": "{id}", "lines": LINES}),
    ("POST", "/v1/returns", {"return_id": "{id}", "lines": LINES}),
    ("PUT", "/v1/locations/aisle", {"warehouse": "{id}"}),
    ("PUT", "/v1/warehouses/%2E", {"name": "odd"}),
    ("PUT", "/v1/locations/%2E%2E", {}),
    ("PUT", "/v1/products/%2E%2E", {"name": "odd"}),
    ("GET", "/v1/orders/%2E%2E", None),
]


@pytest.mark.parametrize("id", [".", ".."])
@pytest.mark.parametrize(("method", "path", "body"), NAMED)
def test_an_id_that_clients_take_out_of_a_path_is_refused(skuld: InProcess, method: str, path: str, body: Any, id: str) -> None:
    sent = {name: id if value == "{id}" else value for name, value in body.items()} if body is not None else None
    status, problem = skuld.call(method, path, sent)
    assert status == 422, problem
    assert "must not be . or .." in problem["detail"]
