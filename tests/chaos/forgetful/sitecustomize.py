"""Narrow memories for a whole system: Python runs this at the start of every process that has this folder on its path.

Finished orders and purchase orders, closed reservations and answers leave memory after some tens of others instead of some ten thousands, so that
the load of a test makes owners forget, and what comes again is looked up in MariaDB.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

FINISHED_ORDERS: Final = 6
CLOSED_RESERVATIONS: Final = 200
FINISHED_PURCHASES: Final = 5
ANSWERS: Final = 60
"""More than customers have under way: a retry of what rows do not tell (a hold) still finds its answer."""


def _narrow_answers(op_memory: Any) -> None:
    op_memory.OpMemory.__init__.__defaults__ = (ANSWERS,)


PLACES: Final[dict[str, Callable[[Any], None]]] = {
    "actors.orders.evolution": lambda module: setattr(module, "FINISHED_KEPT", FINISHED_ORDERS),
    "actors.inventory.forgetting": lambda module: setattr(module, "CLOSED_KEPT", CLOSED_RESERVATIONS),
    "actors.procurement.forgetting": lambda module: setattr(module, "FINISHED_KEPT", FINISHED_PURCHASES),
    "actors.kernel.op_memory": _narrow_answers,
}


class _Narrowed(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        PLACES[module.__name__](module)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path) if name in PLACES else None
        if found is not None and found.loader is not None:
            found.loader = _Narrowed(found.loader)
        return found


sys.meta_path.insert(0, _Finder())
