"""Rows of models: what each was trained on, with what, and how well it did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from forecasting.registry.tables import models


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that was trained, or a baseline that was looked for one.

    Attributes:
        digest: its name, and that of its file.
        slot: it was trained for.
        kind: `model` or `baseline`.
        data_through: last day that it was trained on.
        code_version: of what trained it.
        parameters: it was trained with.
        metrics: of its backtest.
        seconds: that training took, backtest included.
        trained_at: ms since 1970 UTC.
    """

    digest: str
    slot: str
    kind: str
    data_through: date
    code_version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    trained_at: int = 0

    @property
    def planned(self) -> tuple[str, ...]:
        """Columns that it looks ahead at."""
        return tuple(self.parameters.get("planned", ()))


def add_model(connection: Connection, model: ModelRow) -> None:
    """Keep a row; that of a model which is there already stays as it is."""
    if find_model(connection, model.digest) is None:
        told = {name: getattr(model, name) for name in ("digest", "slot", "kind", "data_through", "code_version", "seconds")}
        texts = {name: json.dumps(dict(getattr(model, name)), sort_keys=True) for name in ("parameters", "metrics")}
        connection.execute(insert(models).values(**told, **texts, trained_at=model.trained_at))


def find_model(connection: Connection, digest: str) -> ModelRow | None:
    """The row of a model."""
    found = connection.execute(select(models).where(models.c.digest == digest)).first()
    return None if found is None else _row(found)


def models_of(connection: Connection, slot: str) -> list[ModelRow]:
    """All models of a slot, the one with the latest data first."""
    c = models.c
    query = select(models).where(c.slot == slot).order_by(c.data_through.desc(), c.trained_at.desc(), c.digest)
    return [_row(found) for found in connection.execute(query)]


def _row(found: Row[Any]) -> ModelRow:
    return ModelRow(
        found.digest, found.slot, found.kind, found.data_through, found.code_version, json.loads(found.parameters),
        json.loads(found.metrics), found.seconds, found.trained_at,
    )  # fmt: skip
