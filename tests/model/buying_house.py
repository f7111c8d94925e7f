"""A world that buys: shorthand for procurement, and what must hold between its documents and the stock."""

from __future__ import annotations

from collections import Counter
from typing import Any

from actors.inventory.events import Adjusted, Moved
from actors.kernel.routing import PROCUREMENT
from actors.procurement import commands
from actors.procurement.arrivals import AnnouncedLine
from actors.procurement.book import PurchaseBook
from actors.procurement.calendar import Calendar
from actors.procurement.commands import ArrivedLine
from actors.procurement.documents import Document, DocumentRecord, NewLine, NewPurchase
from actors.procurement.incoming import Incoming
from actors.procurement.queries import ReadIncoming
from actors.procurement.steps import booking_op, carry_op
from actors.procurement.suggestions import Explanation, NewSuggestion, Step
from actors.procurement.suppliers import PriceBreak, Supplier, SupplierItem
from actors.procurement.tasks import PutawayRule, Task
from tests.model.world import PureWorld

EVERY_DAY = Calendar(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
Arrival = tuple[Any, ...]


class BuyingHouse(PureWorld):
    """`PureWorld` with shorthand for what buyers and receivers do."""

    @property
    def purchases(self) -> PurchaseBook:
        """The owner of procurement."""
        book = self.machines[PROCUREMENT]
        assert isinstance(book, PurchaseBook)
        return book

    def supplier(self, name: str, **terms: Any) -> Any:
        """A supplier that works every day, unless the terms say otherwise."""
        return self.ask(commands.PutSupplier(self.op(), 0, "buyer", Supplier(name, name, **({"calendar": EVERY_DAY} | terms))))

    def item(self, supplier: str, sku: str, *breaks: tuple[int, str], **terms: Any) -> Any:
        """What a supplier sells."""
        steps = tuple(PriceBreak(*step) for step in breaks)
        return self.ask(
            commands.PutSupplierItem(self.op(), 0, "buyer", SupplierItem(supplier, sku, price_breaks=steps, **terms))
        )

    def rule(self, name: str, location: str, **terms: Any) -> Any:
        """Where goods go in the main warehouse."""
        return self.ask(commands.PutPutawayRule(self.op(), 0, "planner", PutawayRule(name, "main", location, **terms)))

    def draft(self, purchase_id: str, *lines: tuple[Any, ...], supplier: str = "farm", **rest: Any) -> Any:
        """Write a purchase order."""
        new = NewPurchase(supplier, "main", tuple(NewLine(*line) for line in lines), **rest)
        return self.ask(commands.CreatePurchase(purchase_id, 0, "buyer", purchase_id, new))

    def place_purchase(self, purchase_id: str, *lines: tuple[Any, ...], **rest: Any) -> Any:
        """Place a purchase order, written before or now."""
        if lines:
            self.draft(purchase_id, *lines, **rest)
        return self.ask(commands.PlacePurchase(self.op(), 0, "buyer", purchase_id))

    def change(self, verb: str, purchase_id: str, op_id: str = "") -> Any:
        """Hold, resume, close or cancel."""
        op_id = op_id or self.op()
        match verb:
            case "hold":
                return self.ask(commands.HoldPurchase(op_id, 0, "buyer", purchase_id, "why"))
            case "resume":
                return self.ask(commands.ResumePurchase(op_id, 0, "buyer", purchase_id))
            case "close":
                return self.ask(commands.ClosePurchase(op_id, 0, "buyer", purchase_id, "why"))
            case "cancel":
                return self.ask(commands.CancelPurchase(op_id, 0, "buyer", purchase_id, "why"))
        raise AssertionError(verb)

    def suggest(
        self, run: str, op_id: str = "", expires_on: str = "", warnings: tuple[str, ...] = (), decisions_seen: int | None = None,
        **units: int,
    ) -> Any:  # fmt: skip
        """A batch of a run of planning: units of the farm's by SKU."""
        made = tuple(new_suggestion(sku, quantity, warnings=warnings) for sku, quantity in units.items())
        return self.ask(commands.PutSuggestions(op_id or self.op(), 0, "planner", run, expires_on, made, decisions_seen))

    def decide_on(
        self, verb: str, suggestion: str, op_id: str = "", quantity: int = 0, until: str = "", fingerprint: int = 0
    ) -> Any:
        """Approve, override or reject a suggestion."""
        return self.ask(decision(verb, suggestion, op_id or self.op(), f"po-{self.op()}", quantity, until, fingerprint))

    def announce(self, asn_id: str, purchase_id: str, *lines: tuple[Any, ...], expected_on: str = "2027-02-01") -> Any:
        """A supplier's notice."""
        announced = tuple(AnnouncedLine(*line) for line in lines)
        return self.ask(commands.Announce(f"asn-{asn_id}", len(lines), "farm", asn_id, purchase_id, expected_on, announced))

    def arrive(self, receipt_id: str, *lines: Arrival, purchase_id: str = "", **rest: Any) -> Any:
        """Goods have arrived: (SKU, units, damaged, lot, expiry, category, volume)."""
        fingerprint = hash((lines, purchase_id)) & 0xFFFF
        arrived = tuple(ArrivedLine(*line) for line in lines)
        rest = {"warehouse": "main"} | rest
        return self.ask(commands.Receive(receipt_id, fingerprint, "dock", receipt_id, arrived, purchase_id, **rest))

    def confirm(self, task: Task, quantity: int = 0, location: str = "", op_id: str = "") -> Any:
        """Units of a task were carried."""
        return self.ask(commands.ConfirmTask(op_id or self.op(), quantity, "dock", task.task_id, quantity, location))

    # ── what is there ───────────────────────────────────────────────────────────────────────────────────────────────
    def document(self, key: str) -> Document:
        """A document in memory."""
        return self.purchases.documents[key]

    def tasks(self, key: str) -> list[Task]:
        """Its putaway tasks, oldest first."""
        return list(self.document(key).tasks.values())

    def incoming(self, sku: str) -> Incoming:
        """What is still to come of a SKU."""
        told = self.read(ReadIncoming(sku), PROCUREMENT)
        assert isinstance(told, Incoming)
        return told

    def goods_lost_or_doubled(self) -> list[str]:
        """Every booking and every carry is in the ledger once, and nothing else is there under their names."""
        done: Counter[str] = Counter()
        units: dict[str, int] = {}
        for name in self.inventory.names():
            for event in self.recorded[name]:
                if isinstance(event, Adjusted | Moved) and event.op_id.startswith(("receipt:", "putaway:")):
                    done[event.op_id] += 1
                    units[event.op_id] = event.quantity
        found = [f"{op_id} moved goods {times} times" for op_id, times in done.items() if times > 1]
        for document in self.purchases.documents.values():
            for receipt in document.receipts.values():
                for booking in receipt.bookings:
                    op_id = booking_op(document, receipt, booking)
                    if units.pop(op_id, None) != booking.quantity or not booking.booked:
                        found.append(f"{op_id}: {booking} is not what the ledger says")
            for task in document.tasks.values():
                for number, confirm in enumerate(task.confirms):
                    if units.pop(carry_op(task, number), None) != confirm.moved:
                        found.append(f"{carry_op(task, number)}: {confirm} is not what the ledger says")
        return found + [f"{op_id} is of no document" for op_id in units]


def new_suggestion(sku: str, quantity: int, supplier: str = "farm", warnings: tuple[str, ...] = ()) -> NewSuggestion:
    """A suggestion for the main warehouse."""
    why = Explanation((Step("review cover", quantity),), 0.5, 0.05, 3.0)
    return NewSuggestion(sku, "main", supplier, quantity, "2.50", 0.95, "A", 100 * quantity, warnings, why)


def decision(
    verb: str, suggestion: str, op_id: str, fresh: str, quantity: int = 0, until: str = "", fingerprint: int = 0
) -> Any:
    """The command that approves, overrides or rejects a suggestion."""
    match verb:
        case "approve":
            return commands.ApproveSuggestion(op_id, fingerprint, "planner", suggestion, fresh)
        case "override":
            return commands.OverrideSuggestion(op_id, fingerprint, "planner", suggestion, fresh, quantity, "why", until)
        case "reject":
            return commands.RejectSuggestion(op_id, fingerprint, "planner", suggestion, "why")
    raise AssertionError(verb)


def view(answer: Any) -> Document:
    """The document of an answer."""
    assert isinstance(answer, DocumentRecord), answer
    return answer.document
