"""What routes say of themselves in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict

from gateway.problems import (
    AWAY,
    BUSY,
    INVALID_BODY,
    INVALID_JSON,
    INVALID_REQUEST,
    MEDIA_TYPE,
    NO_KEY,
    NO_SCOPE,
    NOT_FOUND,
    TOO_LARGE,
    UNKNOWN,
    WRONG_TYPE,
    Kind,
)

JSON: Final = "application/json"
SCHEMAS: Final = "#/components/schemas/"
Responses = dict[int | str, dict[str, Any]]
"""FastAPI's `responses`: by status, what is to be added to the document."""


class ProblemDocument(BaseModel):
    """RFC 9457. Numbers that belong to a problem are members of their own."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


ALWAYS = (NO_KEY, NO_SCOPE, INVALID_REQUEST, NOT_FOUND, BUSY, UNKNOWN, AWAY)
"""A path with a slash too many is an address of nothing, whatever the route."""
WITH_BODY = (INVALID_JSON, INVALID_BODY, TOO_LARGE, WRONG_TYPE)


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def answer_of(*structs: type[msgspec.Struct], status: int = 200, **more: Any) -> Responses:
    """The `responses` of a route whose answer msgspec writes: the framework shall neither validate nor write it again."""
    schema = ref(structs[0]) if len(structs) == 1 else {"anyOf": [ref(struct) for struct in structs]}
    return {status: {"content": {JSON: {"schema": schema}}, **more}}


def results_of(result: type[BaseModel | msgspec.Struct]) -> Responses:
    """The `responses` of a batch: for each item its result, or the problem that it met."""
    items = {"anyOf": [ref(result), {"$ref": f"{SCHEMAS}Problem"}]}
    results = {"type": "array", "items": items, "description": "one per item, in the order of the items"}
    schema = {"type": "object", "properties": {"results": results}, "required": ["results"]}
    return {200: {"description": "every item was judged on its own", "content": {JSON: {"schema": schema}}}}


def versioned(model: type[BaseModel] | None = None) -> Responses:
    """The `responses` of a route that tells the version as ETag; with a `model`, 201 is what is new."""
    headers = {"ETag": {"description": "the version that stands, for `If-Match`", "schema": {"type": "string"}}}
    responses: Responses = {200: {"headers": headers}}
    if model is not None:
        responses[201] = {"description": "Created", "model": model, "headers": headers}
    return responses


def problems(*kinds: Kind, body: bool = False) -> Responses:
    """The `responses` of a route: every problem it may answer, with an example of each."""
    answers: Responses = {}
    for kind in (*ALWAYS, *(WITH_BODY if body else ()), *kinds):
        answer = answers.setdefault(
            kind.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}, "examples": {}}}},
        )
        answer["description"] = "; ".join(filter(None, (answer["description"], kind.title)))
        answer["content"][MEDIA_TYPE]["examples"][kind.slug] = {
            "summary": kind.title,
            "value": {"type": f"/problems/{kind.slug}", "title": kind.title, "status": kind.status, "detail": kind.meaning},
        }
    return answers


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The `requestBody` of a route that reads its body itself."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": ref(model)}}}}


def batch_of(model: type[BaseModel], *, ndjson: bool = False) -> dict[str, Any]:
    """The `requestBody` of a batch, which judges its items one by one."""
    content: dict[str, Any] = {JSON: {"schema": {"type": "array", "maxItems": 10_000, "items": ref(model)}}}
    if ndjson:
        content["application/x-ndjson"] = {
            "schema": {"type": "string", "description": f"One {model.__name__} a line; a bad line is refused alone."}
        }
    return {"requestBody": {"required": True, "content": content}}


# ── schemas of what the framework does not see ──────────────────────────────────────────────────────────────────────
def ref(model: type[BaseModel | msgspec.Struct]) -> dict[str, str]:
    """A reference to a schema of the document."""
    return {"$ref": f"{SCHEMAS}{model.__name__}"}


def schemas_of(model: type[BaseModel], mode: Literal["validation", "serialization"]) -> dict[str, Any]:
    """The schema of a body (`validation`) or an answer (`serialization`) and of the models in it, by name."""
    schema = model.model_json_schema(ref_template=SCHEMAS + "{model}", mode=mode)
    return {**schema.pop("$defs", {}), model.__name__: schema}


def schemas_of_structs(examples: Mapping[type[msgspec.Struct], msgspec.Struct | None]) -> dict[str, Any]:
    """The schemas of structs and of those in them, by name; with an example where there is one.

    msgspec writes every member, also one with a default: every member is required.
    """
    _, schemas = msgspec.json.schema_components(examples, ref_template=SCHEMAS + "{name}")
    for schema in schemas.values():
        schema["required"] = list(schema["properties"])
        for member in schema["properties"].values():
            member.pop("default", None)
    for struct, example in examples.items():
        if example is not None:
            schemas[struct.__name__]["examples"] = [msgspec.to_builtins(example)]
    return schemas
