"""One inventory shard without a kernel: commands in, events or a refusal out, everything recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from actors.inventory import messages as m
from actors.inventory.shard import InventoryShard
from actors.kernel.messages import Command, Event, OwnerName, Refusal
from actors.kernel.routing import OrderShards

NOW: Final = 1_800_000_000_000


class Stockroom:
    """A shard that does what the kernel would: what is due first, then decide and apply."""

    def __init__(self) -> None:
        self.shard = fresh_shard()
        self.recorded: list[Event] = []
        self.now = NOW
        self._ops = 0

    # ── carrying out ────────────────────────────────────────────────────────────────────────────────────────────────
    def do(self, command: Command) -> Sequence[Event] | Refusal:
        """Carry a command out; gives its events, or the refusal."""
        for due in self.shard.due(self.now):
            self._carry_out(due)
        return self._carry_out(command)

    def ask(self, command: Command) -> Any:
        """Carry a command out; gives what its sender is answered."""
        outcome = self.do(command)
        return outcome if isinstance(outcome, Refusal) else self.shard.answer(command)

    def _carry_out(self, command: Command) -> Sequence[Event] | Refusal:
        before = list(self.shard.snapshot())
        outcome = self.shard.decide(command, self.now)
        assert list(self.shard.snapshot()) == before, "deciding changed something"
        if not isinstance(outcome, Refusal):
            for event in outcome:
                self.shard.apply(event)
                self.recorded.append(event)
        return outcome

    def op(self) -> str:
        """A new op id."""
        self._ops += 1
        return f"op-{self._ops}"

    # ── shorthand ───────────────────────────────────────────────────────────────────────────────────────────────────
    def product(self, sku: str, **rest: Any) -> Any:
        """Put a product."""
        return self.ask(m.PutProduct(self.op(), 0, "test", m.Product(sku, rest.pop("name", sku), **rest)))

    def stock(self, **units: int) -> None:
        """Products with opening stock in the main warehouse."""
        for sku, quantity in units.items():
            self.product(sku)
            if quantity:
                self.adjust(sku, quantity, "opening_stock")

    def warehouse(self, *names: str) -> None:
        """Open warehouses."""
        for name in names:
            self.ask(m.PutWarehouse(self.op(), 0, "test", m.Warehouse(name, name)))

    def location(self, name: str, type: str = "storage", warehouse: str = m.DEFAULT_WAREHOUSE) -> Any:
        """Open a location."""
        return self.ask(m.PutLocation(self.op(), 0, "test", m.Location(name, warehouse, type)))

    def adjust(self, sku: str, quantity: int, reason: str = "correction", op_id: str = "", **where: str) -> Any:
        """Change a count."""
        return self.ask(m.Adjust(op_id or self.op(), 0, "test", sku, quantity, reason, **where))

    def move(self, sku: str, quantity: int, source: str, target: str, **where: str) -> Any:
        """Carry goods to another place."""
        return self.ask(m.Move(self.op(), 0, "test", sku, quantity, source, target, **where))

    def reserve(self, order_id: str, *wanted: tuple[Any, ...], revision: int = 1, shortage: str = "refuse", **rest: int) -> Any:
        """Make an order's reservation what is wanted: (sku, quantity) or (sku, quantity, warehouse)."""
        lines = tuple(m.Wanted(*line) for line in wanted)
        command = m.Reserve(
            f"{order_id}:{revision}", order_id, revision, rest.get("promised_at", NOW), rest.get("priority", 0), shortage, lines
        )
        return self.ask(command)

    def release(self, order_id: str, revision: int = 2) -> Any:
        """Free what an order holds."""
        return self.ask(m.Release(f"{order_id}:{revision}", order_id, revision))

    def ship(self, order_id: str, revision: int = 2) -> Any:
        """The reserved units of an order leave."""
        return self.ask(m.Ship(f"{order_id}:{revision}", order_id, revision))

    def hold(self, reservation_id: str, sku: str, quantity: int, ttl_ms: int = 60_000, **rest: str) -> Any:
        """Hold stock for a basket."""
        return self.ask(m.Hold(self.op(), 0, "test", reservation_id, sku, quantity, ttl_ms, **rest))

    def extend(self, reservation_id: str, ttl_ms: int) -> Any:
        """Let a hold run on."""
        return self.ask(m.ExtendHold(self.op(), 0, "test", reservation_id, ttl_ms))

    def end_hold(self, reservation_id: str, state: str) -> Any:
        """Commit or release a hold."""
        return self.ask(m.EndHold(self.op(), 0, "test", reservation_id, state))

    def force_release(self, reservation_id: str, sku: str, op_id: str = "") -> Any:
        """Take a promise back."""
        return self.ask(m.ForceRelease(op_id or self.op(), 0, "boss", reservation_id, sku, "recall"))

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def site(self, sku: str, warehouse: str = m.DEFAULT_WAREHOUSE) -> m.SiteLevel:
        """The quantities of a SKU in a warehouse."""
        level = self.shard.read(m.ReadLevel(sku), self.now)
        assert isinstance(level, m.Level)
        found = [site for site in level.sites if site.warehouse == warehouse]
        return found[0] if found else m.SiteLevel(warehouse, 0, 0, 0, 0, ())

    def available(self, sku: str, warehouse: str = m.DEFAULT_WAREHOUSE) -> int:
        """Units that may be promised."""
        return self.shard.items[sku].available(warehouse)

    def has(self, order_id: str) -> dict[str, tuple[int, int, int]]:
        """(reserved, backordered, shipped) by SKU; over several warehouses by `sku@warehouse`."""
        held = self.shard.reservations.get(order_id)
        lines = held.lines if held is not None else ()
        skus = [line.sku for line in lines]
        return {
            (line.sku if skus.count(line.sku) == 1 else f"{line.sku}@{line.warehouse}"): (
                line.reserved, line.backordered, line.shipped,
            )
            for line in lines
        }  # fmt: skip

    def broken(self) -> list[str]:
        """What does not add up: quantities, promises, and the state against the fold of its events and its snapshot."""
        shard = self.shard
        found = shard.broken_invariants(shard.checked_keys())
        for order_id, held in shard.reservations.items():
            found += [f"{order_id} is closed: {held.closed}"] if held.closed == any(line.holds for line in held.lines) else []
            for line in held.lines:
                site = shard.items[line.sku].site(line.warehouse)
                if (site.holders.get(order_id, 0), site.waiting.get(order_id, 0)) != (line.reserved, line.backordered):
                    found.append(f"{order_id}: {line}, but its stock says otherwise")
        replayed, restored = fresh_shard(), fresh_shard()
        for event in self.recorded:
            replayed.apply(event)
        for record in shard.snapshot():
            restored.restore(record)
        found += ["memory is not the fold of its events"] if list(replayed.snapshot()) != list(shard.snapshot()) else []
        found += ["memory is not what its snapshot restores"] if list(restored.snapshot()) != list(shard.snapshot()) else []
        return found


def fresh_shard() -> InventoryShard:
    """An empty shard."""
    return InventoryShard(OwnerName("inventory-0"), OrderShards(2))
