"""Which action has to wait for which, so that many can be on their way at once and cause still comes before effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.replay.actions import Action, AdjustStock, PlaceOrder


@dataclass(frozen=True, slots=True)
class Job:
    """One request: the actions in it (several only for a batch of orders) and the earlier jobs to wait for."""

    actions: tuple[Action, ...]
    after: tuple[int, ...]


def schedule(actions: Sequence[Action], batch_size: int = 1) -> list[Job]:
    """Arrange actions as jobs in the order of time; `after` always points backwards.

    Actions on one order follow each other. A correction waits for everything earlier that names its SKU, and
    everything later that names it waits for the correction. With a `batch_size` above 1, orders are gathered until
    the batch is full or something has to wait for one of them.
    """
    arranging = _Arranging({action.sku for action in actions if isinstance(action, AdjustStock)}, batch_size)
    for action in actions:
        arranging.add(action)
    arranging.flush()
    return arranging.jobs


class _Arranging:
    def __init__(self, corrected: set[str], batch_size: int) -> None:
        self.jobs: list[Job] = []
        self._batch_size = batch_size
        self._batch: list[PlaceOrder] = []
        self._batch_orders: set[str] = set()
        self._batch_skus: set[str] = set()
        self._corrected = corrected
        self._last_of_order: dict[str, int] = {}
        self._last_correction: dict[str, int] = {}
        self._since_correction: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, action: Action) -> None:
        if isinstance(action, PlaceOrder) and self._batch_size > 1:
            self._collect(action)
        else:
            if self._batch and self._must_follow_batch(action):
                self.flush()
            self._append((action,))

    def flush(self) -> None:
        if self._batch:
            self._append(tuple(self._batch))
            self._batch.clear()
            self._batch_orders.clear()
            self._batch_skus.clear()

    def _collect(self, order: PlaceOrder) -> None:
        self._batch.append(order)
        self._batch_orders.add(order.order_id)
        self._batch_skus.update(self._corrected.intersection(sku for sku, _ in order.lines))
        if len(self._batch) >= self._batch_size:
            self.flush()

    def _must_follow_batch(self, action: Action) -> bool:
        if isinstance(action, AdjustStock):
            return action.sku in self._batch_skus
        return order_of(action) in self._batch_orders

    def _append(self, actions: tuple[Action, ...]) -> None:
        number = len(self.jobs)
        after: set[int] = set()
        for action in actions:
            if (order := order_of(action)) is not None:
                after.add(self._last_of_order.get(order, number))
                self._last_of_order[order] = number
            if isinstance(action, AdjustStock):
                after.update(self._since_correction.pop(action.sku, ()))
                after.add(self._last_correction.get(action.sku, number))
                self._last_correction[action.sku] = number
            else:
                after.update(self._touch(action, number))
        after.discard(number)
        self.jobs.append(Job(actions, tuple(sorted(after))))

    def _touch(self, action: Action, number: int) -> list[int]:
        """Note that a job moves stock of corrected SKUs; answer the corrections that it has to wait for."""
        found = []
        for sku, _ in getattr(action, "lines", ()):
            if sku in self._corrected:
                self._since_correction[sku].append(number)
                found.append(self._last_correction.get(sku, number))
        return found


def order_of(action: Action) -> str | None:
    """The order that an action is about, if any."""
    return None if isinstance(action, AdjustStock) else action.order_id
