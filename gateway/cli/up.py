"""`skuld up`: run the system in the foreground.

The command itself prepares, and becomes the keeper (`gateway/keeper.py`). That starts a second process, `attended`, which has
Ray, and starts it again whenever Ray fails.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from actors.kernel.faults import Fault
from actors.kernel.settings import SkuldSettings
from gateway.cli.app import app, console, errors, load_settings
from gateway.keeper import ALIVE, LEAVING, RAY, SERVES, keep
from gateway.kin import end_with
from gateway.preparing import prepare
from gateway.running import Running, stop_limit_s


class StopSignal:
    """Set by SIGTERM; a second one is left to Python."""

    def __init__(self) -> None:
        self.came = False
        self._before = signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, _frame: Any) -> None:
        self.came = True
        signal.signal(number, self._before)

    def __call__(self) -> bool:
        """Whether it came."""
        return self.came


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="port of the gateway (0: a free one)")] = None,
    address: Annotated[str | None, typer.Option(help="join the Ray cluster there (`auto`) instead of starting one")] = None,
) -> None:
    """Start Ray, owners, projector and gateway, keep them there, and stop them in order on Ctrl-C."""
    prepared = prepare(load_settings(port=port), _say, alone=address is None)
    settings = prepared.settings
    command = [sys.executable, "-P", "-m", "gateway", "attended"]
    command += ["--port", str(settings.port), "--namespace", prepared.namespace]
    command += ["--address", address] if address is not None else []
    os.set_inheritable(prepared.lock.fileno(), True)  # the data directory stays ours
    keep(command, settings.data_dir / "running.json", stop_limit_s(settings))


@app.command(hidden=True)
def attended(
    port: Annotated[int, typer.Option()],
    namespace: Annotated[str, typer.Option()],
    say: Annotated[int, typer.Option(help="the pipe to the keeper")],
    lifeline: Annotated[int, typer.Option(help="a pipe that is closed when the keeper dies")],
    keeper: Annotated[int, typer.Option(help="its process")],
    session: Annotated[Path, typer.Option(help="directory for Ray, removed by the keeper")],
    address: Annotated[str | None, typer.Option()] = None,
    again: Annotated[bool, typer.Option("--again", help="it has served before")] = False,
) -> None:
    """What `skuld up` keeps: Ray, and all that is placed with it."""
    for pipe in (say, lifeline):
        os.set_inheritable(pipe, False)
    end_with(lifeline)
    settings = load_settings(port=port)
    _divert_ray(settings.data_dir)
    running = Running(settings, namespace, _say, address, pid=keeper)

    def tell(word: bytes) -> None:
        os.write(say, word)

    try:
        _run(running, tell, session, again=again)
    except Fault as fault:
        errors.print(f"skuld: {fault}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _run(running: Running, tell: Callable[[bytes], None], session: Path, *, again: bool) -> None:
    running.start_ray(session)
    tell(RAY)
    running.start(again=again, leaving=lambda: tell(LEAVING))
    stopping = StopSignal()
    tell(SERVES)
    if again:
        _say(f"Skuld serves again at {running.url}")
    else:
        welcome(running, running.settings)
    running.watch(stopping, lambda: tell(ALIVE))
    _say("stopping: answering what is under way")
    running.stop(leaving=lambda: tell(LEAVING))


def _divert_ray(data_dir: Path) -> None:
    """What Ray prints here (screens of it when a process dies) goes to a log; our own lines go on to the terminal."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for ours, number in ((console, 1), (errors, 2)):
        ours.file = os.fdopen(os.dup(number), "w", buffering=1)
    log = os.open(folder / "ray.log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    for number in (1, 2):
        os.dup2(log, number)
    os.close(log)


def _say(text: str) -> None:
    console.print(f"[dim]{text}[/dim]", soft_wrap=True)


def welcome(running: Running, settings: SkuldSettings) -> None:
    """Say where everything is. The admin key itself stays in its file: what is printed here ends up in logs (decision 8)."""
    console.print(f"[bold green]Skuld serves at {running.url}[/bold green]", soft_wrap=True)
    console.print(f"  documentation  {running.url}/docs", soft_wrap=True)
    if running.dashboard:
        console.print(f"  Ray dashboard  {running.dashboard}", soft_wrap=True)
    if settings.auth == "on":
        file = settings.data_dir / "admin-key"
        call = f'curl -H "Authorization: Bearer $(cat {shlex.quote(str(file))})" {running.url}/v1/keys'
        console.print(
            f"  admin key      in {file}, for its owner only; to use it:", soft_wrap=True, highlight=False, markup=False
        )
        console.print(f"                 {call}", soft_wrap=True, highlight=False, markup=False)
    console.print(f"  data           {settings.data_dir}", soft_wrap=True)
