"""A warehouse that Skuld runs: what happens in it in a day, through the HTTP API and the commands of Skuld."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar
from unittest import mock

import msgspec

from actors.kernel.record.database import open_database
from forecasting.planning.record import Books, read_books
from gateway.cli import main
from gateway.replay.requests import NDJSON, Request
from tests.benchmarks.year.demand import Demand, Order
from tests.benchmarks.year.diary import Diary, Purchase, Units
from tests.benchmarks.year.supply import Supply, supply_of
from tests.benchmarks.year.terms import Terms
from tests.benchmarks.year.wire import Line, NotAnswered, request
from tests.integration.in_process import InProcess

BATCH: Final = 1000
SETTLED_S: Final = 30.0
NOTHING_TO_SHIP: Final = 409
T = TypeVar("T")


class Warehouse:
    """The floor of one warehouse: goods come, customers order, goods leave. It writes a diary of what it was answered."""

    def __init__(self, system: InProcess, terms: Terms, settings: Mapping[str, str]) -> None:
        self.system = system
        self.terms = terms
        self.line = Line(system.url)
        self._environment = {f"SKULD_{name.upper()}": value for name, value in settings.items()}
        self.diary = Diary({})
        self.supply: Supply
        self._expected: dict[date, list[Purchase]] = {}
        self._waits: dict[str, set[str]] = {}
        """The SKUs that orders wait for."""
        self._fresh: list[str] = []
        """Orders of today of which something can be shipped."""

    # ── before the first day ────────────────────────────────────────────────────────────────────────────────────────
    def open(self, demand: Demand, opening: Units) -> None:
        """Products, suppliers, their terms, the history of demand, and the stock that is there."""
        for some in chunks(demand.skus):
            self._batch("/v1/products:batch", [{"sku": sku, "name": sku} for sku in some])
        self._agree(supply_of(demand, self.terms), demand.skus)
        stocked = [(sku, units) for sku, units in opening.items() if units]
        for rows in chunks(stocked):
            counts = [{"sku": sku, "quantity": units, "reason": "opening_stock"} for sku, units in rows]
            self._batch("/v1/adjustments:batch", counts)
        self.diary.opening = dict(stocked)
        path = self.system.data_dir / "before.parquet"
        demand.history.write_parquet(path)
        self.skuld("forecast", "import", str(path))

    def _agree(self, supply: Supply, skus: Sequence[str]) -> None:
        """What suppliers told, with a week of seven working days."""
        self.supply, of = supply, supply.supplier_of
        everyday = {"working_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
        agreed = {"lead_time_days": self.terms.lead_time_days, "calendar": everyday}
        least = {name: {"minimum_order": f"{money}.00"} for name, money in supply.minimum.items()}
        bodies = {name: {"name": name, **agreed, **least.get(name, {})} for name in sorted(set(map(of, skus)))}
        self.line.ask_all([request("PUT", f"/v1/suppliers/{name}", body) for name, body in bodies.items()])
        self.line.ask_all([request("PUT", f"/v1/supplier-items/{of(sku)}/{sku}", supply.body(sku)) for sku in skus])

    def _batch(self, path: str, items: list[Any]) -> None:
        answer = self.line.ask("POST", path, items, f"open-{path}-{items[0]['sku']}")
        wrong = [result for result in answer["results"] if result["status"] not in (200, 201)]
        if wrong:
            raise NotAnswered(f"POST {path}: {wrong[:3]}")

    # ── a day ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def receive(self, today: date) -> None:
        """Take in what comes today, and carry it to its place."""
        tasks: list[Request] = []
        for purchase in self._expected.pop(today, []):
            lines = [{"sku": sku, "quantity": units} for sku, units in purchase.units.items()]
            body = {"put_away": self.terms.put_away, "lines": lines}
            path = f"/v1/purchase-orders/{purchase.purchase_id}/receive"
            receipt = self.line.ask("POST", path, body, f"receive-{purchase.purchase_id}")
            for line in receipt["lines"]:
                self.diary.received[today][line["sku"]] += line["quantity"]
            tasks += [self._carried(task) for task in receipt["putaway_tasks"]]
        self.line.ask_all(tasks)

    def _carried(self, task: Mapping[str, Any]) -> Request:
        name = task["task_id"]
        return request("POST", f"/v1/putaway-tasks/{name}/confirm", {"quantity": task["quantity"]}, f"carry-{name}")

    def take_orders(self, today: date, orders: Sequence[Order]) -> None:
        """Post the orders of a day, all with one call."""
        policy = "cancel_rest" if self.terms.lost_sales else "ship_partial"
        for some in chunks(orders):
            bodies = [
                {"order_id": one.order_id, "policy": policy, "lines": [{"sku": sku, "quantity": n} for sku, n in one.lines]}
                for one in some
            ]
            data = b"\n".join(map(msgspec.json.encode, bodies))
            answer = self.line.ask_all([Request("POST", "/v1/orders:batch", data, None, NDJSON)])[0]
            for order, result in zip(some, answer["results"], strict=True):
                self._note_order(today, order, result)

    def _note_order(self, today: date, order: Order, result: Mapping[str, Any]) -> None:
        if result["status"] != 201 and not self.terms.lost_sales:
            raise NotAnswered(f"order {order.order_id}: {result}")
        lines = {line["sku"]: line for line in result.get("lines", [])}
        for sku, wanted in order.lines:
            line = lines.get(sku, {})
            held, waits = line.get("quantity_reserved", 0), line.get("quantity_backordered", 0)
            self.diary.at_once[today][sku] += held
            self.diary.waiting[today][sku] += waits
            self.diary.lost[today][sku] += wanted - held - waits
        if any(line["quantity_reserved"] for line in lines.values()):
            self._fresh.append(order.order_id)
        self._note_waiting(order.order_id, lines.values())

    def _note_waiting(self, order_id: str, lines: Iterable[Mapping[str, Any]]) -> None:
        self._waits[order_id] = {line["sku"] for line in lines if line["quantity_backordered"]}
        if not self._waits[order_id]:
            del self._waits[order_id]

    def ship(self, today: date) -> None:
        """Let everything leave that is reserved: of today's orders, and of those that wait for what came today."""
        self.settle()
        came = self.diary.received[today]
        late = [name for name, skus in self._waits.items() if not skus.isdisjoint(came)]
        names = list(dict.fromkeys([*late, *self._fresh]))
        self._fresh = []
        asked = [request("POST", f"/v1/orders/{name}/ship", {}, f"ship-{name}-{today}") for name in names]
        answers = self.line.ask_all(asked, (200, NOTHING_TO_SHIP))
        done = [answer for answer in answers if answer["status"] == 200]
        gone = [answer["order_id"] for answer in done if answer["state"] == "shipped"]
        self.line.ask_all([request("POST", f"/v1/orders/{name}/deliver", {}, f"deliver-{name}") for name in gone])
        for answer in done:
            self._note_shipped(today, answer)

    def _note_shipped(self, today: date, answer: Mapping[str, Any]) -> None:
        if answer["state"] not in ("shipped", "partially_shipped"):
            raise NotAnswered(f"order {answer['order_id']} is {answer['state']} after it was shipped")
        before = self.diary.left.get(answer["order_id"], {})
        left = {line["sku"]: line["quantity_shipped"] for line in answer["lines"]}
        for sku, units in left.items():
            self.diary.shipped[today][sku] += units - before.get(sku, 0)
        self.diary.left[answer["order_id"]] = left
        self._note_waiting(answer["order_id"], answer["lines"])
        if answer["state"] == "shipped":
            del self.diary.left[answer["order_id"]]

    def settle(self) -> None:
        """Wait until no owner owes another a step."""
        deadline = time.monotonic() + SETTLED_S
        while self.system.steps_under_way():
            if time.monotonic() > deadline:
                raise NotAnswered(f"steps between owners are still under way after {SETTLED_S:g} s")
            time.sleep(0.005)

    # ── buying ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def place(self, purchase_id: str, today: date) -> Purchase:
        """Send a draft to its supplier; from the answer it is known what will come, from the terms when."""
        order = self.line.ask("POST", f"/v1/purchase-orders/{purchase_id}/place", None, f"place-{purchase_id}")
        units = {line["sku"]: line["quantity"] for line in order["lines"]}
        spent = sum(line["quantity"] * float(line["unit_price"]) for line in order["lines"])
        comes_on = self.terms.arrival(order["supplier"], today)
        purchase = Purchase(purchase_id, order["supplier"], today, comes_on, units, spent)
        self.diary.purchases.append(purchase)
        self._expected.setdefault(comes_on, []).append(purchase)
        return purchase

    def baskets(self) -> list[dict[str, Any]]:
        """The drafts that approved suggestions gather in, in figures."""
        found: list[dict[str, Any]] = self.line.ask("GET", "/v1/replenishment-suggestions:baskets")["items"]
        return found

    def books(self) -> Books:
        """Stock, promises and open orders, as the rows have them."""
        with open_database(self.system.settings.sql_url).connect() as rows:
            return read_books(rows)

    def skuld(self, *arguments: str) -> str:
        """Run a command of Skuld on this warehouse, in this process, so that it reads the same clock; gives what it prints.

        Raises:
            NotAnswered: it did not end well.
        """
        self.system.level_rows()
        out, err = io.StringIO(), io.StringIO()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SKULD_")}
        environment = mock.patch.dict(
            os.environ, {**clean, **self._environment, "SKULD_DATA_DIR": str(self.system.data_dir)}, clear=True
        )
        with environment, mock.patch.object(sys, "argv", ["skuld", *arguments]), redirect_stdout(out), redirect_stderr(err):
            try:
                main()
                code: Any = 0
            except SystemExit as end:
                code = end.code
        if code not in (0, None):
            raise NotAnswered(f"skuld {' '.join(arguments)} ended with {code}: {err.getvalue()[-500:]}")
        return out.getvalue()


@contextmanager
def opened(folder: Path, terms: Terms, settings: Mapping[str, str]) -> Iterator[Warehouse]:
    """A warehouse on a Skuld of its own in a folder; stopped in the end."""
    system = InProcess(folder / "data", **settings).start()
    warehouse = Warehouse(system, terms, settings)
    try:
        yield warehouse
    finally:
        warehouse.line.close()
        system.stop()


def chunks(items: Sequence[T], size: int = BATCH) -> Iterator[list[T]]:
    """Cut into lists of at most `size`."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
