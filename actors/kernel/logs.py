"""Structured logs: one JSON object per line, a file per process in the data directory, kept within bounds."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import structlog

FILE_BYTES: Final = 16 * 1024 * 1024
FILES_KEPT: Final = 3


def log_to(data_dir: Path, process: str) -> None:
    """Send this process's log to `data_dir/logs/{process}.log`."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / f"{process}.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT - 1)
    handler.setFormatter(logging.Formatter("%(message)s"))
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
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: logger,
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
