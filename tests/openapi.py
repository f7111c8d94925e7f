"""The OpenAPI document, and what it says of answers."""

from __future__ import annotations

from typing import Any, NamedTuple

import jsonschema_rs

from gateway.app import create_app
from gateway.settings import GatewaySettings
from gateway.system import System

Document = dict[str, Any]
Schema = dict[str, Any]


class Operation(NamedTuple):
    """A route, and a status that it answers."""

    method: str
    path: str
    status: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


def written_document() -> Document:
    """The document, without a system behind it."""
    return create_app(System(None, None, None, GatewaySettings())).document()  # type: ignore[arg-type]


def good_answers(document: Document) -> dict[Operation, dict[str, Any]]:
    """The content of every answer of success, by media type."""
    return {
        Operation(method.upper(), path, int(status)): answer.get("content", {})
        for path, methods in document["paths"].items()
        for method, route in methods.items()
        for status, answer in route["responses"].items()
        if status.startswith("2")
    }


def json_answers(document: Document) -> dict[Operation, Schema]:
    """The schema of every answer of success that is JSON."""
    found = {operation: content.get("application/json") for operation, content in good_answers(document).items()}
    return {operation: content.get("schema", {}) for operation, content in found.items() if content is not None}


def silent_parts(schema: Schema, document: Document, at: str = "") -> list[str]:
    """The parts of a schema that say nothing: not what type a value has, or not what is in it."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        found = document["components"]["schemas"].get(name)
        return [f"{at} -> {name} is missing"] if found is None else silent_parts(found, document, f"{at} -> {name}")
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return [part for one in schema[choice] for part in silent_parts(one, document, at)]
    match schema.get("type"):
        case "object":
            members = {f".{name}": member for name, member in schema.get("properties", {}).items()}
            if not members and isinstance(schema.get("additionalProperties"), dict):
                members = {".*": schema["additionalProperties"]}
            inside = members or {" is any object": {}}
        case "array":
            inside = {"[]": schema.get("items", {})}
        case None if not schema.keys() & {"enum", "const"}:
            return [at]
        case _:
            return []
    return [part for name, member in inside.items() for part in silent_parts(member, document, at + name)]


def validator(schema: Schema, document: Document) -> jsonschema_rs.Draft202012Validator:
    """What tells whether a value is as a schema of the document says, in its formats too."""
    whole = {**schema, "components": document["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def closed(part: Any) -> Any:
    """The document, but that an object has no members that its schema does not name: what is left out of a schema shows."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    inside = {name: closed(one) for name, one in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        inside.setdefault("additionalProperties", False)
    return inside
