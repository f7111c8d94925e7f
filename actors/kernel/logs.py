"""Structured logs: one JSON object per line, a file per process in the data directory, kept within bounds.

A traceback names functions and lines, never what their variables held: those are keys, customers and bodies.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

FILE_BYTES: Final = 16 * 1024 * 1024
FILES_KEPT: Final = 3
OWNER_ONLY: Final = 0o600
MOST_FRAMES: Final = 30
MOST_CAUSES: Final = 5
MOST_TEXT: Final = 300
"""Characters of an exception's own words."""
_KEY: Final = re.compile(r"(skuld_[0-9a-f]+_)[\w-]+")


def log_to(data_dir: Path, process: str) -> None:
    """Send this process's log to `data_dir/logs/{process}.log`, which only its owner may read."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for older in folder.glob(f"{process}.log*"):
        older.chmod(OWNER_ONLY)
    handler = _PrivateFile(folder / f"{process}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT - 1, encoding="utf-8")
    handler.setFormatter(_OnlyTheMessage())
    logger = logging.getLogger("skuld")
    for before in logger.handlers:
        before.close()
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(exception_told),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: logger,
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def exception_told(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> list[dict[str, Any]]:
    """An exception and what caused it, the last first: type, words (cut off) and where it went, without any variable."""
    told: list[dict[str, Any]] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(told) < MOST_CAUSES:
        told.append({"type": type(error).__name__, "says": _words(error), "frames": _frames(error.__traceback__)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told


def _words(error: BaseException) -> str:
    try:
        return str(error)[:MOST_TEXT]
    except Exception:  # a broken __str__ must not hide the bug that is being logged
        return "?"


def _frames(trace: TracebackType | None) -> list[str]:
    """`file:line function`, the innermost last; of a deep recursion only the end."""
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


class _OnlyTheMessage(logging.Formatter):
    """The JSON has the traceback already: the standard library shall not add its own after it. Keys lose their secret."""

    def format(self, record: logging.LogRecord) -> str:
        return _KEY.sub(r"\1…", record.getMessage())


class _PrivateFile(RotatingFileHandler):
    """Files that nobody but their owner may read, from the first byte on."""

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(open(self.baseFilename, f"{self.mode}b", opener=_open_private), self.encoding)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY)
