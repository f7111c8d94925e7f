"""How much owners remember. Narrow windows make them forget and recall within seconds what else takes a hundred thousand commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from actors.inventory import forgetting as stock_forgetting
from actors.inventory import reservations
from actors.kernel import op_memory
from actors.kernel.op_memory import OpMemory
from actors.orders import evolution as order_evolution
from actors.procurement import forgetting

NARROW: Final = 0.75
"""How often each window is narrow."""


class Windows(NamedTuple):
    """Finished orders an order shard keeps; closed reservations and answers that a shard of stock keeps; finished documents."""

    finished_orders: int = order_evolution.FINISHED_KEPT
    closed_reservations: int = reservations.CLOSED_KEPT
    answers: int = op_memory.OP_WINDOW
    finished_documents: int = forgetting.FINISHED_KEPT

    @property
    def keep_answers(self) -> bool:
        """Whether no answer is forgotten: what no row tells (holds, forced releases) is a repeat only as long as it is not."""
        return self.answers == op_memory.OP_WINDOW

    @property
    def keep_holds(self) -> bool:
        """Whether a hold is known by its answer or by its name, however long it has been over."""
        return self.keep_answers or self.closed_reservations == reservations.CLOSED_KEPT


WIDE: Final = Windows()
"""As in life: no schedule is long enough to fill one of them."""


def some_windows(rng: Random) -> Windows:
    """Narrow ones and wide ones."""

    def some(narrowest: int, widest: int, default: int) -> int:
        return rng.randint(narrowest, widest) if rng.random() < NARROW else default

    orders, closed = some(2, 5, WIDE.finished_orders), some(3, 8, WIDE.closed_reservations)
    return Windows(orders, closed, some(4, 14, WIDE.answers), some(1, 3, WIDE.finished_documents))


@contextmanager
def in_force(windows: Windows) -> Iterator[None]:
    """Owners, projectors and folds remember so much within the block."""
    places: list[tuple[Any, str, Any]] = [
        (order_evolution, "FINISHED_KEPT", windows.finished_orders),
        (stock_forgetting, "CLOSED_KEPT", windows.closed_reservations),
        (forgetting, "FINISHED_KEPT", windows.finished_documents),
        (OpMemory.__init__, "__defaults__", (windows.answers,)),
    ]
    with ExitStack() as undo:
        for place, name, value in places:
            undo.enter_context(patch.object(place, name, value))
        yield
