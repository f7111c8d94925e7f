"""`skuld up`: run the system in the foreground."""

from __future__ import annotations

import signal
from typing import Annotated, Any

import typer

from actors.kernel.settings import SkuldSettings
from gateway.cli.app import app, console, load_settings
from gateway.running import Running


class StopSignal:
    """Set by Ctrl-C or SIGTERM; a second one is left to Python."""

    def __init__(self) -> None:
        self.came = False
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}

    def _note(self, number: int, _frame: Any) -> None:
        self.came = True
        signal.signal(number, self._before[signal.Signals(number)])

    def __call__(self) -> bool:
        """Whether it came."""
        return self.came


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="port of the gateway (0: a free one)")] = None,
    address: Annotated[str | None, typer.Option(help="join the Ray cluster there (`auto`) instead of starting one")] = None,
) -> None:
    """Start Ray, owners, projector and gateway, and stop them in order on Ctrl-C."""
    settings = load_settings(port=port)
    running = Running(settings, lambda text: console.print(f"[dim]{text}[/dim]"), address)
    running.start()
    stopping = StopSignal()
    welcome(running, settings)
    running.watch(stopping)
    console.print("[dim]stopping: answering what is under way[/dim]")
    running.stop()


def welcome(running: Running, settings: SkuldSettings) -> None:
    """Say where everything is."""
    console.print(f"[bold green]Skuld serves at {running.url}[/bold green]")
    console.print(f"  documentation  {running.url}/docs")
    if running.dashboard:
        console.print(f"  Ray dashboard  {running.dashboard}")
    if running.admin_key is not None:
        console.print(f"  admin key      {settings.data_dir / 'admin-key'}", soft_wrap=True)
    console.print(f"  data           {settings.data_dir}", soft_wrap=True)
