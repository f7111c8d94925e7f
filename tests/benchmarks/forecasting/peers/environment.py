"""The peers' own environment: they pin other versions than Skuld, so nothing is shared but the data."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

LOCK: Final = Path(__file__).parent / "requirements.lock"
"""`uv pip compile requirements.in --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 -o requirements.lock`"""
FOLDER: Final = Path(__file__).parents[4] / ".venv" / "forecasting-peers"


class NoPeers(RuntimeError):
    """The environment cannot be made; the last line of what pip said."""


def peers_python(folder: Path = FOLDER) -> Path:
    """The interpreter of the environment, which is built when it is not there, or of another lock.

    Raises:
        NoPeers: pip fails, for example without an index to install from.
    """
    python, stamp = folder / "bin" / "python", folder / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)])
    stamp.write_text(wanted)  # last: half an environment is none
    return python


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        raise NoPeers(f"the peers' environment cannot be built: {said[-1] if said else 'no word from ' + command[2]}")
