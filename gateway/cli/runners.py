"""Who does the work of a command: this process, or Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from actors.kernel.faults import Fault
from actors.kernel.settings import SkuldSettings
from gateway.data_directory import find_running

if TYPE_CHECKING:
    from forecasting.work import Runner

AUTO: Final = "auto"
MOST_THREADS: Final = 4
"""Of this process: each works on a cut-off of its own, which takes memory."""
Where = Annotated[
    str | None,
    typer.Option(
        "--ray",
        help="spread the work: `local` starts a Ray for it, `auto` joins that of the Skuld that runs, or the one around, "
        "an address joins the one there (default: here)",
    ),
]


@contextmanager
def runner_of(where: str | None, settings: SkuldSettings) -> Iterator[Runner]:
    """The runner; a Ray that it started ends with the block. Raises WorkLost when there is no such Ray."""
    if where is None:
        from forecasting.work import side_by_side

        yield side_by_side(min(len(os.sched_getaffinity(0)), MOST_THREADS))
        return
    from forecasting.tasks import ray_runner

    with ray_runner(_address(settings) if where == AUTO else where, settings.data_dir / "ray-token") as runner:
        yield runner


def _address(settings: SkuldSettings) -> str:
    try:
        return find_running(settings.data_dir).ray_address
    except Fault:  # none runs here
        return AUTO
