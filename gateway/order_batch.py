"""Orders by the thousand: judged one by one, sent to each owner in parcels, answered when the last of them is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from actors.kernel.client import reply_or_fault
from actors.kernel.faults import Fault
from actors.kernel.messages import Message, OwnerName
from actors.orders.commands import PlaceOrder
from gateway.auth import Caller
from gateway.order_answers import OrderResult, order_result, placed
from gateway.order_bodies import place_command, read_order
from gateway.plain import encoded
from gateway.problems import Problem, problem_of_bug, problem_of_fault
from gateway.system import System

BATCH: Final = "/v1/orders:batch"
PARCEL: Final = 1_000
"""Orders sent together: an owner takes them in one turn of some ten milliseconds, for which everybody else waits."""


class OrderBatch:
    """The orders of one request. Each is its own transaction: what is wrong with one touches no other."""

    def __init__(self, system: System, size: int) -> None:
        self._system = system
        self._results: list[OrderResult | dict[str, Any] | None] = [None] * size
        self._left = size
        self._all_taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._counted: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    async def take(self, bodies: Sequence[bytes | Problem], caller: Caller, key: str | None) -> bytes:
        """Take the orders in `bodies`; the n-th without an id has the key of the batch and n. Gives the JSON of all results."""
        parcels: dict[OwnerName, tuple[list[int], list[PlaceOrder]]] = {}
        owner_of = self._system.owners.orders.owner_of
        for number, body in enumerate(bodies):
            try:
                if isinstance(body, Problem):
                    raise body
                order_id, order = read_order(body)
                own_key = f"{key}:{number}" if key is not None and order_id is None else None
                command = place_command(order_id, order, own_key, caller)
            except Problem as problem:
                self._refuse(number, problem)
            except Exception:
                self._refuse(number, problem_of_bug(path=BATCH, key=f"{key}:{number}"))
            else:
                owner = owner_of(command.order_id)
                parcel = parcels.get(owner)
                if parcel is None:
                    parcel = parcels[owner] = ([], [])
                parcel[0].append(number)
                parcel[1].append(command)
        for owner, (numbers, commands) in parcels.items():
            for at in range(0, len(numbers), PARCEL):
                self._post(owner, numbers[at : at + PARCEL], commands[at : at + PARCEL])
        if bodies:
            await self._all_taken
        self._count()
        return encoded({"results": self._results})

    def _post(self, owner: OwnerName, numbers: list[int], commands: list[PlaceOrder]) -> None:
        patience_s = self._system.settings.patience_s

        def on_reply(at: int, reply: Message | None, times_sent: int) -> None:
            try:
                view = placed(reply_or_fault(owner, reply, times_sent, patience_s))
            except Problem as problem:
                self._refuse(numbers[at], problem)
            except Fault as fault:
                self._refuse(numbers[at], problem_of_fault(fault))
            else:
                self._counted[view.state] += 1
                self._result(numbers[at], order_result(view))

        self._system.owners.post(owner, commands, on_reply, patience_s)

    def _refuse(self, number: int, problem: Problem) -> None:
        self._refused[problem.kind.slug] += 1
        self._result(number, {**problem.content(), "status": problem.kind.status})

    def _result(self, number: int, result: OrderResult | dict[str, Any]) -> None:
        self._results[number] = result
        self._left -= 1
        if not self._left and not self._all_taken.done():
            self._all_taken.set_result(None)

    def _count(self) -> None:
        metrics = self._system.metrics
        for state, orders in self._counted.items():
            metrics.orders.labels(state).inc(orders)
        for slug, orders in self._refused.items():
            metrics.refusals.labels(slug).inc(orders)
