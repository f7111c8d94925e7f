"""What was promised: every acknowledged answer, and how it is held against the system."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from tests.chaos.goods import OPENING
from tests.end_to_end.running_system import RunningSystem

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
class Promises:
    """What customers were told."""

    orders: dict[str, Taken] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    held: Counter[str] = field(default_factory=Counter)
    """Units in baskets, by SKU."""
    moved: Counter[str] = field(default_factory=Counter)
    """Units that counts found, holds took away and returns brought back; orders that shipped are not in it."""
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

    def open_questions(self) -> list[str]:
        """Orders to be looked up: those that nobody has, and those that may have changed by themselves."""
        return sorted(key for key in self.orders if key not in self.kept or self.kept[key].get("state") in LATER)


def broken_promises(system: RunningSystem, promises: Sequence[Promises]) -> list[str]:
    """What was answered against what is there: every order as was said, every unit accounted for, the invariants."""
    found = [line for promised in promises for line in promised.strange]
    for promised in promises:
        wanted = promised.open_questions()
        promised.kept |= asyncio.run(_look_up(system, wanted))
        for order_id in wanted:
            kept = promised.kept[order_id]
            found += [f"{order_id} was acknowledged and is {line}" for line in _untrue(promised.orders[order_id], kept)]
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
            async with session.get(f"/v1/orders/{order_id}") as answer:
                body = await answer.json(content_type=None)
                kept[order_id] = body if answer.status == 200 else {"status": answer.status}

    async with aiohttp.ClientSession(system.url) as session:
        await asyncio.gather(*[some(session) for _ in range(LOOKED_UP_AT_ONCE)])
    return kept


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
