"""An inventory shard: owns a share of the SKUs. `decisions.py` says what it decides, `evolution.py` what events change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from actors.inventory import decisions, evolution, reconciliation, rush, snapshot, views
from actors.inventory.commands import Adjust, ExpireHolds, InventoryCommand, Move, NoticeHeard
from actors.inventory.events import InventoryEvent
from actors.inventory.goods import DEFAULT_WAREHOUSE, ON_HOLD_FROM_THE_START, Location, Warehouse
from actors.inventory.queries import InventoryQuery
from actors.inventory.records import InventoryRecord
from actors.inventory.replies import InventoryReply, ReservationView
from actors.inventory.reservations import Basket, Reservation
from actors.inventory.stock import StockItem
from actors.kernel.forgotten import Forgotten
from actors.kernel.machine import Answer, Numbered, Outgoing, Rush
from actors.kernel.messages import Busy, Command, Event, Failed, Message, OwnerName, Query, Refusal
from actors.kernel.op_memory import OpMemory
from actors.kernel.routing import OrderShards
from actors.orders.commands import RecordReservation

_level_encoder = msgspec.msgpack.Encoder()


class InventoryShard:
    """Owns the stock of its SKUs. Invariant: every unit is in one place and promised at most once."""

    command_types: Any = InventoryCommand | InventoryQuery
    reply_types: Any = InventoryReply
    event_types: Any = InventoryEvent
    record_types: Any = InventoryRecord

    def __init__(self, name: OwnerName, orders: OrderShards) -> None:
        self._orders = orders
        self.name = name
        self.items: dict[str, StockItem] = {}
        self.warehouses: dict[str, tuple[Warehouse, int]] = {
            DEFAULT_WAREHOUSE: (Warehouse(DEFAULT_WAREHOUSE, "Main warehouse"), 1)
        }
        self.only_warehouse = DEFAULT_WAREHOUSE
        """The warehouse as long as there is one, else empty: nothing to choose from, or something."""
        self.locations: dict[tuple[str, str], tuple[Location, int]] = {}
        self.unsellable = frozenset((DEFAULT_WAREHOUSE, location) for location in ON_HOLD_FROM_THE_START)
        self.reservations: dict[str, Reservation] = {}
        self.closed: OrderedDict[str, None] = OrderedDict()
        self.unconfirmed: dict[str, None] = {}
        """Orders whose intents are kept here, because their order shard may not have them on record yet."""
        self.order_epochs: dict[str, int] = {}
        """The newest owner of each order shard that was heard of: older ones begin nothing here."""
        self.newest_order_epoch = 0
        """The highest of them: who has it, or a higher one, need not be looked up."""
        self.newest_forgotten = 0
        """The highest version of any tombstone that was forgotten: new reservations begin above it."""
        self.baskets: dict[str, Basket] = {}
        self.basket_ends: list[tuple[int, str]] = []
        """A heap of (end, hold). The first one is that of an active hold; deeper down some may be over already."""
        self.active_holds: dict[str, int] = {}
        self.ops = OpMemory()
        self.changed: set[str] = set()
        self.touched: dict[str, Reservation | Basket] = {}
        self.now = 0

    def begin(self, epoch: int) -> None:
        """A shard of stock has nothing to ask of others before it serves."""

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────
    def decide(self, command: Command, now: int) -> Sequence[Event] | Refusal:
        """Answer a command and change nothing. Holds that have run out free their stock before anything else."""
        if self.basket_ends and self.basket_ends[0][0] <= now and type(command) is not ExpireHolds:
            raise AssertionError("holds that ran out must be ended before deciding")
        return decisions.DECIDE[type(command)](self, command, now)

    def due(self, now: int) -> Sequence[Command]:
        """Holds whose end has come; the kernel asks before every turn, so an expired hold never counts."""
        if self.basket_ends and self.basket_ends[0][0] <= now:
            return (ExpireHolds("expire"),)
        return ()

    def unsellable_in(self, warehouse: str) -> frozenset[str]:
        """Locations of a warehouse whose goods are on hold."""
        return frozenset(location for site, location in self.unsellable if site == warehouse)

    def ends_then(self, expires_at: int, reservation_id: str) -> bool:
        """Whether that is still the end of that hold."""
        basket = self.baskets.get(reservation_id)
        return basket is not None and basket.state == "active" and basket.expires_at == expires_at

    # ── applying ────────────────────────────────────────────────────────────────────────────────────────────────────
    def apply(self, event: Event) -> str | None:
        """Make an event true; gives the order whose notice it may owe."""
        self.now = event.at
        return evolution.APPLY[type(event)](self, event)

    # ── answering ───────────────────────────────────────────────────────────────────────────────────────────────────
    def subject(self, command: Command) -> str:
        """Every answer of a shard is ready at once, so nothing ever waits on a subject."""
        return command.op_id

    def answer(self, command: Command) -> Message | None:
        """What a command has come to: an order's reservation as it stands, or the event that carried it out."""
        return views.answer(self, command)

    def vouched(self, subject: str) -> bool:
        """Nobody else records stock."""
        return False

    def read(self, query: Query, now: int) -> Message:
        """Answer a query."""
        return views.read(self, query, now)

    # ── many at once ────────────────────────────────────────────────────────────────────────────────────────────────
    def rush(self, messages: Sequence[Numbered], at: int, now: int) -> Rush | None:
        """Plain new reservations."""
        return rush.reserve_all(self, messages, at, now)

    def rush_heard(self, answers: Sequence[Answer], at: int, now: int) -> Rush | None:
        """What order shards answer is never many."""
        return None

    # ── telling order shards ────────────────────────────────────────────────────────────────────────────────────────
    @property
    def forgotten(self) -> Forgotten:
        """Op ids."""
        return self.ops.forgotten

    def recall_key(self, command: Command) -> str | None:
        """The ledger has adjustments and moves under the op ids they came with."""
        kind = type(command)
        return command.op_id if (kind is Adjust or kind is Move) and self.ops.get(command.op_id) is None else None

    def outgoing(self, subject: str) -> Sequence[Outgoing]:
        """The notice owed to an order whose promises changed by themselves."""
        held = self.reservations.get(subject)
        if held is None or held.told >= held.version:
            return ()
        view = ReservationView(subject, held.revision, held.version, held.lines)
        notice = RecordReservation(f"{subject}:{self.name}:{held.version}", subject, self.name, view)
        return (Outgoing(self._orders.owner_of(subject), notice),)

    def unfinished(self) -> Iterable[str]:
        """Orders with a notice owed."""
        return [order_id for order_id, held in self.reservations.items() if held.told < held.version]

    def hear(self, sent: Outgoing, reply: Message, *, certain: bool) -> Command | None:
        """The order shard has recorded a notice, or knows no such order. A fault below it is no answer."""
        if isinstance(reply, Busy | Failed):
            return None
        assert isinstance(sent.command, RecordReservation)
        return NoticeHeard(sent.command.op_id, sent.command.order_id, sent.command.view.version)

    def stuck(self, sent: Outgoing, attempts: int) -> Command | None:
        """A notice is sent for ever."""
        return None

    def changed_read_model(self) -> dict[str, bytes]:
        """The levels that changed, encoded."""
        encode, items, now, unsellable = _level_encoder.encode, self.items, self.now, self.unsellable
        levels = {sku: encode(items[sku].level(now, unsellable)) for sku in self.changed}
        self.forget_changes()
        return levels

    def forget_changes(self) -> None:
        """What changed so far is written."""
        self.changed.clear()
        self.touched.clear()

    # ── snapshot ────────────────────────────────────────────────────────────────────────────────────────────────────
    def snapshot(self) -> Iterable[Message]:
        """Sites, then items, then promises, then the memory of op ids."""
        return snapshot.records_of(self)

    def restore(self, record: Message) -> None:
        """Take one record of a snapshot."""
        snapshot.restore(self, record)

    def reconciliation(self) -> Iterator[str | None]:
        """Quantities against places and queues by SKU, then promises against stock by reservation."""
        return reconciliation.reconcile(self)

    def figures(self) -> dict[str, float]:
        """Gauges for operators."""
        holds = sum(self.active_holds.values())
        return {
            "skus": len(self.items),
            "reservations_open": len(self.reservations) + len(self.baskets) - len(self.closed) - holds,
            "holds_active": holds,
            "op_ids": len(self.ops),
        }

    def owner_of_order(self, order_id: str) -> OwnerName:
        """The order shard that owns an order."""
        return self._orders.owner_of(order_id)
