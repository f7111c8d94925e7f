"""How anyone talks to owners: typed, with a deadline, the one retry policy, and batches that form by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Protocol

from actors.kernel.faults import OutcomeUnknown, Unreachable
from actors.kernel.messages import Message, OwnerName
from actors.kernel.peer import SWEEP_S, OnReply, Peer
from actors.kernel.routing import InventoryShards, OrderShards
from actors.kernel.transport.port import Dialler, Directory

PATIENCE_S: Final = 15.0
"""How long a caller waits for an answer: longer than a restart of an owner, shorter than a client's patience."""
STEP_PATIENCE_S: Final = 5.0
"""How long a step between owners waits before it counts as an attempt without answer."""


class Owners(Protocol):
    """The owners of a running system, as the gateway and the command line see them."""

    inventory: InventoryShards
    orders: OrderShards

    async def ask(self, owner: OwnerName, message: Message, *, timeout_s: float | None = None) -> Message:
        """Send a command or query and give the reply, refusals included.

        Sends the same command again, with the same op id, while the outcome is unknown and time is left.

        Raises:
            OutcomeUnknown: no answer in time; it may have been carried out, ask again with the same op id.
            Unreachable: the owner could not be reached at all; nothing was done.
        """

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply, patience_s: float = STEP_PATIENCE_S) -> None:
        """Send commands and queries together, in their order; the callback is called once for each of them."""


class OwnerClient:
    """Keeps a `Peer` for every owner it is asked about. Lives in one event loop."""

    def __init__(
        self,
        inventory: InventoryShards,
        orders: OrderShards,
        directory: Directory,
        dialler: Dialler,
        reply_types: dict[str, Any],
    ) -> None:
        self.inventory = inventory
        self.orders = orders
        self._directory = directory
        self._dialler = dialler
        self._reply_types = reply_types
        self._peers: dict[OwnerName, Peer] = {}
        self._sweeper: asyncio.Task[None] | None = None

    async def ask(self, owner: OwnerName, message: Message, *, timeout_s: float | None = None) -> Message:
        """Ask and wait, as `Owners.ask` promises."""
        answered: asyncio.Future[tuple[Message | None, int]] = asyncio.get_running_loop().create_future()

        def on_reply(number: int, reply: Message | None, times_sent: int) -> None:
            if not answered.done():
                answered.set_result((reply, times_sent))

        patience_s = PATIENCE_S if timeout_s is None else timeout_s
        self.post(owner, (message,), on_reply, patience_s)
        return reply_or_fault(owner, *await answered, patience_s)

    def post(self, to: OwnerName, messages: Sequence[Message], on_reply: OnReply, patience_s: float = STEP_PATIENCE_S) -> None:
        """Ask without waiting, as `Owners.post` promises."""
        self._peer(to).post(messages, on_reply, asyncio.get_running_loop().time() + patience_s)

    def _peer(self, owner: OwnerName) -> Peer:
        peer = self._peers.get(owner)
        if peer is None:
            reply_types = self._reply_types[owner.rsplit("-", 1)[0]]
            peer = self._peers[owner] = Peer(owner, self._directory, self._dialler, reply_types)
            if self._sweeper is None:
                self._sweeper = asyncio.get_running_loop().create_task(self._sweep())
        return peer

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            for peer in tuple(self._peers.values()):
                peer.sweep()

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for peer in self._peers.values():
            peer.close()


def reply_or_fault(owner: OwnerName, reply: Message | None, times_sent: int, patience_s: float) -> Message:
    """The reply, refusals included.

    Raises:
        OutcomeUnknown, Unreachable: there is none.
    """
    if reply is not None:
        return reply
    if times_sent == 0:
        raise Unreachable(f"{owner} could not be reached in {patience_s:g} s; nothing was done")
    raise OutcomeUnknown(f"{owner} gave no answer in {patience_s:g} s")
