"""Who does the work of a command: this process, or Ray."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from forecasting.work import Runner

Where = Annotated[
    str | None,
    typer.Option("--ray", help="spread the work: `local` starts a Ray for it, `auto` or an address joins one (default: here)"),
]


@contextmanager
def runner_of(where: str | None, token: Path | None = None) -> Iterator[Runner]:
    """The runner; a Ray that it started ends with the block. Raises WorkLost when there is no such Ray."""
    if where is None:
        from forecasting.work import Here

        yield Here()
        return
    from forecasting.tasks import ray_runner

    with ray_runner(where, token) as runner:
        yield runner
