"""What moves demand and is known beforehand, as planners tell it: reference data that forecasting reads."""

from __future__ import annotations

from actors.kernel.messages import Message


class DemandEvent(Message, frozen=True, array_like=True, gc=False):
    """A promotion, a shopping day, a closure, a weekend that is worked.

    `kind` is the type that people gave it: events of one type are of one sort to forecasting. `start` and `end` are days of
    the site, both included. `depth` says how strong, above 0. `skus`: those it is about, none for all. `day_off`: people do not
    work then. `known_from`: the day it was announced, empty when it was always known. `cancelled`: it will not be, or was not.
    """

    id: str
    kind: str
    start: str
    end: str
    depth: float = 1.0
    skus: tuple[str, ...] = ()
    day_off: bool = False
    known_from: str = ""
    cancelled: bool = False
