"""Who stands in each slot: three pointers, changed in one row at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, insert, select, update

from forecasting.registry.tables import slots


@dataclass(frozen=True, slots=True)
class Pointers:
    """Digests of a slot's models.

    Attributes:
        slot: whose.
        champion: forecasts; None before the first training.
        previous: the champion before it, which is scored in shadow.
        challenger: the one trained latest, while it has not won.
        since: cut-off from which the champion is one.
        changed_at: ms since 1970 UTC.
        reason: of the latest change.
    """

    slot: str
    champion: str | None = None
    previous: str | None = None
    challenger: str | None = None
    since: date = date.min
    changed_at: int = 0
    reason: str = ""

    def promoted(self, digest: str, since: date, now: int, reason: str) -> Pointers:
        """With another champion; the one until now is scored in shadow from here on."""
        previous = self.previous if self.champion == digest else self.champion
        return replace(self, champion=digest, previous=previous, challenger=None, since=since, changed_at=now, reason=reason)

    def challenged(self, digest: str, now: int, reason: str) -> Pointers:
        """With a challenger that has not won."""
        return replace(self, challenger=digest, changed_at=now, reason=reason)

    def rolled_back(self, since: date, now: int, reason: str) -> Pointers:
        """With the previous champion restored; the one that failed is scored in shadow."""
        assert self.previous is not None
        return replace(self, champion=self.previous, previous=self.champion, since=since, changed_at=now, reason=reason)


def read_pointers(connection: Connection, slot: str) -> Pointers:
    """Of a slot; without a champion when it was never trained."""
    found = connection.execute(select(slots).where(slots.c.slot == slot)).first()
    return Pointers(slot) if found is None else Pointers(**found._asdict())


def all_pointers(connection: Connection) -> list[Pointers]:
    """Of every slot, by name."""
    return [Pointers(**found._asdict()) for found in connection.execute(select(slots).order_by(slots.c.slot))]


def write_pointers(connection: Connection, before: Pointers, after: Pointers) -> bool:
    """Move from `before` to `after`; False, and nothing is changed, when another process has moved them meanwhile."""
    values = {name: getattr(after, name) for name in ("champion", "previous", "challenger", "since", "changed_at", "reason")}
    if read_pointers(connection, before.slot) != before:
        return False
    if before.changed_at == 0:
        connection.execute(insert(slots).values(slot=after.slot, **values))
        return True
    moved = update(slots).where(slots.c.slot == before.slot, slots.c.changed_at == before.changed_at).values(**values)
    return connection.execute(moved).rowcount == 1
