"""The transport port: bytes to an owner and bytes back. Ray places owners; how commands travel is decided here.

A request is MessagePack of `[[seq, message], …]`, a response `[[seq, reply], …]`. Responses may answer a request in
parts and in any order, and may never come: only op ids make sending again safe. Every implementation passes
`tests/integration/transport/test_contract.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from actors.kernel.messages import OwnerName


class Endpoint(NamedTuple):
    """Where an owner listens, and the public key that proves it is the one (empty for transports without keys).

    Senders on the same `node` have a shorter way, the socket called `local`; both are empty where there is none.
    """

    address: str
    public_key: str = ""
    node: str = ""
    local: str = ""


class Line(Protocol):
    """A connection to one owner. Never blocks; what cannot be sent is lost, which the sender has to expect anyway."""

    def send(self, payload: bytes) -> None:
        """Send a request."""

    def close(self) -> None:
        """Hang up."""


class Directory(Protocol):
    """Finds owners: asked at first, and again on any doubt."""

    async def resolve(self, owner: OwnerName) -> Endpoint | None:
        """Where the owner is now; None when nobody knows."""


class Dialler(Protocol):
    """Opens lines."""

    def dial(self, owner: OwnerName, endpoint: Endpoint, on_response: Callable[[bytes], None]) -> Line:
        """Open a line to where an owner was found."""
