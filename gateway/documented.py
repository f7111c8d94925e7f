"""What routes say of themselves in the OpenAPI document."""

from __future__ import annotations

from typing import Any

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
    TOO_LARGE,
    UNKNOWN,
    WRONG_TYPE,
    Kind,
)


class ProblemDocument(BaseModel):
    """RFC 9457. Numbers that belong to a problem are members of their own."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


ALWAYS = (NO_KEY, NO_SCOPE, INVALID_REQUEST, BUSY, UNKNOWN, AWAY)
WITH_BODY = (INVALID_JSON, INVALID_BODY, TOO_LARGE, WRONG_TYPE)


def problems(*kinds: Kind, body: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: every problem it may answer, with an example of each."""
    answers: dict[int | str, dict[str, Any]] = {}
    for kind in (*ALWAYS, *(WITH_BODY if body else ()), *kinds):
        answer = answers.setdefault(
            kind.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}},
        )
        answer["description"] = "; ".join(filter(None, (answer["description"], kind.title)))
        answer["content"][MEDIA_TYPE]["examples"][kind.slug] = {
            "summary": kind.title,
            "value": {"type": f"/problems/{kind.slug}", "title": kind.title, "status": kind.status, "detail": kind.meaning},
        }
    return answers


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The `requestBody` of a route that reads its body itself."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": ref(model)}}}}


def batch_of(model: type[BaseModel], *, ndjson: bool = False) -> dict[str, Any]:
    """The `requestBody` of a batch, which judges its items one by one."""
    content: dict[str, Any] = {"application/json": {"schema": {"type": "array", "maxItems": 10_000, "items": ref(model)}}}
    if ndjson:
        content["application/x-ndjson"] = {
            "schema": {"type": "string", "description": f"One {model.__name__} a line; a bad line is refused alone."}
        }
    return {"requestBody": {"required": True, "content": content}}


def ref(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}
