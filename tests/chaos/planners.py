"""Planners among the load: runs of planning, decisions on them, and the drafts that these gather in; each in a warehouse of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from time import monotonic, sleep
from typing import Any, Final

from actors.procurement.suggestions import suggestion_id
from tests.chaos.goods import SKUS, SUPPLIER
from tests.end_to_end.running_system import RunningSystem

Send = Callable[[str, str, Any, str], Awaitable[tuple[int, Any, bool]]]
SUGGESTIONS: Final = "/v1/replenishment-suggestions"
FAR: Final = "2999-12-31"
TOLD_WITHIN_S: Final = 30.0


@dataclass
class Decided:
    """What planners were told: decisions by suggestion, and units by SKU on each draft, after all edits."""

    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    drafts: dict[str, Counter[str]] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)

    def decided(self, suggestion: dict[str, Any]) -> None:
        """A decision was acknowledged for the first time."""
        self.decisions[suggestion["id"]] = suggestion
        order = suggestion["decision"]["purchase_order_id"]
        if order is not None:
            self.drafts.setdefault(order, Counter())[suggestion["sku"]] += suggestion["decision"]["quantity"]


class Planner:
    """Plans for one warehouse, whose runs and drafts are nobody else's."""

    def __init__(self, warehouse: str, rng: Random, send: Send, told: Decided) -> None:
        self._warehouse = warehouse
        self._rng = rng
        self._send = send
        self._told = told
        self._is_there = False
        self._overridden: set[str] = set()
        """SKUs that later runs leave alone."""

    async def run(self, run: str) -> None:
        """A run; every suggestion is decided on, some more than once; a draft is changed, or placed."""
        if not self._is_there:
            path = f"/v1/warehouses/{self._warehouse}"
            status, answer, retried = await self._send("PUT", path, {"name": self._warehouse}, self._warehouse)
            if status >= 300 and not retried:  # the first copy may have been carried out, and be forgotten
                self._told.strange.append(f"{path}: {status} {answer}")
            self._is_there = True
        items = [self._item(sku) for sku in self._rng.sample(SKUS, self._rng.randint(1, 3))]
        status, answer, retried = await self._send("PUT", SUGGESTIONS, {"run_id": run, "items": items}, run)
        if status != 200:
            if not retried:
                self._told.strange.append(f"run {run}: {status} {answer}")
            return
        left_out = {row["sku"] for row in answer["left_out"]}
        if not left_out <= self._overridden:
            self._told.strange.append(f"run {run}: {answer}, but no override was asked for")
        for item in items:
            if item["sku"] not in left_out:
                await self._decide(suggestion_id(run, item["sku"], self._warehouse), item["sku"])
        if self._told.drafts and self._rng.random() < 0.5:
            await self._go_on(run)

    def _item(self, sku: str) -> dict[str, Any]:
        units = self._rng.randint(1, 9)
        why = {"steps": [{"name": "review cover", "units": units}], "chance_without": 0.5, "chance_with": 0.1}
        return {
            "sku": sku, "warehouse": self._warehouse, "supplier": SUPPLIER, "quantity": units, "target": 0.95,
            "explanation": why,
        }  # fmt: skip

    async def _decide(self, named: str, sku: str) -> None:
        for turn in range(self._rng.choice([1, 1, 2])):
            verb = self._rng.choice(["approve", "approve", "override", "reject"])
            body = {"override": {"quantity": self._rng.randint(0, 9), "reason": "a fair", "until": FAR}}.get(verb)
            if verb == "override":
                self._overridden.add(sku)
            body = {"reason": "not now"} if verb == "reject" else body
            status, answer, retried = await self._send("POST", f"{SUGGESTIONS}/{named}/{verb}", body, f"{named}-{turn}")
            if status != 200 and retried:  # the first copy may have been carried out, and be forgotten
                status, answer, _ = await self._send("GET", f"{SUGGESTIONS}/{named}", None, f"{named}-look")
                if status == 200 and answer["decision"] is None:
                    continue
            before = self._told.decisions.get(named)
            if status == 200 and before is None:
                self._told.decided(answer)
            elif status == 200 and answer["decision"] != before["decision"]:  # type: ignore[index]  # it is not None
                self._told.strange.append(f"{named} of {sku} was decided on twice: {before}, {answer}")
            elif before is None:
                self._told.strange.append(f"{verb} {named}: {status} {answer}")

    async def _go_on(self, run: str) -> None:
        """The draft is changed; or placed, and the next approval begins another."""
        order = self._rng.choice(sorted(self._told.drafts))
        path = f"/v1/purchase-orders/{order}"
        _, draft, _ = await self._send("GET", path, None, f"{run}-read")
        if (draft.get("state"), draft.get("warehouse")) != ("draft", self._warehouse):  # nor while nobody serves
            return
        if self._rng.random() < 0.5:
            sku, units = self._rng.choice(SKUS), self._rng.randint(1, 9)
            lines = {"lines": [{"sku": sku, "quantity": units}]}
            if await self._must("PATCH", f"{path}/lines", lines, f"{run}-edit"):
                self._told.drafts[order][sku] = units
        else:
            await self._must("POST", f"{path}/place", None, f"{run}-place")

    async def _must(self, method: str, path: str, body: Any, key: str) -> bool:
        status, answer, _ = await self._send(method, path, body, key)
        if status >= 300:
            self._told.strange.append(f"{method} {path} {key}: {status} {answer}")
        return status < 300


def broken_decisions(system: RunningSystem, told: Decided) -> Iterator[str]:
    """Decisions and drafts as they are, against what was said of them: once, for they stay so."""
    end = monotonic() + TOLD_WITHIN_S
    for named, said in told.decisions.items():
        path = f"{SUGGESTIONS}/{named}"
        found = _until(end, system, path, lambda answer, said=said: answer.get("decision") == said["decision"])
        if (found.get("state"), found.get("decision")) != (said["state"], said["decision"]):
            yield f"{named}: {found}, but {said} was acknowledged"
    for order, units in told.drafts.items():
        found = _until(end, system, f"/v1/purchase-orders/{order}", lambda answer: "lines" in answer)
        there = {line["sku"]: line["quantity"] for line in found.get("lines", ())}
        if there != +units:
            yield f"{order}: {there}, but {dict(units)} was acknowledged"
    told.decisions.clear()
    told.drafts.clear()


def _until(end: float, system: RunningSystem, path: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What is told of something. Of what has left memory rows tell, once they have it."""
    while True:
        _, answer = system.call("GET", path)
        if holds(answer) or monotonic() > end:
            return dict(answer)
        sleep(0.2)
