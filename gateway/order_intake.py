"""Taking orders, the work that Singles' Day is about: a callback from body to answer, without a task per order.

`POST /v1/orders` comes in through `order_wire.py` (plain requests) or as ASGI (all others); batches are in `order_batch.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from actors.kernel.client import reply_or_fault
from actors.kernel.faults import Fault
from actors.kernel.messages import Message as Reply
from actors.orders.replies import OrderView
from gateway.auth import Caller, allow
from gateway.media_types import check_content_type
from gateway.order_answers import encode_json, order_answer, placed
from gateway.order_bodies import place_command, read_order
from gateway.problems import TOO_LARGE, Problem, problem_of_bug, problem_of_fault
from gateway.system import NOBODY, System, checked_key

ROUTE: Final = "/v1/orders"
JSON: Final = [(b"content-type", b"application/json")]
APPLIED: Final = (b"preference-applied", b"respond-async")

Taken = Callable[[OrderView | Problem], None]


class Answer(NamedTuple):
    """What an order is answered with; `headers` without the length of the body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class OrderIntake:
    """Takes orders; each is answered when it is reserved, backordered or rejected, and that is durable."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._states = {state: system.metrics.orders.labels(state) for state in ("reserved", "rejected", "backordered")}
        self._statuses = {status: system.metrics.answers.labels("POST", ROUTE, status) for status in (201, 409)}

    # ── one order ───────────────────────────────────────────────────────────────────────────────────────────────────
    def answer(
        self, body: bytes, key: bytes | None, caller: Caller, done: Callable[[Answer], None], *, wait: bool = True
    ) -> None:
        """Take the order in `body` and call `done`, once, now or later."""
        loop_time = asyncio.get_running_loop().time
        began = loop_time()

        def taken(outcome: OrderView | Problem) -> None:
            self._system.metrics.answer_s.observe(loop_time() - began)
            done(self._answer_of(outcome, wait=wait))

        self.take(body, key, caller, taken, wait=wait)

    def _answer_of(self, outcome: OrderView | Problem, *, wait: bool) -> Answer:
        if isinstance(outcome, Problem):
            answer = Answer(outcome.kind.status, outcome.headers(), outcome.body())
        elif wait:
            answer = Answer(201, JSON, encode_json(order_answer(outcome)))
        else:
            location = (b"location", f"{ROUTE}/{outcome.order_id}".encode())
            answer = Answer(202, [*JSON, location, APPLIED], encode_json(order_answer(outcome)))
        counted = self._statuses.get(answer.status)
        if counted is None:
            counted = self._statuses[answer.status] = self._system.metrics.answers.labels("POST", ROUTE, answer.status)
        counted.inc()
        return answer

    def take(self, body: bytes, key: bytes | None, caller: Caller, taken: Taken, *, wait: bool = True) -> None:
        """Send the order in `body` to its owner and call `taken` with what became of it, once, now or later."""

        def on_reply(_: int, reply: Reply | None, times_sent: int) -> None:
            try:
                view = placed(reply_or_fault(owner, reply, times_sent, patience_s))
            except (Problem, Fault) as told:
                taken(self._count_problem(told))
            else:
                self._count(view.state)
                taken(view)

        system = self._system
        patience_s = system.settings.patience_s
        try:
            order_id, order = read_order(body)
            checked = checked_key(key.decode("latin-1")) if key is not None else None
            command = place_command(order_id, order, checked, caller, wait=wait)
            owner = system.owners.orders.owner_of(command.order_id)
            system.owners.post(owner, (command,), on_reply, patience_s)
        except Problem as problem:
            taken(self._count_problem(problem))
        except Exception:
            taken(self._count_problem(problem_of_bug(path=ROUTE, key=repr(key))))

    def _count(self, state: str) -> None:
        counted = self._states.get(state)
        if counted is None:
            counted = self._states[state] = self._system.metrics.orders.labels(state)
        counted.inc()

    def _count_problem(self, told: Problem | Fault) -> Problem:
        problem = problem_of_fault(told) if isinstance(told, Fault) else told
        self._system.metrics.refusals.labels(problem.kind.slug).inc()
        return problem

    # ── as ASGI ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Requests that are not plain: in many pieces, with a key to look up, or wrong."""
        headers = dict(scope["headers"])
        caller = NOBODY
        if self._system.settings.auth:
            caller = allow(await self._system.caller_of(HTTPConnection(scope)), "orders")
        check_content_type(headers)
        body = await self._body(receive)
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        preferences = [value for name, value in scope["headers"] if name == b"prefer"]
        wait = must_wait(b",".join(preferences) if preferences else None)
        self.answer(body, headers.get(b"idempotency-key"), caller, done, wait=wait)
        answer = await answered
        length = (b"content-length", b"%d" % len(answer.body))
        await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
        await send({"type": "http.response.body", "body": answer.body})

    async def _body(self, receive: Receive) -> bytes:
        message: Message = await receive()
        body: bytes = message.get("body", b"")
        self._limit(len(body))
        if not message.get("more_body"):
            return body
        parts, size = [body], len(body)
        while message.get("more_body"):
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            self._limit(size)
        return b"".join(parts)

    def _limit(self, size: int) -> None:
        limit = self._system.settings.body_bytes
        if size > limit:
            raise Problem(TOO_LARGE, f"the body is larger than {limit} bytes", limit_bytes=limit)


def must_wait(prefer: bytes | None) -> bool:
    """Whether the client waits for the reservation, or only for the record of its order."""
    if prefer is None:
        return True
    preferences = [preference.split(b";")[0].strip().lower() for preference in prefer.split(b",")]
    return b"respond-async" not in preferences  # RFC 7240; the others (`wait=10`) may be ignored
