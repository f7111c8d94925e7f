"""A baseline in the place of a model: when no model beats it, or there is too little history for one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from forecasting.baselines.last_resort import LAST_RESORT, last_resort
from forecasting.evaluation.evaluate import SIMPLE
from forecasting.forecast import Forecast, Forecaster, Horizon
from forecasting.panel.panel import Panel
from forecasting.parameters import ParameterError

MAGIC: Final = b"skuld baseline 1\n"
DIGEST: Final = 32
CANDIDATES: Final[dict[str, Forecaster]] = {**SIMPLE, LAST_RESORT: last_resort}


@dataclass(frozen=True, slots=True)
class StandIn:
    """One of `CANDIDATES`, in a slot."""

    slot: str
    name: str

    def __post_init__(self) -> None:
        if self.name not in CANDIDATES:
            raise ParameterError("baseline", repr(self.name), f"one of {', '.join(CANDIDATES)}")

    def forecast(self, history: Panel, horizon: Horizon) -> Forecast:
        """What the baseline expects."""
        return CANDIDATES[self.name](history, horizon)

    def to_bytes(self) -> bytes:
        """Its name and slot, behind a digest of themselves."""
        body = json.dumps({"slot": self.slot, "name": self.name}).encode()
        return MAGIC + hashlib.sha256(body).digest() + body

    @classmethod
    def from_bytes(cls, stored: bytes) -> StandIn:
        """The stand-in that gave these bytes.

        Raises:
            ParameterError: they are none, or not as they were written.
        """
        digest, body = stored[len(MAGIC) : len(MAGIC) + DIGEST], stored[len(MAGIC) + DIGEST :]
        if not stored.startswith(MAGIC) or hashlib.sha256(body).digest() != digest:
            raise ParameterError("digest of the baseline", digest.hex(), "that of its bytes: they were changed or cut short")
        return cls(**json.loads(body))

    @property
    def digest(self) -> str:
        """SHA-256 of its content, hexadecimal: its name in the registry."""
        return self.to_bytes()[len(MAGIC) : len(MAGIC) + DIGEST].hex()
