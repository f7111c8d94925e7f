"""Models as files: each is named by its digest, written once, and checked whenever it is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import msgspec

from forecasting.model.model import DIGEST, Model
from forecasting.model.model import MAGIC as MODEL_MAGIC
from forecasting.parameters import ParameterError
from forecasting.registry.stand_in import MAGIC, StandIn

Artefact: TypeAlias = Model | StandIn


class ArtefactError(ValueError):
    """A model's file is missing, or is not what was written: one line that names it."""


class Artefacts:
    """A folder of `<digest>.model`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where a model is."""
        return self.folder / f"{digest}.model"

    def keep(self, artefact: Artefact) -> str:
        """Write a model, durably, unless it is there unharmed; gives its digest.

        Raises:
            OSError: it cannot be written.
        """
        digest, content = artefact.digest, artefact.to_bytes()
        path = self.path(digest)
        if path.exists() and path.read_bytes() == content:
            return digest
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / f".{digest}.{os.getpid()}.new"
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        return digest

    def load(self, digest: str) -> Artefact:
        """A model, as it was written.

        Raises:
            ArtefactError: it is missing, or its file was changed.
        """
        path = self.path(digest)
        try:
            stored = path.read_bytes()
        except OSError as error:
            raise ArtefactError(f"{path}: the model cannot be read: {error.strerror}; train the slot again") from None
        try:
            found: Artefact = StandIn.from_bytes(stored) if stored.startswith(MAGIC) else Model.from_bytes(stored)
        except (ParameterError, msgspec.MsgspecError) as error:
            raise ArtefactError(f"{path}: the file was changed since it was written: {error}; train the slot again") from None
        if (held := _digest_in(stored)) != digest:
            raise ArtefactError(f"{path}: the file holds another model, {held}")
        return found

    def is_sound(self, digest: str) -> bool:
        """Whether a model can be loaded."""
        try:
            self.load(digest)
        except ArtefactError:
            return False
        return True


def _digest_in(stored: bytes) -> str:
    """The one that was written: a release that adds a field to models would give another for the same file."""
    start = len(MAGIC) if stored.startswith(MAGIC) else len(MODEL_MAGIC)
    return stored[start : start + DIGEST].hex()
