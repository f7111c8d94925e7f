"""The whole system on a virtual clock: real owners, journals' contracts and projectors; simulated everything else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from actors.inventory.replies import InventoryReply
from actors.inventory.shard import InventoryShard
from actors.kernel.client import OwnerClient
from actors.kernel.faults import Fault
from actors.kernel.machine import Machine
from actors.kernel.messages import OwnerName
from actors.kernel.outbox import Outbox
from actors.kernel.owner import Owner
from actors.kernel.projector import Projector
from actors.kernel.routing import PROCUREMENT, InventoryShards, OrderShards
from actors.kernel.service import OwnerService
from actors.orders.book import OrderBook
from actors.orders.replies import OrderReply
from actors.procurement.book import PurchaseBook
from actors.procurement.replies import ProcurementReply
from tests.model.simulator.network import Network
from tests.model.simulator.stores import Disk, Rows, SimulatedJournal, SimulatedRecord, Weather
from tests.model.simulator.windows import Windows

INVENTORY: Final = InventoryShards(2)
ORDERS: Final = OrderShards(2)
REPLY_TYPES: Final[dict[str, Any]] = {
    "inventory": InventoryReply,
    "orders": OrderReply,
    "procurement": ProcurementReply,
}
CHECKPOINT_S: Final = 1.5
ROWS_CHECK_S: Final = 1.0
"""How often an owner looks whether the rows have what it has forgotten."""


class SoonConfirming(OrderBook):
    """Orders are few here: they are confirmed by twos, so that it happens at all."""

    confirm_at = 2


@dataclass
class Kinds:
    """The classes a world is built of; a planted bug replaces one."""

    owner: type[Owner] = Owner
    journal: type[SimulatedJournal] = SimulatedJournal
    book: type[OrderBook] = SoonConfirming
    stock: type[InventoryShard] = InventoryShard
    purchases: type[PurchaseBook] = PurchaseBook
    record: type[SimulatedRecord] = SimulatedRecord
    fresh_op_ids: bool = False
    windows: Windows | None = None
    """None leaves the choice to the seed."""


@dataclass
class Node:
    """One incarnation of an owner."""

    address: str
    owner: Owner
    outbox: Outbox
    client: OwnerClient
    starting: asyncio.Task[None] | None = None
    watching: asyncio.Task[None] | None = None
    alive: bool = True


@dataclass
class World:
    """Owners by name, their disks, and the network between them."""

    rng: Random
    kinds: Kinds = field(default_factory=Kinds)
    disks: dict[OwnerName, Disk] = field(default_factory=dict)
    tables: dict[OwnerName, Rows] = field(default_factory=dict)
    nodes: dict[OwnerName, Node] = field(default_factory=dict)
    zombies: list[Node] = field(default_factory=list)
    projections: dict[OwnerName, asyncio.Task[None]] = field(default_factory=dict)
    projectors: dict[OwnerName, Projector] = field(default_factory=dict)
    nobody_before: dict[OwnerName, float] = field(default_factory=dict)
    """When a projector may be started again, by owner."""
    weather: Weather = field(init=False)
    network: Network = field(init=False)
    record: SimulatedRecord = field(init=False)
    client: OwnerClient = field(init=False)
    _addresses: int = 0

    def __post_init__(self) -> None:
        self.weather = Weather(self.rng)
        self.network = Network(self.weather)
        self.record = self.kinds.record(self.tables, self.weather)
        self.client = self.make_client()

    @property
    def names(self) -> list[OwnerName]:
        return [*INVENTORY.names(), *ORDERS.names(), PROCUREMENT]

    def make_client(self) -> OwnerClient:
        return OwnerClient(INVENTORY, ORDERS, self.network, self.network, REPLY_TYPES)

    def make_machine(self, name: OwnerName) -> Machine:
        if name == PROCUREMENT:
            return self.kinds.purchases(name, INVENTORY)
        return self.kinds.stock(name, ORDERS) if name.startswith("inventory") else self.kinds.book(name, INVENTORY)

    def journal(self, name: OwnerName) -> SimulatedJournal:
        return self.kinds.journal(name, self.disks.setdefault(name, Disk()), self.weather)

    # ── what happens to processes ───────────────────────────────────────────────────────────────────────────────────
    def start(self, name: OwnerName) -> None:
        """Start an owner, as a supervisor would: whoever had the name before may still be running."""
        self._addresses += 1
        client = self.make_client()
        outbox = Outbox(client)
        loop = asyncio.get_running_loop()
        node = Node(f"{name}@{self._addresses}", None, outbox, client)  # type: ignore[arg-type]  # set in the next line
        node.owner = self.kinds.owner(
            name,
            self.make_machine(name),
            self.journal(name),
            outbox,
            lambda _: self.kill(node),
            lambda: int(loop.time() * 1000),
        )
        self.nodes[name] = node
        node.starting = loop.create_task(self._serve(name, node))

    async def _serve(self, name: OwnerName, node: Node) -> None:
        try:
            await node.owner.start()
        except Fault:
            self.kill(node)
            return
        node.owner.recall_with(lambda keys: self.record.recall(name, keys))
        node.watching = asyncio.get_running_loop().create_task(self._watch_rows(name, node))
        self.network.services[node.address] = OwnerService(node.owner)
        if self.nodes[name] is node:
            self.network.where[name] = node.address

    async def _watch_rows(self, name: OwnerName, node: Node) -> None:
        """Let an owner let go of forgotten keys that the rows have, as its process does."""
        forgotten, mark = node.owner.machine.forgotten.lately, node.owner.position
        while True:
            await asyncio.sleep(ROWS_CHECK_S)
            try:
                stored, _ = await self.record.position(name)
            except Fault:
                continue
            if stored >= mark:
                forgotten.rows_have_passed()
                mark = await node.owner.all_recorded()

    def failed_starts(self) -> list[BaseException]:
        """Starts that ended in a bug: nothing may make an owner unable to recover."""
        starts = [node.starting for node in self.nodes.values() if node.starting is not None and node.starting.done()]
        return [start.exception() for start in starts if not start.cancelled() and start.exception() is not None]  # type: ignore[misc]

    def kill(self, node: Node) -> None:
        """kill -9: nothing it had under way goes on, except what had left already."""
        node.alive = False
        self.network.services.pop(node.address, None)
        background = sorted(node.owner._background, key=lambda task: int(task.get_name().removeprefix("Task-")))
        for task in (*background, node.watching, node.outbox._sweeper, node.client._sweeper):
            if task is not None:
                task.cancel()
        for peer in node.client._peers.values():
            peer._open.clear()
            peer._parcel_of.clear()
            if peer._looking is not None:
                peer._looking.cancel()
        if node.starting is not None and node.starting is not asyncio.current_task():
            node.starting.cancel()

    def second_owner(self, name: OwnerName) -> None:
        """The cluster loses sight of an owner that lives on: a second one starts beside it."""
        self.zombies.append(self.nodes[name])
        self.start(name)

    def supervise(self) -> None:
        """Start again what is dead."""
        for name in self.names:
            if name not in self.nodes or not self.nodes[name].alive:
                self.start(name)
            missing = name not in self.projections or self.projections[name].done()
            if missing and asyncio.get_running_loop().time() >= self.nobody_before.get(name, 0.0):
                self.start_projector(name)

    def start_projector(self, name: OwnerName) -> None:
        """Start a projector; the one before may still have a transaction under way."""
        loop = asyncio.get_running_loop()
        projector = Projector(
            name,
            lambda: self.make_machine(name),
            self.journal(name),
            self.record,
            checkpoint_s=CHECKPOINT_S,
            clock=lambda: int(loop.time() * 1000),
        )
        self.projectors[name] = projector
        self.projections[name] = loop.create_task(projector.run())

    def kill_projector(self, name: OwnerName, away_s: float = 0.0) -> None:
        """End a projector; nobody starts another one for a while: the rows fall behind what memory forgets."""
        self.nobody_before[name] = asyncio.get_running_loop().time() + away_s
        if name in self.projections:
            self.projections[name].cancel()
