"""What is kept twice of stock: SKUs, levels and places, open reservations, and the read model in Redis."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, select

from actors.inventory.levels import Level
from actors.inventory.queries import ReadLevel, ReadReservation
from actors.inventory.replies import HoldView, ReservationView
from actors.inventory.tables import inventory_bins, inventory_levels, products, reservations
from actors.kernel.client import Owners
from actors.kernel.messages import Busy, Failed, Message, OwnerName, OwnerStatus, ReadStatus
from actors.kernel.read_model import RedisReadModel
from actors.kernel.record.database import faults_named
from gateway.compared import PAGE, NoAnswer, Values

QUANTITIES = ("on_hand", "on_hold", "reserved", "backordered")


class Rows:
    """A kind that is kept in the system of record."""

    def __init__(self, owners: Owners, engine: Engine) -> None:
        self.owners = owners
        self.engine = engine

    def rows(self, table: Table, *where: ColumnElement[bool]) -> list[Any]:
        """Rows of a table."""
        with faults_named(f"comparing {table.name}"), self.engine.connect() as connection:
            return list(connection.execute(select(table).where(*where)).mappings())

    def keys_of(self, column: Any, *where: ColumnElement[bool]) -> Iterator[Sequence[str]]:
        """The different values of a column, in pages."""
        after = ""
        while True:
            query = select(column).distinct().where(column > after, *where).order_by(column).limit(PAGE)
            with faults_named(f"comparing {column.table.name}"), self.engine.connect() as connection:
                page = list(connection.execute(query).scalars())
            if not page:
                return
            yield page
            after = page[-1]

    async def ask(self, asked: Iterable[tuple[OwnerName, Message]]) -> list[Message]:
        """Ask owners, many questions at once.

        Raises:
            Fault: one of them cannot tell now.
        """
        answers = await asyncio.gather(*[self.owners.ask(owner, message) for owner, message in asked])
        for answer in answers:
            if isinstance(answer, Busy | Failed):
                raise NoAnswer(answer.reason)
        return answers

    async def levels_in_memory(self, skus: Sequence[str]) -> Mapping[str, Values]:
        """What the owners of these SKUs say of them."""
        owner_of = self.owners.inventory.owner_of
        answers = await self.ask((owner_of(sku), ReadLevel(sku)) for sku in skus)
        return {sku: told_level(answer) for sku, answer in zip(skus, answers, strict=True)}


def told_level(answer: Message) -> Values:
    """A level by quantity and place."""
    if not isinstance(answer, Level):
        return {}
    told: Values = {}
    for site in answer.sites:
        told |= {f"{site.warehouse} {name}": getattr(site, name) for name in QUANTITIES}
        told |= {_place(site.warehouse, place.location, place.lot): place.on_hand for place in site.bins}
    return {"product": True} | {name: units for name, units in told.items() if units}


def _place(*names: str) -> str:
    return " / ".join(name for name in names if name)


class Skus(Rows):
    """How many products there are, by owner: one that has no row at all is seen here."""

    name = "as many products as their owners have in memory"
    keys = "owners"

    def pages(self) -> Iterator[Sequence[str]]:
        """The owners of stock."""
        yield self.owners.inventory.names()

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of products."""
        return await asyncio.to_thread(self._counted, keys)

    def _counted(self, keys: Sequence[str]) -> Mapping[str, Values]:
        owner_of = self.owners.inventory.owner_of
        counts = Counter(owner_of(sku) for page in self.keys_of(products.c.sku) for sku in page)
        return {key: {"products": counts[OwnerName(key)]} for key in keys}

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """What owners count."""
        answers = await self.ask((OwnerName(key), ReadStatus()) for key in keys)
        figures = [answer.figures if isinstance(answer, OwnerStatus) else {} for answer in answers]
        return {key: {"products": int(told.get("skus", 0))} for key, told in zip(keys, figures, strict=True)}


class Levels(Rows):
    """Levels and places."""

    name = "levels and places = the owners' memory"
    keys = "SKUs"

    def pages(self) -> Iterator[Sequence[str]]:
        """SKUs."""
        return self.keys_of(products.c.sku)

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of levels and places."""
        return await asyncio.to_thread(self._kept, keys)

    def _kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        found: dict[str, Values] = {sku: {"product": True} for sku in keys}
        for row in self.rows(inventory_levels, inventory_levels.c.sku.in_(keys)):
            found[row["sku"]] |= {f"{row['warehouse']} {name}": row[name] for name in QUANTITIES if row[name]}
        for row in self.rows(inventory_bins, inventory_bins.c.sku.in_(keys), inventory_bins.c.on_hand != 0):
            found[row["sku"]][_place(row["warehouse"], row["location"], row["lot"])] = row["on_hand"]
        return found

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Levels."""
        return await self.levels_in_memory(keys)


class Reservations(Rows):
    """Open reservations of orders, and holds."""

    name = "open reservations = the owners' memory"
    keys = "reservations"

    def pages(self) -> Iterator[Sequence[str]]:
        """Those that hold something, or wait for it."""
        r = reservations.c
        return self.keys_of(r.reservation_id, r.reserved + r.backordered > 0)

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Rows of reservations."""
        rows = await asyncio.to_thread(self.rows, reservations, reservations.c.reservation_id.in_(keys))
        found: dict[str, Values] = {key: {} for key in keys}
        for row in rows:
            found[row["reservation_id"]] |= _shares(row["sku"], row["warehouse"], row["reserved"], row["backordered"])
        return found

    async def in_memory(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """What each owner of stock has of them."""
        asked = [(owner, key) for key in keys for owner in self.owners.inventory.names()]
        answers = await self.ask((owner, ReadReservation(key)) for owner, key in asked)
        found: dict[str, Values] = {key: {} for key in keys}
        for (_, key), answer in zip(asked, answers, strict=True):
            if isinstance(answer, ReservationView):
                for line in answer.lines:
                    found[key] |= _shares(line.sku, line.warehouse, line.reserved, line.backordered)
            elif isinstance(answer, HoldView) and answer.state == "active":
                found[key] |= _shares(answer.sku, answer.warehouse, answer.quantity, 0)
        return found


def _shares(sku: str, warehouse: str, reserved: int, backordered: int) -> Values:
    shares = {"reserved": reserved, "backordered": backordered}
    return {f"{sku} in {warehouse} {name}": units for name, units in shares.items() if units}


class ReadLevels(Levels):
    """The read model in Redis."""

    name = "read model = the owners' memory"

    def __init__(self, owners: Owners, engine: Engine, read_model: RedisReadModel) -> None:
        super().__init__(owners, engine)
        self._read_model = read_model

    async def kept(self, keys: Sequence[str]) -> Mapping[str, Values]:
        """Levels in Redis; of a SKU that it has not, the owner is asked anyway."""
        levels = await asyncio.gather(*[self._read_model.level(sku) for sku in keys])
        return {sku: told_level(level) for sku, level in zip(keys, levels, strict=True) if level is not None}
