"""Errands: what customers and clerks send, in a seeded mix of all that changes orders and stock, over all shards."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final, NamedTuple

from tests.chaos.goods import SCARCE, SKUS, SUPPLIER
from tests.chaos.planners import Planner
from tests.chaos.promises import Bought, Promises

Ask = Callable[[str, str, Any, str], Awaitable[tuple[int, Any, bool]]]
"""Method, path, body and key; gives the status, the answer, and whether it was asked more than once."""

POLICIES: Final = ("all_or_nothing", "all_or_nothing", "ship_complete", "ship_partial", "cancel_rest")
OUTCOMES: Final = ("restock", "restock", "quarantine", "scrap")
MOST_IN_BATCH: Final = 12
KEPT_FOR_REPEATS: Final = 200
HELD_LATELY: Final = 4
"""Requests about holds, suggestions and places are repeated as long as they are among so many: no row tells what was answered to them."""
FORGOTTEN: Final = re.compile("/reservations|/replenishment-suggestions|/warehouses")


class Request(NamedTuple):
    """Something that was done, to be asked for again."""

    method: str
    path: str
    body: Any
    key: str


class Customer:
    """Does one errand after the other, and tells `promises` what was answered. Its orders and holds are nobody else's."""

    def __init__(self, name: str, rng: Random, ask: Ask, promises: Promises) -> None:
        self._name = name
        self._rng = rng
        self._ask = ask
        self._promises = promises
        self._errands = 0
        self._done: list[Request] = []
        self._planner = Planner(name, rng, self._send, promises.planned)

    async def run_an_errand(self) -> None:
        """One of all there are."""
        self._errands += 1
        errands = (self._order, self._batch, self._hold, self._count, self._come_again, self._buy, self._plan)
        (errand,) = self._rng.choices(errands, weights=(20, 2, 6, 6, 6, 2, 2))
        await errand()

    def _key(self, what: str) -> str:
        return f"{self._name}-{self._errands}-{what}"

    async def _send(self, method: str, path: str, body: Any, key: str) -> tuple[int, Any, bool]:
        status, answer, retried = await self._ask(method, path, body, key)
        if status < 300:
            self._done = [*self._done[-KEPT_FOR_REPEATS:], Request(method, path, body, key)]
        return status, answer, retried

    # ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _new_order(self, order_id: str) -> dict[str, Any]:
        rng = self._rng
        skus = rng.sample(SKUS, rng.randint(1, 4)) + ([SCARCE] if rng.random() < 0.1 else [])
        lines = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in skus]
        return {"order_id": order_id, "policy": rng.choice(POLICIES), "lines": lines}

    async def _order(self) -> None:
        """An order, and what becomes of it."""
        order_id = self._key("o")
        status, answer, _ = await self._send("POST", "/v1/orders", self._new_order(order_id), order_id)
        if status != 201:
            self._promises.refused.add(order_id)
            return
        self._promises.ordered(answer)
        for step in range(self._rng.choice([0, 0, 0, 1, 1, 2, 3])):
            await self._go_on(order_id, step)

    async def _batch(self) -> None:
        """Many orders at once."""
        orders = [self._new_order(self._key(f"b{number}")) for number in range(self._rng.randint(2, MOST_IN_BATCH))]
        _, answer, _ = await self._send("POST", "/v1/orders:batch", orders, self._key("batch"))
        for order, result in zip(orders, answer["results"], strict=True):
            if result["status"] == 201:
                self._promises.ordered(result)
            else:
                self._promises.refused.add(order["order_id"])

    async def _go_on(self, order_id: str, step: int) -> None:
        """Whatever its state allows, and sometimes what it does not."""
        wishes = {
            "reserved": ["cancel", "edit", "ship", "ship", "ship", "hold"], "partially_reserved": ["cancel", "edit", "ship"],
            "backordered": ["cancel", "edit"], "on_hold": ["resume", "cancel"], "partially_shipped": ["cancel", "return"],
            "shipped": ["return", "return", "deliver"], "delivered": ["return"],
        }  # fmt: skip
        wish = self._rng.choice(wishes.get(self._promises.orders[order_id].state, ["cancel"]))
        key, path = f"{order_id}-{step}", f"/v1/orders/{order_id}"
        match wish:
            case "return":
                await self._return(order_id, key)
                return
            case "edit":
                sku = self._rng.choice(SKUS)
                change = {"lines": [{"sku": sku, "quantity": self._rng.randint(1, 4)}]}
                status, answer, retried = await self._send("PATCH", f"{path}/lines", change, key)
            case _:
                status, answer, retried = await self._send("POST", f"{path}/{wish}", None, key)
        self._promises.went_on(order_id, wish, answer if status == 200 else None, doubtful=retried)

    async def _return(self, order_id: str, key: str) -> None:
        shipped = [line["sku"] for line in self._promises.orders[order_id].answer["lines"] if line["quantity_shipped"]]
        if shipped:
            line = {"sku": self._rng.choice(shipped), "quantity": 1, "outcome": self._rng.choice(OUTCOMES)}
            body = {"order_id": order_id, "return_id": key, "lines": [line]}
            status, _, retried = await self._send("POST", "/v1/returns", body, key)
            self._promises.came_back(order_id, line, taken=status == 201, doubtful=retried)

    # ── purchase orders ─────────────────────────────────────────────────────────────────────────────────────────────
    async def _buy(self) -> None:
        """Goods are ordered, arrive in parts, and are carried to their place; some stay at the dock."""
        name = self._key("p")
        path = f"/v1/purchase-orders/{name}"
        lines = [{"sku": sku, "quantity": self._rng.randint(6, 9)} for sku in self._rng.sample(SKUS, self._rng.randint(1, 3))]
        order = {"purchase_order_id": name, "supplier": SUPPLIER, "lines": lines}
        if not await self._must("POST", "/v1/purchase-orders", order, name):
            return
        self._promises.bought[name] = Bought()
        if not await self._must("POST", f"{path}/place", None, f"{name}-place"):
            return
        for number in range(self._rng.randint(1, 2)):
            await self._receive(name, lines, f"{name}-r{number}")
        if self._rng.random() < 0.4 and await self._must("POST", f"{path}/close", None, f"{name}-close"):
            self._promises.bought[name].closed = True

    async def _plan(self) -> None:
        """A run of planning in a warehouse of this customer's own, and what becomes of its suggestions."""
        await self._planner.run(self._key("run"))

    async def _receive(self, name: str, lines: list[dict[str, Any]], key: str) -> None:
        arrived = [
            {"sku": line["sku"], "quantity": self._rng.randint(1, 2), "quantity_damaged": self._rng.choice([0, 0, 1])}
            for line in self._rng.sample(lines, self._rng.randint(1, len(lines)))
        ]
        body = {"lines": arrived, "receipt_id": key}
        status, receipt, _ = await self._send("POST", f"/v1/purchase-orders/{name}/receive", body, key)
        if status != 201:
            self._promises.strange.append(f"receipt {key}: {status} {receipt}")
            return
        self._promises.arrived(name, arrived)
        for task in receipt["putaway_tasks"]:
            units = self._rng.choice([None, None, 1, 0])
            if units != 0:
                body = {"quantity": units} if units else {}
                task_path = f"/v1/putaway-tasks/{task['task_id']}/confirm"
                if await self._must("POST", task_path, body, f"{task['task_id']}-c"):
                    self._promises.carried[task["task_id"]] = units or task["quantity"]

    # ── stock ───────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _hold(self) -> None:
        """A basket that is bought, given up, or left standing."""
        sku, quantity, key = self._rng.choice(SKUS), self._rng.randint(1, 3), self._key("h")
        body = {"sku": sku, "quantity": quantity, "ttl_s": 24 * 3600}
        status, answer, _ = await self._send("POST", "/v1/reservations", body, key)
        if status != 201:
            self._promises.strange.append(f"hold {key}: {status} {answer}")
            return
        self._promises.held[sku] += quantity
        path = f"/v1/reservations/{answer['reservation_id']}"
        if self._rng.random() < 0.3:
            await self._must("POST", f"{path}/extend", {"ttl_s": 48 * 3600}, f"{key}-extend")
        end = self._rng.choice(["commit", "release", ""])
        if end and await self._must("POST", f"{path}/{end}", None, f"{key}-{end}"):
            self._promises.held[sku] -= quantity
            self._promises.moved[sku] -= quantity if end == "commit" else 0

    async def _count(self) -> None:
        """A count that changes by a few; there is so much of it that no promise breaks."""
        sku, quantity = self._rng.choice(SKUS), self._rng.choice([-2, -1, 1, 2, 3])
        reason = "found" if quantity > 0 else "missing"
        body = {"sku": sku, "quantity": quantity, "reason": reason}
        if await self._must("POST", "/v1/adjustments", body, self._key("a")):
            self._promises.moved[sku] += quantity

    async def _come_again(self) -> None:
        """Something that was done long ago, once more with the same key: it must be answered, and not done again."""
        lately = self._done[-HELD_LATELY:]
        known = [request for request in self._done if request in lately or not FORGOTTEN.search(request.path)]
        if known:
            await self._must(*self._rng.choice(known))

    async def _must(self, method: str, path: str, body: Any, key: str) -> bool:
        """What nothing speaks against: gives whether it was done, and notes it when not."""
        status, answer, _ = await self._send(method, path, body, key)
        if status >= 300:
            self._promises.strange.append(f"{method} {path} {key}: {status} {answer}")
        return status < 300
