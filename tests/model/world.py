"""Several inventory shards and order books in memory, without a kernel: what one sends, the next hears, in order."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from actors.inventory.commands import Adjust, EndHold, Hold, PutLocation, PutProduct, PutWarehouse
from actors.inventory.goods import DEFAULT_WAREHOUSE, Location, Product, Warehouse
from actors.inventory.levels import SiteLevel
from actors.inventory.queries import ReadLevel
from actors.inventory.shard import InventoryShard
from actors.kernel.machine import Machine, Outgoing, broken_invariants
from actors.kernel.messages import Command, Event, Message, OwnerName, Query, Refusal
from actors.kernel.routing import PROCUREMENT, InventoryShards, OrderShards
from actors.orders.book import OrderBook
from actors.orders.commands import CancelOrder, DeliverOrder, EditLines, PlaceOrder, ReturnLines, ShipOrder
from actors.orders.lines import NewOrder, OrderedLine, ReturnedLine
from actors.orders.queries import ReadOrder
from actors.orders.records import LineView, OrderRecord
from actors.procurement.book import PurchaseBook

NOW: Final = 1_800_000_000_000
SECOND: Final = 1_000
MOST_STEPS: Final = 10_000
"""More steps than any test needs: beyond it the shards send each other in circles."""


class Unsettled(AssertionError):
    """A command has no answer although nothing is under way."""


class PureWorld:
    """Machines by name, the events each recorded, and the steps under way between them.

    Steps to owners in `away` wait until the name is taken out again and `pump` is called.
    """

    def __init__(self, inventory_shards: int = 1, order_shards: int = 1) -> None:
        self.inventory = InventoryShards(inventory_shards)
        self.orders = OrderShards(order_shards)
        self.machines: dict[OwnerName, Machine] = {name: self.fresh(name) for name in self.names}
        self.recorded: dict[OwnerName, list[Event]] = {name: [] for name in self.names}
        self.away: set[OwnerName] = set()
        self.now = NOW
        self.idle_allowed = False
        """A forced release frees stock in front of the one it was taken from."""
        self.strangers_allowed = False
        """Shards hold for orders that no book knows."""
        self._under_way: deque[tuple[OwnerName, Outgoing]] = deque()
        self._sent: set[tuple[OwnerName, str]] = set()
        self.doubtful: dict[tuple[OwnerName, str], Outgoing] = {}
        """Steps of which a copy may be on its way: what answers them now is not certain to be the first to have come."""
        self._ops = 0

    @property
    def names(self) -> list[OwnerName]:
        return [*self.inventory.names(), *self.orders.names(), PROCUREMENT]

    def fresh(self, name: OwnerName) -> Machine:
        """An empty machine of that name."""
        if name == PROCUREMENT:
            return PurchaseBook(name, self.inventory)
        return InventoryShard(name, self.orders) if name.startswith("inventory") else OrderBook(name, self.inventory)

    def op(self) -> str:
        """A new op id."""
        self._ops += 1
        return f"op-{self._ops}"

    # ── what owners do ──────────────────────────────────────────────────────────────────────────────────────────────
    def give(self, name: OwnerName, command: Command) -> Refusal | None:
        """Let a machine carry a command out, after what is due; its steps wait for `pump`."""
        machine = self.machines[name]
        for due in machine.due(self.now):
            self._carry_out(name, due)
        return self._carry_out(name, command)

    def _carry_out(self, name: OwnerName, command: Command) -> Refusal | None:
        machine = self.machines[name]
        outcome = machine.decide(command, self.now)
        if isinstance(outcome, Refusal):
            return outcome
        for event in outcome:
            self.recorded[name].append(event)
            subject = machine.apply(event)
            if subject is not None:
                self._take_up(name, machine.outgoing(subject))
        return None

    def _take_up(self, name: OwnerName, steps: Any) -> None:
        for step in steps:
            if (step.to, step.command.op_id) not in self._sent:
                self._sent.add((step.to, step.command.op_id))
                self._under_way.append((name, step))

    def pump(self) -> None:
        """Carry steps to and fro until nothing moves any more, except what waits for owners that are away."""
        waiting: list[tuple[OwnerName, Outgoing]] = []
        for _ in range(MOST_STEPS):
            if not self._under_way:
                self._under_way.extend(waiting)
                return
            sender, step = self._under_way.popleft()
            if step.to in self.away or sender in self.away:
                waiting.append((sender, step))
            else:
                self.deliver(sender, step)
        raise AssertionError("the shards send each other in circles")

    def deliver(self, sender: OwnerName, step: Outgoing, *, certain: bool | None = None) -> Message:
        """Carry one step out and let its sender hear the answer: certain, unless a copy of it is about."""
        if certain is None:
            certain = (step.to, step.command.op_id) not in self.doubtful
        refused = self.give(step.to, step.command)
        reply = refused if refused is not None else self.machines[step.to].answer(step.command)
        assert reply is not None, f"no answer to {step}"
        command = self.machines[sender].hear(step, reply, certain=certain)
        if command is not None:
            self.give(sender, command)
        self._sent.discard((step.to, step.command.op_id))
        return reply

    def deliver_nth(self, number: int) -> None:
        """Carry out any of the steps under way, before its elders."""
        sender, step = self._under_way[number]
        del self._under_way[number]
        self.deliver(sender, step)

    def under_way(self) -> list[tuple[OwnerName, Outgoing]]:
        """Steps that have not been carried out."""
        return list(self._under_way)

    def crash(self, name: OwnerName) -> None:
        """Drop a machine's memory and rebuild it from its events; it says again what is still to be sent."""
        machine = self.machines[name] = self.fresh(name)
        for event in self.recorded[name]:
            machine.apply(event)
        self._under_way = deque((sender, step) for sender, step in self._under_way if sender != name)
        for subject in machine.unfinished():
            for step in machine.outgoing(subject):
                self._sent.discard((step.to, step.command.op_id))
                self.doubtful[step.to, step.command.op_id] = step
            self._take_up(name, machine.outgoing(subject))

    def serve(self, epoch: int = 1) -> None:
        """Order books begin, and have heard from every shard."""
        for name in self.orders.names():
            machine = self.machines[name]
            machine.begin(epoch)
            for subject in machine.unfinished():
                self._take_up(name, machine.outgoing(subject))
        self.pump()

    def succeed(self, name: OwnerName, epoch: int, unrecorded: int = 0) -> None:
        """An owner is gone before it had recorded its last events; its successor begins, and has asked nobody yet."""
        del self.recorded[name][len(self.recorded[name]) - unrecorded :]
        self._under_way = deque((sender, step) for sender, step in self._under_way if sender != name)
        self._sent = {(step.to, step.command.op_id) for _, step in self._under_way}
        machine = self.machines[name] = self.fresh(name)
        for event in self.recorded[name]:
            machine.apply(event)
        machine.begin(epoch)
        for subject in machine.unfinished():
            self._take_up(name, machine.outgoing(subject))

    # ── what clients do ─────────────────────────────────────────────────────────────────────────────────────────────
    def owner_of(self, command: Any) -> OwnerName:
        """Who carries out a client's command."""
        if type(command).__module__.startswith("actors.procurement"):
            return PROCUREMENT
        if isinstance(command, PutProduct):
            return self.inventory.owner_of(command.product.sku)
        if hasattr(command, "sku"):
            return self.inventory.owner_of(command.sku)
        if hasattr(command, "order_id"):
            return self.orders.owner_of(command.order_id)
        return self.inventory.names()[0]

    def ask(self, command: Command, to: OwnerName | None = None) -> Any:
        """Carry a client's command out to the end: the refusal, or the answer once everything has settled."""
        name = to or self.owner_of(command)
        refused = self.give(name, command)
        self.pump()
        if refused is not None:
            return refused
        reply = self.machines[name].answer(command)
        if reply is None and not self.away:
            raise Unsettled(f"{command} has no answer")
        return reply

    def read(self, query: Query, to: OwnerName) -> Any:
        """Ask an owner what is so."""
        return self.machines[to].read(query, self.now)

    # ── shorthand ───────────────────────────────────────────────────────────────────────────────────────────────────
    def open_warehouses(self, *names: str) -> None:
        """Open warehouses on every shard."""
        for name in names:
            for shard in self.inventory.names():
                self.ask(PutWarehouse(self.op(), 0, "test", Warehouse(name, name)), shard)

    def open_location(self, location: Location) -> None:
        """Open a location on every shard."""
        for shard in self.inventory.names():
            self.ask(PutLocation(self.op(), 0, "test", location), shard)

    def stock(self, **units: int) -> None:
        """Put products with opening stock into the main warehouse."""
        for sku, quantity in units.items():
            if sku not in self.shard(sku).items:
                self.ask(PutProduct(self.op(), 0, "test", Product(sku, sku)))
            if quantity:
                self.adjust(sku, quantity, "opening_stock")

    def adjust(self, sku: str, quantity: int, reason: str = "correction", **where: str) -> Any:
        """Change a count."""
        return self.ask(Adjust(self.op(), 0, "test", sku, quantity, reason, **where))

    def place(self, order_id: str, *lines: tuple[str, int], policy: str = "all_or_nothing", **rest: Any) -> Any:
        """Place an order."""
        order = NewOrder(tuple(OrderedLine(*line) for line in lines), policy, **rest)
        return self.ask(PlaceOrder(order_id, 0, "test", order_id, order))

    def cancel(self, order_id: str) -> Any:
        """Cancel an order."""
        return self.ask(CancelOrder(self.op(), 0, "test", order_id, "customer"))

    def edit(self, order_id: str, *lines: tuple[str, int]) -> Any:
        """Change quantities of an order."""
        return self.ask(EditLines(self.op(), 0, "test", order_id, tuple(OrderedLine(*line) for line in lines)))

    def ship(self, order_id: str) -> Any:
        """Ship what is reserved."""
        return self.ask(ShipOrder(self.op(), 0, "test", order_id))

    def deliver_order(self, order_id: str) -> Any:
        """The customer has it."""
        return self.ask(DeliverOrder(self.op(), 0, "test", order_id))

    def take_back(self, order_id: str, return_id: str, *lines: tuple[str, int, str]) -> Any:
        """Take shipped units back."""
        returned = tuple(ReturnedLine(*line) for line in lines)
        return self.ask(ReturnLines(self.op(), 0, "test", order_id, return_id, returned))

    def hold(self, reservation_id: str, sku: str, quantity: int, ttl_ms: int = 60 * SECOND, customer: str = "") -> Any:
        """Hold stock for a basket."""
        return self.ask(Hold(self.op(), 0, "test", reservation_id, sku, quantity, ttl_ms, "", customer))

    def end_hold(self, sku: str, reservation_id: str, state: str) -> Any:
        """Commit or release a hold."""
        return self.ask(EndHold(self.op(), 0, "test", reservation_id, state), self.inventory.owner_of(sku))

    def sweep(self) -> None:
        """Do what time calls for, everywhere."""
        for name, machine in self.machines.items():
            for command in machine.due(self.now):
                self._carry_out(name, command)
        self.pump()

    def shard(self, sku: str) -> InventoryShard:
        """The inventory shard of a SKU."""
        shard = self.machines[self.inventory.owner_of(sku)]
        assert isinstance(shard, InventoryShard)
        return shard

    def book(self, order_id: str) -> OrderBook:
        """The order book of an order."""
        book = self.machines[self.orders.owner_of(order_id)]
        assert isinstance(book, OrderBook)
        return book

    def site(self, sku: str, warehouse: str = DEFAULT_WAREHOUSE) -> SiteLevel:
        """The quantities of a SKU in a warehouse."""
        level = self.read(ReadLevel(sku), self.inventory.owner_of(sku))
        found = [site for site in level.sites if site.warehouse == warehouse]
        return found[0] if found else SiteLevel(warehouse, 0, 0, 0, 0, ())

    def available(self, sku: str, warehouse: str = DEFAULT_WAREHOUSE) -> int:
        """Units that may be promised."""
        return self.shard(sku).items[sku].available(warehouse)

    def order(self, order_id: str) -> OrderRecord:
        """An order in full."""
        record = self.read(ReadOrder(order_id), self.orders.owner_of(order_id))
        assert isinstance(record, OrderRecord)
        return record

    def state(self, order_id: str) -> str:
        """The state of an order."""
        return self.order(order_id).state

    def line(self, order_id: str, sku: str) -> LineView:
        """A line of an order."""
        return next(line for line in self.order(order_id).lines if line.sku == sku)

    # ── what must always hold ───────────────────────────────────────────────────────────────────────────────────────
    def broken(self) -> list[str]:
        """Everything that does not add up, at rest: inside each machine, between them, and against their events."""
        found = []
        for name, machine in self.machines.items():
            found += [f"{name}: {line}" for line in broken_invariants(machine)]
            replayed = self.fresh(name)
            for event in self.recorded[name]:
                replayed.apply(event)
            if list(replayed.snapshot()) != list(machine.snapshot()):
                found.append(f"{name}: memory is not the fold of its events")
        return found + self._unbacked() + ([] if self.strangers_allowed else self._disagreements())

    def _unbacked(self) -> list[str]:
        """Promises of reservations that stand on no stock, and stock that lies idle while somebody waits for it."""
        found = []
        for name in self.inventory.names():
            shard = self.machines[name]
            assert isinstance(shard, InventoryShard)
            for order_id, held in shard.reservations.items():
                for line in held.lines:
                    site = shard.items[line.sku].site(line.warehouse)
                    have = site.holders.get(order_id, 0), site.waiting.get(order_id, 0)
                    if have != (line.reserved, line.backordered):
                        found.append(f"{order_id}: {line}, but its stock says {have}")
            if not self.idle_allowed:
                found += [
                    f"{sku}: {site.available} lie idle while {list(site.waiting)} wait"
                    for sku, item in shard.items.items()
                    for site in item.sites.values()
                    if site.available and site.waiting
                ]
        return found

    def _disagreements(self) -> list[str]:
        held: dict[tuple[str, str], tuple[int, int, int]] = {}
        for name in self.inventory.names():
            shard = self.machines[name]
            assert isinstance(shard, InventoryShard)
            for order_id, reservation in shard.reservations.items():
                for line in reservation.lines:
                    a, b, c = held.get((order_id, line.sku), (0, 0, 0))
                    held[order_id, line.sku] = a + line.reserved, b + line.backordered, c + line.shipped
        found = []
        for name in self.orders.names():
            book = self.machines[name]
            assert isinstance(book, OrderBook)
            for order in book.orders.values():
                for e in order.lines.values():
                    theirs = held.pop((order.order_id, e.sku), (0, 0, 0))
                    if theirs != (e.reserved, e.backordered, e.shipped):
                        found.append(f"{order.order_id} ({order.state}) {e.sku}: {e}, but its shard has {theirs}")
        return found + [f"{key} is held for no order: {units}" for key, units in held.items() if any(units)]


def skus_on_different_shards(world: PureWorld, count: int = 2) -> list[str]:
    """SKUs that live on `count` different inventory shards, one each."""
    found: dict[OwnerName, str] = {}
    for number in range(1000):
        sku = f"sku{number}"
        found.setdefault(world.inventory.owner_of(sku), sku)
        if len(found) >= count:
            return list(found.values())[:count]
    raise AssertionError(f"no {count} shards")
