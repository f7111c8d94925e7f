"""Figures of placed processes as metrics of whoever places them: Ray's, which its dashboard and its Prometheus port show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

PUBLISH_S: Final = 5.0
TAG: Final = "process"


class Publishing(Protocol):
    """A process with figures to publish."""

    async def published(self) -> dict[str, float]:
        """By the metric's full name."""


class Gauge(Protocol):
    """A metric that is set: `ray.util.metrics.Gauge`."""

    def set(self, value: float, tags: dict[str, str] | None = None) -> None:
        """What it is now."""


MakeGauge = Callable[[str, str, tuple[str, ...]], Any]
"""Makes a `Gauge` of a name, a description and the names of its tags."""


def publish_figures(process: Publishing, make_gauge: MakeGauge) -> None:
    """Publish for ever, every few seconds; for a thread of its own."""
    gauges: dict[str, Gauge] = {}
    while True:
        publish_once(process, gauges, make_gauge)
        time.sleep(PUBLISH_S)


def publish_once(process: Publishing, gauges: dict[str, Gauge], make_gauge: MakeGauge) -> None:
    """Set every figure, tagged with the name of the process."""
    for name, value in asyncio.run(process.published()).items():
        if name not in gauges:
            gauges[name] = make_gauge(name, name.replace("_", " "), (TAG,))
        gauges[name].set(value, {TAG: repr(process)})
