"""The OpenAPI document tells all that an integrator has to know of answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.openapi import Operation, good_answers, json_answers, silent_parts, validator, written_document

DOCUMENT = written_document()
GOOD_ANSWERS = good_answers(DOCUMENT)
JSON_ANSWERS = json_answers(DOCUMENT)
SCHEMAS = DOCUMENT["components"]["schemas"]
WITHOUT_CONTENT = {204}


@pytest.mark.parametrize("operation", sorted(GOOD_ANSWERS), ids=str)
def test_every_answer_has_its_content(operation: Operation) -> None:
    assert bool(GOOD_ANSWERS[operation]) == (operation.status not in WITHOUT_CONTENT)


@pytest.mark.parametrize("operation", sorted(JSON_ANSWERS), ids=str)
def test_every_json_answer_has_a_schema(operation: Operation) -> None:
    assert silent_parts(JSON_ANSWERS[operation], DOCUMENT, str(operation)) == []


@pytest.mark.parametrize("method", ["put", "post"])
def test_an_answer_to_what_is_new_is_documented_too(method: str) -> None:
    created = {path for path, routes in DOCUMENT["paths"].items() if "201" in routes.get(method, {}).get("responses", {})}
    assert (
        created
        >= {
            "put": {"/v1/products/{sku}", "/v1/warehouses/{id}", "/v1/locations/{id}"},
            "post": {"/v1/orders", "/v1/adjustments", "/v1/reservations", "/v1/returns", "/v1/keys"},
        }[method]
    )


SILENT = [
    {},
    {"type": "object", "additionalProperties": True},
    {"type": "object", "properties": {}},
    {"type": "array"},
    {"$ref": "#/components/schemas/Nothing"},
    {"type": "object", "properties": {"items": {"type": "array", "items": {"type": "object"}}}},
    {"anyOf": [{"type": "null"}, {"title": "Something"}]},
]


@pytest.mark.parametrize("schema", SILENT, ids=str)
def test_a_schema_that_says_nothing_is_found(schema: dict[str, Any]) -> None:
    assert len(silent_parts(schema, DOCUMENT)) == 1


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "examples" in schema])
def test_an_example_is_what_its_schema_says(name: str) -> None:
    for example in SCHEMAS[name]["examples"]:
        validator({"$ref": f"#/components/schemas/{name}"}, DOCUMENT).validate(example)


def test_no_name_of_a_schema_tells_where_it_is_written() -> None:
    assert [name for name in SCHEMAS if "__" in name] == []


POSTS = [(path, routes["post"]) for path, routes in DOCUMENT["paths"].items() if "post" in routes]


@pytest.mark.parametrize(("path", "post"), POSTS, ids=[path for path, _ in POSTS])
def test_every_post_tells_of_its_idempotency_key(path: str, post: dict[str, Any]) -> None:
    headers = {parameter["name"].lower() for parameter in post.get("parameters", ()) if parameter["in"] == "header"}
    assert headers >= ({"idempotency-key", "prefer"} if path == "/v1/orders" else {"idempotency-key"})


def test_every_post_says_what_its_key_means() -> None:
    for path, routes in DOCUMENT["paths"].items():
        if "post" in routes:
            headers = [p for p in routes["post"].get("parameters", ()) if p["in"] == "header"]
            key = next((header for header in headers if header["name"].lower() == "idempotency-key"), None)
            assert key is not None, path
            assert "one subject" in key["description"], path
