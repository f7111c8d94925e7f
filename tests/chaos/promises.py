"""What was promised: every acknowledged answer, and how it is held against the system."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from tests.chaos.goods import OPENING
from tests.chaos.planners import Decided, broken_decisions
from tests.end_to_end.running_system import RunningSystem

TOLD_WITHIN_S: Final = 30.0
LOOKED_UP_AT_ONCE: Final = 12
LATER: Final = {
    "partially_reserved": {"reserved"},
    "backordered": {"partially_reserved", "reserved"},
    "partially_shipped": {"shipped"},
}
"""What an order may have become by itself, when what it waits for came free."""
ONTO_STOCK: Final = frozenset({"restock", "quarantine"})


@dataclass
class Taken:
    """An order that was taken: the last answer about it, and what came back of it."""

    answer: dict[str, Any]
    back: Counter[str] = field(default_factory=Counter)
    doubtful: bool = False
    """A command was refused after some attempts without an answer: what these did is to be looked up."""

    @property
    def state(self) -> str:
        """Its state, as was answered."""
        return str(self.answer["state"])


@dataclass
class Bought:
    """A purchase order: units that arrived by SKU, and whether it was closed."""

    arrived: Counter[str] = field(default_factory=Counter)
    closed: bool = False


@dataclass
class Promises:
    """What customers were told."""

    orders: dict[str, Taken] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    held: Counter[str] = field(default_factory=Counter)
    """Units in baskets, by SKU."""
    moved: Counter[str] = field(default_factory=Counter)
    """Units that counts found, holds took away and returns brought back; orders that shipped are not in it."""
    bought: dict[str, Bought] = field(default_factory=dict)
    """Purchase orders, by id."""
    carried: Counter[str] = field(default_factory=Counter)
    """Units put away, by task."""
    planned: Decided = field(default_factory=Decided)
    """Decisions on suggestions, and the drafts that they gathered in."""
    strange: list[str] = field(default_factory=list)
    """Answers that nobody should have got."""
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Orders as they were when they were looked up."""

    def ordered(self, answer: dict[str, Any]) -> None:
        """An order was taken."""
        self.orders[answer["order_id"]] = Taken(answer)

    def went_on(self, order_id: str, wish: str, answer: dict[str, Any] | None, *, doubtful: bool) -> None:
        """Something was asked of it, and done, or (without an answer) refused."""
        if answer is not None:
            self.orders[order_id].answer = answer
            if wish == "cancel" and any(line["quantity_reserved"] or line["quantity_backordered"] for line in answer["lines"]):
                self.strange.append(f"{order_id} was cancelled and holds on: {answer}")
        else:
            self.orders[order_id].doubtful |= doubtful

    def came_back(self, order_id: str, line: dict[str, Any], *, taken: bool, doubtful: bool) -> None:
        """Units of it were taken back, or not."""
        if taken:
            self.orders[order_id].back[line["sku"]] += line["quantity"]
            self.moved[line["sku"]] += line["quantity"] if line["outcome"] in ONTO_STOCK else 0
        else:
            self.orders[order_id].doubtful |= doubtful

    def arrived(self, name: str, lines: list[dict[str, Any]]) -> None:
        """Goods of a purchase order were taken in."""
        for line in lines:
            units = line["quantity"] + line["quantity_damaged"]
            self.bought[name].arrived[line["sku"]] += units
            self.moved[line["sku"]] += units

    def open_questions(self) -> list[str]:
        """Orders to be looked up: those that nobody has, and those that may have changed by themselves."""
        return sorted(key for key in self.orders if key not in self.kept or self.kept[key].get("state") in LATER)


def broken_promises(system: RunningSystem, promises: Sequence[Promises]) -> list[str]:
    """What was answered against what is there: every order as was said, every unit accounted for, the invariants."""
    found = [line for promised in promises for line in (*promised.strange, *promised.planned.strange)]
    for promised in promises:
        wanted = promised.open_questions()
        promised.kept |= asyncio.run(_look_up(system, wanted))
        for order_id in wanted:
            kept = promised.kept[order_id]
            found += [f"{order_id} was acknowledged and is {line}" for line in _untrue(promised.orders[order_id], kept)]
        found += _purchases(system, promised)
        found += broken_decisions(system, promised.planned)
    found += _units(system, promises)
    verified = system.run("verify")
    if verified.returncode:
        found.append(f"skuld verify: {verified.stdout}{verified.stderr}")
    return found


