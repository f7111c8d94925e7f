"""An inventory shard: the state machine that owns a share of the SKUs. Deciding is in `decisions.py`."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from actors.inventory import decisions, views
from actors.inventory import messages as m
from actors.inventory.records import (
    BasketRecord,
    ForgottenRecord,
    InventoryRecord,
    ItemRecord,
    LocationRecord,
    OpRecord,
    ReservationRecord,
    WarehouseRecord,
)
from actors.inventory.reservations import Basket, Reservation
from actors.inventory.stock import Bin, SiteStock, StockItem
from actors.kernel.machine import Outgoing
from actors.kernel.messages import Command, Event, Message, OwnerName, Query, Refusal
from actors.kernel.op_memory import OpMemory
from actors.kernel.routing import OrderShards
from actors.orders.messages import RecordReservation

CLOSED_KEPT: Final = 50_000
"""Closed reservations kept as tombstones, against commands that come later than their successors."""

_level_encoder = msgspec.msgpack.Encoder()


class InventoryShard:
    """Owns the stock of its SKUs. Invariant: every unit is in one place and promised at most once."""

    command_types: Any = m.InventoryCommand | m.InventoryQuery
    reply_types: Any = m.InventoryReply
    event_types: Any = m.InventoryEvent
    record_types: Any = InventoryRecord

    def __init__(self, name: OwnerName, orders: OrderShards) -> None:
        self._orders = orders
        self.name = name
        self.items: dict[str, StockItem] = {}
        self.warehouses: dict[str, tuple[m.Warehouse, int]] = {
            m.DEFAULT_WAREHOUSE: (m.Warehouse(m.DEFAULT_WAREHOUSE, "Main warehouse"), 1)
        }
        self.locations: dict[tuple[str, str], tuple[m.Location, int]] = {}
        self.unsellable = frozenset({(m.DEFAULT_WAREHOUSE, m.QUARANTINE_LOCATION)})
        self.reservations: dict[str, Reservation] = {}
        self.closed: OrderedDict[str, None] = OrderedDict()
        self.baskets: dict[str, Basket] = {}
        self.basket_ends: list[tuple[int, str]] = []
        self.active_holds: dict[str, int] = {}
        self.ops = OpMemory()
        self.changed: set[str] = set()
        self.touched: dict[str, Reservation | Basket] = {}
        self.now = 0

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────
    def decide(self, command: Command, now: int) -> Sequence[Event] | Refusal:
        """Answer a command and change nothing. Holds that have run out free their stock before anything else."""
        if self.basket_ends and self.basket_ends[0][0] <= now and type(command) is not m.ExpireHolds:
            raise AssertionError("holds that ran out must be ended before deciding")
        return decisions.DECIDE[type(command)](self, command, now)

    def due(self, now: int) -> Sequence[Command]:
        """Holds whose end has come; the kernel asks before every turn, so an expired hold never counts."""
        if self.basket_ends and self.basket_ends[0][0] <= now:
            return (m.ExpireHolds("expire"),)
        return ()

    @property
    def only_warehouse(self) -> str:
        """The warehouse, when there is no choice."""
        return next(iter(self.warehouses)) if len(self.warehouses) == 1 else ""

    def unsellable_in(self, warehouse: str) -> frozenset[str]:
        """Locations of a warehouse whose goods are on hold."""
        return frozenset(location for site, location in self.unsellable if site == warehouse)

    # ── applying ────────────────────────────────────────────────────────────────────────────────────────────────────
    def apply(self, event: Event) -> str | None:
        """Make an event true; gives the order whose notice it may owe."""
        self.now = event.at
        return _APPLY[type(event)](self, event)

    def _reserved(self, e: m.Reserved) -> None:
        held = self.reservations.get(e.order_id)
        if held is None:
            self.reservations[e.order_id] = held = Reservation(
                e.revision, e.version, e.promised_at, e.priority, e.lines, told=e.version
            )
            self.touched[e.order_id] = held
            for line in e.lines:
                site = self.items[line.sku].site(line.warehouse)
                site.promise(e.order_id, line.reserved)
                if line.backordered:
                    site.wait(held.promise(e.order_id), line.backordered)
                assert site.reserved <= site.on_hand, f"oversold {line.sku} in {line.warehouse} by {e.order_id}"
                self.changed.add(line.sku)
            return
        self._withdraw(e.order_id, held)
        held.promised_at, held.priority = e.promised_at, e.priority
        self._stand(e.order_id, held, e.lines)
        held.revision, held.version, held.told, held.closed = e.revision, e.version, e.version, False
        self.closed.pop(e.order_id, None)

    def _withdraw(self, order_id: str, held: Reservation) -> None:
        """Take every promise of a reservation back, so that new lines can be made to stand."""
        for line in held.lines:
            site = self.items[line.sku].site(line.warehouse)
            site.promise(order_id, 0)
            site.wait(held.promise(order_id), 0)
            self.changed.add(line.sku)

    def _stand(self, order_id: str, held: Reservation, lines: tuple[m.ReservedLine, ...]) -> None:
        held.lines = lines
        self.touched[order_id] = held
        for line in lines:
            site = self.items[line.sku].site(line.warehouse)
            site.promise(order_id, line.reserved)
            site.wait(held.promise(order_id), line.backordered)
            assert site.reserved <= site.on_hand, f"oversold {line.sku} in {line.warehouse} by {order_id}"
            self.changed.add(line.sku)

    def _released(self, e: m.Released) -> None:
        held = self.reservations.get(e.order_id)
        if held is None:
            held = self.reservations[e.order_id] = Reservation(e.revision, e.version, 0, 0, ())
        self._withdraw(e.order_id, held)
        self._stand(e.order_id, held, tuple(map(_only_shipped, held.lines)))
        self._close(e.order_id, held, e.revision, e.version)

    def _shipped(self, e: m.Shipped) -> None:
        held = self.reservations[e.order_id]
        shipped = tuple(
            m.ReservedLine(line.sku, line.warehouse, 0, line.backordered, line.shipped + line.reserved) for line in held.lines
        )
        self._withdraw(e.order_id, held)
        for pick in e.picks:
            self.items[pick.sku].site(pick.warehouse).count(Bin(pick.location, pick.lot), -pick.quantity, sellable=True)
        self._stand(e.order_id, held, shipped)
        if any(line.backordered for line in shipped):
            held.revision, held.version, held.told = e.revision, e.version, e.version
        else:
            self._close(e.order_id, held, e.revision, e.version)

    def _close(self, order_id: str, held: Reservation, revision: int, version: int) -> None:
        """Keep a finished reservation as a tombstone for a while, then forget it."""
        held.revision, held.version, held.told, held.closed = revision, version, version, True
        self._keep_closed(order_id)

    def _rebalanced(self, e: m.Rebalanced) -> str:
        held = self.reservations[e.order_id]
        site = self.items[e.sku].site(e.warehouse)
        lines = tuple(
            m.ReservedLine(line.sku, line.warehouse, line.reserved + e.quantity, line.backordered - e.quantity, line.shipped)
            if (line.sku, line.warehouse) == (e.sku, e.warehouse)
            else line
            for line in held.lines
        )
        held.lines, held.version = lines, e.version
        self.touched[e.order_id] = held
        site.promise(e.order_id, site.holders.get(e.order_id, 0) + e.quantity)
        site.wait(held.promise(e.order_id), site.waiting.get(e.order_id, 0) - e.quantity)
        self.changed.add(e.sku)
        return e.order_id

    def _notice_delivered(self, e: m.NoticeDelivered) -> str:
        held = self.reservations.get(e.order_id)
        if held is not None:
            held.told = max(held.told, e.version)
        return e.order_id

    def _adjusted(self, e: m.Adjusted) -> None:
        site = self.items[e.sku].site(e.warehouse)
        site.count(Bin(e.location, e.lot), e.quantity, sellable=(e.warehouse, e.location) not in self.unsellable)
        self.changed.add(e.sku)
        self.ops.remember(e.op_id, e)

    def _moved(self, e: m.Moved) -> None:
        site = self.items[e.sku].site(e.warehouse)
        for location, quantity in ((e.from_location, -e.quantity), (e.to_location, e.quantity)):
            site.count(Bin(location, e.lot), quantity, sellable=(e.warehouse, location) not in self.unsellable)
        self.changed.add(e.sku)
        self.ops.remember(e.op_id, e)

    def _held(self, e: m.Held) -> None:
        basket = Basket(e.sku, e.warehouse, e.quantity, e.expires_at, e.customer)
        self.baskets[e.reservation_id] = self.touched[e.reservation_id] = basket
        heapq.heappush(self.basket_ends, (e.expires_at, e.reservation_id))
        self.items[e.sku].site(e.warehouse).promise(e.reservation_id, e.quantity)
        self.active_holds[e.customer] = self.active_holds.get(e.customer, 0) + 1
        self.changed.add(e.sku)
        self.ops.remember(e.op_id, e)

    def _hold_extended(self, e: m.HoldExtended) -> None:
        basket = self.baskets[e.reservation_id]
        self.touched[e.reservation_id] = basket
        self.basket_ends.remove((basket.expires_at, e.reservation_id))
        basket.expires_at = e.expires_at
        self.basket_ends.append((e.expires_at, e.reservation_id))
        heapq.heapify(self.basket_ends)
        self.ops.remember(e.op_id, e)

    def _hold_ended(self, e: m.HoldEnded) -> None:
        basket = self.baskets[e.reservation_id]
        basket.state = e.state
        self.touched[e.reservation_id] = basket
        self.basket_ends.remove((basket.expires_at, e.reservation_id))
        heapq.heapify(self.basket_ends)
        site = self.items[basket.sku].site(basket.warehouse)
        site.promise(e.reservation_id, 0)
        for pick in e.picks:
            site.count(Bin(pick.location, pick.lot), -pick.quantity, sellable=True)
        left = self.active_holds[basket.customer] - 1
        if left:
            self.active_holds[basket.customer] = left
        else:
            del self.active_holds[basket.customer]
        self.changed.add(basket.sku)
        if e.op_id:
            self.ops.remember(e.op_id, e)
        self._keep_closed(e.reservation_id)

    def _keep_closed(self, reservation_id: str) -> None:
        self.closed[reservation_id] = None
        self.closed.move_to_end(reservation_id)
        if len(self.closed) > CLOSED_KEPT:
            oldest, _ = self.closed.popitem(last=False)
            self.reservations.pop(oldest, None)
            self.baskets.pop(oldest, None)

    def _product_put(self, e: m.ProductPut) -> None:
        found = self.items.get(e.product.sku)
        if found is None:
            self.items[e.product.sku] = StockItem(e.product, e.version)
        else:
            found.product, found.version = e.product, e.version
        self.changed.add(e.product.sku)
        self.ops.remember(e.op_id, e)

    def _warehouse_put(self, e: m.WarehousePut) -> None:
        self._open_warehouse(e.warehouse, e.version)
        self.ops.remember(e.op_id, e)

    def _open_warehouse(self, warehouse: m.Warehouse, version: int) -> None:
        self.warehouses[warehouse.id] = (warehouse, version)
        self.unsellable |= {(warehouse.id, m.QUARANTINE_LOCATION)}

    def _location_put(self, e: m.LocationPut) -> None:
        self._place(e.location, e.version)
        self.ops.remember(e.op_id, e)

    def _place(self, location: m.Location, version: int) -> None:
        key = (location.warehouse, location.id)
        self.locations[key] = (location, version)
        if location.type in m.UNSELLABLE_LOCATION_TYPES:
            self.unsellable |= {key}
        else:
            self.unsellable -= {key}

    # ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────
    def subject(self, command: Command) -> str:
        """Every answer of a shard is ready at once, so nothing ever waits on a subject."""
        return command.op_id

    def answer(self, command: Command) -> Message | None:
        """What a command has come to: an order's reservation as it stands, or the event that carried it out."""
        return views.answer(self, command)

    def read(self, query: Query, now: int) -> Message:
        """Answer a query."""
        return views.read(self, query, now)

    # ── telling order shards ────────────────────────────────────────────────────────────────────────────────────────
    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        """The notice owed to an order whose promises changed by themselves."""
        held = self.reservations.get(subject)
        if held is None or held.told >= held.version:
            return ()
        view = m.ReservationView(subject, held.revision, held.version, held.lines)
        notice = RecordReservation(f"{subject}:notice:{held.version}", subject, self.name, view)
        return (Outgoing(self._orders.owner_of(subject), notice),)

    def unfinished(self) -> Iterable[str]:
        """Orders with a notice owed."""
        return [order_id for order_id, held in self.reservations.items() if held.told < held.version]

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        """The order shard has recorded a notice."""
        assert isinstance(sent.command, RecordReservation)
        return m.NoticeHeard(sent.command.op_id, sent.command.order_id, sent.command.view.version)

    def stuck(self, sent: Outgoing, attempts: int) -> Command | None:
        """A notice is sent for ever."""
        return None

    def changed_read_model(self) -> dict[str, bytes]:
        """The levels that changed, encoded."""
        changed, self.changed = self.changed, set()
        self.touched.clear()
        encode, items, now, unsellable = _level_encoder.encode, self.items, self.now, self.unsellable
        return {sku: encode(items[sku].level(now, unsellable)) for sku in changed}

    # ── snapshot ────────────────────────────────────────────────────────────────────────────────────────────────────
    def snapshot(self) -> Iterable[Message]:
        """Sites, then items, then promises, then the memory of op ids."""
        for warehouse, version in self.warehouses.values():
            yield WarehouseRecord(warehouse, version)
        for location, version in self.locations.values():
            yield LocationRecord(location, version)
        for item in self.items.values():
            bins = tuple(
                (name, place.location, place.lot, units)
                for name, site in item.sites.items()
                for place, units in site.bins.items()
            )
            yield ItemRecord(item.product, item.version, bins)
        still_open = [key for key in (*self.reservations, *self.baskets) if key not in self.closed]
        for key in (*self.closed, *still_open):
            yield self._reservation_record(key) if key in self.reservations else self._basket_record(key)
        for op_id, event in self.ops.items():
            yield OpRecord(op_id, event)  # type: ignore[arg-type]  # every remembered event is an InventoryEvent
        yield ForgottenRecord(self.ops.forgotten)

    def _reservation_record(self, order_id: str) -> ReservationRecord:
        r = self.reservations[order_id]
        return ReservationRecord(order_id, r.revision, r.version, r.promised_at, r.priority, r.lines, r.closed, r.told)

    def _basket_record(self, reservation_id: str) -> BasketRecord:
        b = self.baskets[reservation_id]
        return BasketRecord(reservation_id, b.sku, b.warehouse, b.quantity, b.expires_at, b.customer, b.state)

    def restore(self, record: Message) -> None:
        """Take one record of a snapshot."""
        match record:
            case WarehouseRecord():
                self._open_warehouse(record.warehouse, record.version)
            case LocationRecord():
                self._place(record.location, record.version)
            case ItemRecord():
                item = self.items[record.product.sku] = StockItem(record.product, record.version)
                for warehouse, location, lot, units in record.bins:
                    item.site(warehouse).count(Bin(location, lot), units, sellable=(warehouse, location) not in self.unsellable)
            case ReservationRecord():
                held = Reservation(record.revision, record.version, record.promised_at, record.priority, (), record.closed)
                held.told = record.told
                self.reservations[record.order_id] = held
                self._stand(record.order_id, held, record.lines)
                if record.closed:
                    self.closed[record.order_id] = None
            case BasketRecord():
                self._restore_basket(record)
            case OpRecord():
                self.ops.remember(record.op_id, record.event)
            case ForgottenRecord():
                self.ops.forgotten = record.ops
            case _:
                raise AssertionError(f"not an inventory record: {record!r}")
        self.changed.clear()
        self.touched.clear()

    def _restore_basket(self, r: BasketRecord) -> None:
        self.baskets[r.reservation_id] = Basket(r.sku, r.warehouse, r.quantity, r.expires_at, r.customer, r.state)
        if r.state != "active":
            self.closed[r.reservation_id] = None
            return
        heapq.heappush(self.basket_ends, (r.expires_at, r.reservation_id))
        self.items[r.sku].site(r.warehouse).promise(r.reservation_id, r.quantity)
        self.active_holds[r.customer] = self.active_holds.get(r.customer, 0) + 1

    def broken_invariants(self) -> list[str]:
        """Reconciliation: quantities against places, holders and queues, for every SKU and warehouse."""
        return views.broken_invariants(self)

    def figures(self) -> dict[str, float]:
        """Gauges for operators."""
        return {
            "skus": len(self.items),
            "reservations_open": len(self.reservations) - sum(1 for key in self.closed if key in self.reservations),
            "holds_active": len(self.basket_ends),
            "op_ids": len(self.ops),
        }

    def owner_of_order(self, order_id: str) -> OwnerName:
        """The order shard that owns an order."""
        return self._orders.owner_of(order_id)


def _only_shipped(line: m.ReservedLine) -> m.ReservedLine:
    return m.ReservedLine(line.sku, line.warehouse, 0, 0, line.shipped)


_APPLY: Final[dict[type, Any]] = {
    m.ProductPut: InventoryShard._product_put,
    m.WarehousePut: InventoryShard._warehouse_put,
    m.LocationPut: InventoryShard._location_put,
    m.Adjusted: InventoryShard._adjusted,
    m.Moved: InventoryShard._moved,
    m.Reserved: InventoryShard._reserved,
    m.Released: InventoryShard._released,
    m.Shipped: InventoryShard._shipped,
    m.Rebalanced: InventoryShard._rebalanced,
    m.NoticeDelivered: InventoryShard._notice_delivered,
    m.Held: InventoryShard._held,
    m.HoldExtended: InventoryShard._hold_extended,
    m.HoldEnded: InventoryShard._hold_ended,
}


__all__ = ["CLOSED_KEPT", "InventoryShard", "SiteStock"]
