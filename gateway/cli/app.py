"""What the commands share: the application, the console, settings with one line for what is wrong with them."""

from __future__ import annotations

from typing import Any, Final

import typer
from pydantic import ValidationError
from rich.console import Console

from actors.kernel.faults import Fault
from actors.kernel.settings import SkuldSettings

app = typer.Typer(
    name="skuld",
    help="The supply-chain core of a warehouse: orders, stock, and nothing oversold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
MOST_SHOWN: Final = 80
"""Characters of an argument or a setting that a message repeats."""
console = Console()
errors = Console(stderr=True)


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


def hide_password(value: str) -> str:
    """A setting as it may be shown: of a URL without its password."""
    scheme, found, rest = value.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}:***@{host}" if found and at else value


def one_line(given: str) -> str:
    """Words of the command line as they may be repeated in a message: short, on one line, and printable."""
    return given[:MOST_SHOWN] if given.isprintable() and given else repr(given[:MOST_SHOWN])
