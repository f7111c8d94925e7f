"""What forecasting refuses, as the command line tells it: one line, or a line for each fault of a file, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from gateway.cli.app import errors

UNUSABLE: Final = 1
WRONG_OPTION: Final = 2


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What is wrong with an option or with the history, on standard error, with its exit code."""
    from forecasting.panel.faults import HistoryError
    from forecasting.parameters import ParameterError
    from forecasting.work import WorkLost

    try:
        yield
    except ParameterError as error:
        errors.print(f"skuld: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(UNUSABLE if error.name == "history" else WRONG_OPTION) from None
    except (HistoryError, WorkLost) as error:
        errors.print(f"skuld: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(UNUSABLE) from None


@contextmanager
def model_errors() -> Iterator[None]:
    """As `one_line_errors`, and what is wrong with models: a file was changed, a slot moved, tables are missing."""
    from forecasting.registry.artefacts import ArtefactError
    from forecasting.window.place import Moved, RegistryMissing

    with one_line_errors():
        try:
            yield
        except (ArtefactError, Moved, RegistryMissing) as error:
            errors.print(f"skuld: {error}", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(UNUSABLE) from None
