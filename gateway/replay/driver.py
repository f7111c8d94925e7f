"""Run a plan against a gateway: as fast as it takes the work, cause before effect, safe to run again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, TypeAlias

import uvloop

from gateway.replay.actions import Action, AdjustStock, DeliverOrder, PlaceOrder, Plan, ReturnGoods, ShipOrder
from gateway.replay.answers import Answer
from gateway.replay.outcome import NAMES, Outcome, Tally, kind_of
from gateway.replay.requests import Request, Requests, Terms
from gateway.replay.schedule import Job, order_of, schedule
from gateway.replay.wire import ReplayStopped, RetryPolicy, Wire

CREATING: Final = "products"
FILLING: Final = "opening stock"
REPLAYING: Final = "actions"
PROGRESS_EVERY_S: Final = 0.1

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called as (phase, done, total); a phase ends with done == total."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how to replay. `batch_size` above 1 sends orders through `/v1/orders:batch`."""

    base_url: str
    api_key: str | None = None
    concurrency: int = 64
    batch_size: int = 1
    terms: Terms = field(default_factory=Terms)
    retry: RetryPolicy = field(default_factory=RetryPolicy)


def run_replay(plan: Plan, target: Target, progress: Progress | None = None) -> Outcome:
    """Run `replay` on a loop of its own.

    Raises:
        ReplayStopped: the gateway does not answer, refuses the key, or answers a batch with something else.
    """
    return uvloop.run(replay(plan, target, progress))


async def replay(plan: Plan, target: Target, progress: Progress | None = None) -> Outcome:
    """Create the products, fill the shelves, then carry out the actions. Sending all of it again changes nothing."""
    async with Wire(target.base_url, target.api_key, target.concurrency, target.retry) as wire:
        await wire.reach()
        run = _Run(plan, target, wire, progress or (lambda phase, done, total: None))
        started = perf_counter()
        await run.set_up()
        opened = perf_counter()
        await run.act()
        ended = perf_counter()
    return run.tally.outcome(plan, seconds=ended - opened, setup_seconds=opened - started, retries=wire.retries)


class _Run:
    """One replay under way."""

    def __init__(self, plan: Plan, target: Target, wire: Wire, progress: Progress) -> None:
        self.tally = Tally()
        self._plan = plan
        self._target = target
        self._wire = wire
        self._progress = progress
        self._requests = Requests(plan, target.terms)
        self._jobs: list[Job] = []
        self._finished = bytearray()
        self._awaited: dict[int, asyncio.Event] = {}
        self._not_placed: set[str] = set()
        self._not_shipped: set[str] = set()
        self._partly_shipped: set[str] = set()
        self._actions_done = 0
        self._shown_at = 0.0

    async def set_up(self) -> None:
        warehouse = self._requests.warehouse()
        if warehouse is not None:
            answer = await self._wire.send(warehouse)
            if not answer.accepted:
                raise ReplayStopped(f"the warehouse was refused: {answer.body.detail or answer.problem}")
        skus = [product.sku for product in self._plan.products]
        await self._set_up(CREATING, NAMES["Product"], skus, self._requests.products())
        skus = [sku for sku, _ in self._plan.opening]
        await self._set_up(FILLING, NAMES["OpeningStock"], skus, self._requests.opening_stock())

    async def _set_up(self, phase: str, kind: str, skus: list[str], batches: Iterator[tuple[int, Request]]) -> None:
        self.tally.counted[kind].planned = len(skus)
        done = 0
        for size, request in batches:
            for sku, answer in zip(skus[done:], await self._wire.send_batch(request, size), strict=False):
                self.tally.note(kind, sku, 0, answer)
            done += size
            self._progress(phase, done, len(skus))

    async def act(self) -> None:
        """Let workers take jobs in order. A job waits only for earlier ones, so some worker can always go on."""
        self._jobs = schedule(self._plan.actions, self._target.batch_size)
        self._finished = bytearray(len(self._jobs))
        for action in self._plan.actions:
            self.tally.counted[kind_of(action)].planned += 1
        queue = iter(range(len(self._jobs)))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._target.concurrency):
                    group.create_task(self._work(queue))
        except* ReplayStopped as stopped:
            done, total = self._actions_done, len(self._plan.actions)
            said = f"{stopped.exceptions[0]}; {done:,} of {total:,} actions were answered, run it again to go on"
            raise ReplayStopped(said) from None
        self._progress(REPLAYING, self._actions_done, len(self._plan.actions))

    async def _work(self, queue: Iterator[int]) -> None:
        for number in queue:
            job = self._jobs[number]
            for earlier in job.after:
                if not self._finished[earlier]:
                    await self._awaited.setdefault(earlier, asyncio.Event()).wait()
            await self._carry_out(job)
            self._finished[number] = True
            if (awaited := self._awaited.pop(number, None)) is not None:
                awaited.set()
            self._show(len(job.actions))

    async def _carry_out(self, job: Job) -> None:
        first = job.actions[0]
        if self._is_held_back(first):
            self.tally.counted[kind_of(first)].held_back += 1
            return
        started = perf_counter()
        if isinstance(first, PlaceOrder) and self._target.batch_size > 1:
            orders = [action for action in job.actions if isinstance(action, PlaceOrder)]
            answers = await self._wire.send_batch(self._requests.order_batch(orders), len(orders))
        else:
            answers = [await self._wire.send(self._requests.action(first))]
        self.tally.times_s[kind_of(first)].append(perf_counter() - started)
        for action, answer in zip(job.actions, answers, strict=True):
            self._note(action, answer)

    def _is_held_back(self, action: Action) -> bool:
        """True when the step that this one builds on did not happen, so that sending it could only be refused."""
        order = order_of(action)
        if isinstance(action, PlaceOrder) or order is None:
            return False
        if isinstance(action, DeliverOrder) and order in self._partly_shipped:
            return True  # the rest of it still waits for stock
        return order in self._not_placed or (isinstance(action, DeliverOrder | ReturnGoods) and order in self._not_shipped)

    def _note(self, action: Action, answer: Answer) -> None:
        subject = action.sku if isinstance(action, AdjustStock) else order_of(action) or "unknown order"
        accepted = self.tally.note(kind_of(action), subject, action.row, answer)
        if isinstance(action, PlaceOrder):
            self.tally.note_order(action, answer)
            if not accepted:
                self._not_placed.add(action.order_id)
        elif isinstance(action, ShipOrder) and not accepted:
            self._not_shipped.add(action.order_id)
        elif isinstance(action, ShipOrder) and answer.body.state == "partially_shipped":
            self._partly_shipped.add(action.order_id)

    def _show(self, actions: int) -> None:
        self._actions_done += actions
        now = perf_counter()
        if now - self._shown_at >= PROGRESS_EVERY_S:
            self._shown_at = now
            self._progress(REPLAYING, self._actions_done, len(self._plan.actions))


__all__ = ["Progress", "ReplayStopped", "RetryPolicy", "Target", "Terms", "replay", "run_replay"]
