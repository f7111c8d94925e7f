"""The owners' figures in Prometheus' format: asked of them when somebody scrapes."""

from __future__ import annotations

import asyncio
from typing import Final

from actors.kernel.client import Owners
from actors.kernel.faults import Fault
from actors.kernel.messages import OwnerName, OwnerStatus, ReadStatus

PATIENCE_S: Final = 2.0


async def owner_metrics(owners: Owners) -> str:
    """One gauge per figure and owner, and whether it serves at all."""
    names = [*owners.inventory.names(), *owners.orders.names()]
    answers = await asyncio.gather(*[_status(owners, name) for name in names])
    lines: dict[str, list[str]] = {"skuld_owner_serving": []}
    for name, status in zip(names, answers, strict=True):
        lines["skuld_owner_serving"].append(f'skuld_owner_serving{{owner="{name}"}} {int(status is not None)}')
        if status is not None:
            for figure, value in {"pid": status.pid, "epoch": status.epoch, **status.figures}.items():
                metric = f"skuld_owner_{figure}"
                lines.setdefault(metric, []).append(f'{metric}{{owner="{name}"}} {value}')
    return "".join(f"# TYPE {metric} gauge\n" + "\n".join(rows) + "\n" for metric, rows in lines.items())


async def _status(owners: Owners, name: OwnerName) -> OwnerStatus | None:
    try:
        reply = await owners.ask(name, ReadStatus(), timeout_s=PATIENCE_S)
    except Fault:
        return None
    return reply if isinstance(reply, OwnerStatus) else None
