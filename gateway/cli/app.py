"""What the commands share: the application, the console, settings with one line for what is wrong with them."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError
from rich.console import Console

from actors.kernel.faults import Fault
from actors.kernel.settings import SkuldSettings
from gateway.data_directory import CannotStart, find_running

app = typer.Typer(
    name="skuld",
    help="The supply-chain core of a warehouse: orders, stock, and nothing oversold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"skuld {version('skuld')}")  # noqa: T201  # for scripts: no wrapping, no colour
        raise typer.Exit


@app.callback()
def _skuld(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="print the version and exit")
    ] = False,
) -> None:
    pass


MOST_SHOWN: Final = 80
"""Characters of an argument or a setting that a message repeats."""
console = Console()
errors = Console(stderr=True)


IDENTITY: Final = ("database_url", "redis_url", "inventory_shards", "order_shards", "gateways")
"""Settings that say which system is meant."""


_PASSWORD_OPTION: Final = re.compile(r"([?&]\w*passw(?:or)?d=)[^&]*", re.IGNORECASE)


class WrongSettings(Fault):
    """A setting cannot be used; the message names it and its value."""


def load_settings(**given: Any) -> SkuldSettings:
    """Settings from the environment, with what the command line gave on top.

    Raises:
        WrongSettings: in one line.
    """
    try:
        return SkuldSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if not name:
            raise WrongSettings(message) from None
        raise WrongSettings(f"SKULD_{name.upper()}={hide_password(str(first['input']))[:MOST_SHOWN]!r}: {message}") from None
    except UnicodeDecodeError as error:
        raise WrongSettings(f"the settings in .env are not UTF-8: {error.reason} at byte {error.start}") from None


def settings_in_use() -> SkuldSettings:
    """The settings of the system that runs on the data directory; of the environment when none does.

    Commands look into its stores: with other settings than its own they would look elsewhere, or see a part.

    Raises:
        WrongSettings: the environment names other stores or shards than the system was started with.
    """
    here = load_settings()
    try:
        told = find_running(here.data_dir).settings
    except CannotStart:
        return here
    for name in IDENTITY:
        if name in here.model_fields_set and name in told and getattr(here, name) != told[name]:
            ours, theirs = hide_password(str(getattr(here, name))), hide_password(str(told[name]))
            raise WrongSettings(
                f"SKULD_{name.upper()}={ours!r}, but the Skuld on {here.data_dir} was started with {theirs!r}: "
                "leave it out, or give what it has"
            )
    return SkuldSettings(**{**told, "data_dir": here.data_dir})


def hide_password(value: str) -> str:
    """A setting as it may be shown: of a URL without its password, wherever that stands."""
    value = _PASSWORD_OPTION.sub(r"\1***", value)
    scheme, found, rest = value.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:***@{host}" if found and at else value


def one_line(given: str) -> str:
    """Words of the command line as they may be repeated in a message: short, on one line, and printable."""
    return given[:MOST_SHOWN] if given.isprintable() and given else repr(given[:MOST_SHOWN])
