"""The HTTP application, put together: routes, the document, the way out for problems, the shell around it all."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from actors.kernel.faults import Fault
from gateway.answers.examples import EXAMPLES
from gateway.answers.products import ProductResult
from gateway.documented import ProblemDocument, schemas_of, schemas_of_structs
from gateway.explained import invalid_body
from gateway.order_bodies import OrderBody
from gateway.order_intake import OrderIntake
from gateway.parameters import KnownParameters
from gateway.problems import INVALID_REQUEST, NO_METHOD, NOT_FOUND, Problem, problem_of_fault
from gateway.routes import (
    asns,
    catalogue,
    demand_alarms,
    demand_events,
    forecasts,
    health,
    keys,
    order_commands,
    orders,
    purchase_orders,
    putaway,
    putaway_rules,
    receiving,
    reorder_policies,
    reservations,
    returns,
    sites,
    stock,
    suggestions,
    supplier_items,
    suppliers,
    value_added,
    what_if,
)
from gateway.routes.catalogue import BatchProductBody
from gateway.shell import ASKED, BASE, Shell
from gateway.system import System

VERSION = "0.1.0"
PAGE_FILES = "/docs-files"
DESCRIPTION = """Orders reserve stock: durable, never oversold. Every command may be repeated with its `Idempotency-Key`.
Problems are RFC 9457 `application/problem+json`; each type is explained at its address."""


PARTS = (
    catalogue, sites, stock, orders, order_commands, reservations, returns, suppliers, supplier_items, purchase_orders, asns,
    receiving, putaway, putaway_rules, suggestions, reorder_policies, demand_events, forecasts, demand_alarms, value_added,
    what_if, keys,
)  # fmt: skip


def create_app(system: System) -> Shell:
    """The ASGI application over a system."""
    app = FastAPIOffline(  # `/docs` is read where nothing but this can be reached; ReDoc would fetch its maker's logo
        title="Skuld", version=VERSION, description=DESCRIPTION, redirect_slashes=False, static_url=PAGE_FILES,
        redoc_url=None, swagger_ui_parameters={"validatorUrl": None},
    )  # fmt: skip
    intake = OrderIntake(system)
    app.state.system, app.state.intake = system, intake
    app.include_router(health.router)
    for part in PARTS:
        app.include_router(part.router, prefix=BASE, dependencies=[KnownParameters])
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Fault, _fault)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _left_to_the_shell)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # FastAPI's own way to change the document
    shell = Shell(app, system, intake, app.openapi)
    system.metrics.in_flight.set_function(lambda: shell.in_flight)
    return shell


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    request.app.state.system.metrics.refusals.labels(error.kind.slug).inc()
    return error.response()


async def _fault(request: Request, error: Exception) -> Response:
    assert isinstance(error, Fault)
    return await _problem(request, problem_of_fault(error))


async def _invalid(request: Request, error: Exception) -> Response:
    """FastAPI's validation errors, told in our way."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    first = errors[0]
    problem = invalid_body(errors, skip=1)
    if first["loc"][0] != "body":
        problem = Problem(INVALID_REQUEST, f"{first['loc'][0]} {problem.detail}", **problem.members)
    return await _problem(request, problem)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        method = request.scope.get(ASKED, request.method)
        response = await _problem(request, Problem(NO_METHOD, f"{method} is not for {request.url.path}"))
        response.headers["Allow"] = ", ".join(sorted(_methods(request)))
        return response
    if isinstance(error.__cause__, Problem):  # the framework's word for what was raised while the body was read
        return await _problem(request, error.__cause__)
    return await _problem(request, Problem(NOT_FOUND, f"nothing is at {request.url.path}"))


def _methods(request: Request) -> set[str]:
    """All methods of a path: several routes may share it."""
    path: str = request.scope["path"]
    routers = [part.router for part in PARTS] if path.startswith(BASE) else [health.router]
    scope = {"type": "http", "method": request.method, "path": path.removeprefix(BASE)}  # the framework adds to its own
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    found = {name for route in routes if route.matches(scope)[0] is not Match.NONE for name in route.methods or ()}
    return found | {"HEAD"} if "GET" in found else found


class _NoAnswer(Response):
    """Sends nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


async def _left_to_the_shell(request: Request, error: Exception) -> Response:
    """A bug: the framework would answer in its own words, and raises it after this, which the shell answers."""
    return _NoAnswer()


def _document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1, with the schemas of what routes read and write by themselves, and the key."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = ProblemDocument.model_json_schema()
        for body in (OrderBody, BatchProductBody):
            schemas.update(schemas_of(body, "validation"))
        schemas.update(schemas_of(ProductResult, "serialization"))
        schemas.update(schemas_of_structs(EXAMPLES))
        for name in ("ValidationError", "HTTPValidationError"):
            schemas.pop(name, None)
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}]
        app.openapi_schema = document
    return app.openapi_schema