async def _look_up(system: RunningSystem, order_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Orders as they are, several at a time: there are thousands. One that is not there is its status alone."""
    kept: dict[str, dict[str, Any]] = {}
    left = iter(order_ids)

    async def some(session: aiohttp.ClientSession) -> None:
        for order_id in left:
            kept[order_id] = await _order(session, order_id)

    async with aiohttp.ClientSession(system.url) as session:
        await asyncio.gather(*[some(session) for _ in range(LOOKED_UP_AT_ONCE)])
    return kept


async def _order(session: aiohttp.ClientSession, order_id: str) -> dict[str, Any]:
    """An order as it is. Of one that has just left memory, nobody can tell until the rows have it."""
    end = time.monotonic() + TOLD_WITHIN_S
    while True:
        async with session.get(f"/v1/orders/{order_id}") as answer:
            body: dict[str, Any] = await answer.json(content_type=None)
            if answer.status == 200:
                return body
            if answer.status != 503 or time.monotonic() > end:
                return {"status": answer.status}
        await asyncio.sleep(0.5)


def _untrue(taken: Taken, kept: dict[str, Any]) -> Iterator[str]:
    """How an order differs from what was said of it."""
    if "status" in kept:
        yield str(kept["status"])
        return
    if taken.doubtful:
        return
    if kept["state"] != taken.state and kept["state"] not in LATER.get(taken.state, ()):
        yield f"{kept['state']}, not {taken.state}"
    said = {line["sku"]: line for line in taken.answer["lines"]}
    if said.keys() != {line["sku"] for line in kept["lines"]}:
        yield f"of other SKUs: {kept['lines']}"
        return
    for line in kept["lines"]:
        before = said[line["sku"]]
        if _sums(line) != _sums(before) or line["quantity_reserved"] < before["quantity_reserved"]:
            yield f"{line}, not {before}"
        if line["quantity_returned"] != taken.back[line["sku"]]:
            yield f"{line['quantity_returned']} {line['sku']} came back, not {taken.back[line['sku']]}"


def _sums(line: dict[str, Any]) -> tuple[int, ...]:
    """What no event of the shop changes: only commands do."""
    held = line["quantity_reserved"] + line["quantity_backordered"]
    return line["quantity"], line["quantity_cancelled"], line["quantity_shipped"], held


def _purchases(system: RunningSystem, promised: Promises) -> Iterator[str]:
    """Purchase orders and tasks as they are, against what was said of them: once, for they stay so."""
    for name, bought in promised.bought.items():
        _, order = _told(system, f"/v1/purchase-orders/{name}")
        received = {line["sku"]: line["quantity_received"] for line in order.get("lines", ()) if line["quantity_received"]}
        if received != bought.arrived or (order.get("state") == "closed") != bought.closed:
            yield f"{name}: {order}, but {bought} was acknowledged"
    for task_id, units in promised.carried.items():
        _, task = _told(system, f"/v1/putaway-tasks/{task_id}")
        if task.get("quantity_done") != units:
            yield f"{task_id}: {task}, but {units} were acknowledged"
    promised.bought.clear()
    promised.carried.clear()


def _told(system: RunningSystem, path: str) -> tuple[int, dict[str, Any]]:
    """What is told of something. Of what has just left memory, nobody can tell until the rows have it."""
    end = time.monotonic() + TOLD_WITHIN_S
    while True:
        status, answer = system.call("GET", path)
        if status != 503 or time.monotonic() > end:
            return status, answer
        time.sleep(0.5)


def _units(system: RunningSystem, promises: Sequence[Promises]) -> Iterator[str]:
    """On hand is opening stock and all that moved; reserved is what orders and baskets have."""
    on_hand, reserved = Counter(OPENING), Counter[str]()
    for promised in promises:
        reserved.update(promised.held)
        on_hand.update(promised.moved)
        for kept in promised.kept.values():
            for line in kept.get("lines", ()):
                on_hand[line["sku"]] -= line["quantity_shipped"]
                reserved[line["sku"]] += line["quantity_reserved"]
    for sku in OPENING:
        level = system.level(sku)
        if level["on_hand"] != on_hand[sku]:
            yield f"{sku}: {level['on_hand']} on hand, {on_hand[sku]} by all that was acknowledged"
        if level["reserved"] != reserved[sku]:
            yield f"{sku}: {level['reserved']} reserved, {reserved[sku]} acknowledged"
        if level["available"] < 0:
            yield f"{sku}: oversold: {level}"
