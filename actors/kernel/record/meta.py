"""Facts about the installation that must not change behind its back."""

from __future__ import annotations

from sqlalchemy import Engine, insert, select

from actors.kernel.faults import Fault
from actors.kernel.record.database import faults_named
from actors.kernel.record.tables import meta


class ChangedSetting(Fault):
    """A setting differs from what the data was made with."""


def keep_or_compare(engine: Engine, facts: dict[str, str]) -> None:
    """Keep the facts at the first start; later, refuse others.

    Raises:
        ChangedSetting: naming the setting, its value then and now.
    """
    with faults_named("reading the installation's facts"), engine.begin() as connection:
        known = {row.name: row.value for row in connection.execute(select(meta))}
        for name, value in facts.items():
            if name not in known:
                connection.execute(insert(meta).values(name=name, value=value))
            elif known[name] != value:
                raise ChangedSetting(f"{name} is {value}, but the data was made with {known[name]}: set it back")


def kept(engine: Engine, name: str, value: str) -> str:
    """The value kept under a name: the first one that was given."""
    with faults_named("reading the installation's facts"), engine.begin() as connection:
        found: str | None = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
        if found is None:
            connection.execute(insert(meta).values(name=name, value=value))
    return value if found is None else found
