"""How clients ask: until there is an answer, always with the same op id; and what they were answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec

from actors.kernel.faults import OutcomeUnknown, Unreachable
from actors.kernel.messages import Busy, ClientCommand, Command, Failed, Message, OwnerName, Refusal
from tests.model.simulator.world import ORDERS, World

PATIENCE_S = 2.0
PAUSE_S = 0.3


@dataclass
class Told:
    """A command that was carried out, whom it went to, and the first answer that said so."""

    to: OwnerName
    command: Any
    reply: Any


@dataclass
class Asking:
    """Careful clients of a world, and all they were told."""

    world: World
    told: dict[str, Told] = field(default_factory=dict)
    """By op id, in the order the answers came."""
    refused: dict[str, ClientCommand] = field(default_factory=dict)
    """Commands that were refused: one of their copies may have been carried out all the same."""
    strange: list[str] = field(default_factory=list)

    async def insist(self, to: OwnerName, command: ClientCommand) -> Message:
        """Send a command until it is answered."""
        attempt, sent = 0, command
        while True:
            reply = await self._ask(to, sent)
            if not isinstance(reply, Busy | Failed):
                self._note(to, command, reply)
                return reply
            attempt += 1
            if self.world.kinds.fresh_op_ids:
                sent = msgspec.structs.replace(command, op_id=f"{command.op_id}#{attempt}")
            await asyncio.sleep(PAUSE_S)

    async def _ask(self, to: OwnerName, command: Command) -> Message:
        try:
            return await self.world.client.ask(to, command, timeout_s=PATIENCE_S)
        except (OutcomeUnknown, Unreachable):
            return Failed("no answer")

    def _note(self, to: OwnerName, command: ClientCommand, reply: Message) -> None:
        if isinstance(reply, Refusal):
            self.refused[command.op_id] = command
        elif command.op_id not in self.told:
            self.told[command.op_id] = Told(to, command, reply)

    def owner_of_order(self, order_id: str) -> OwnerName:
        """Who owns an order."""
        return ORDERS.owner_of(order_id)

    def of_kind(self, *kinds: type[ClientCommand]) -> list[Told]:
        """What was told to commands of these kinds, in order."""
        return [told for told in self.told.values() if isinstance(told.command, kinds)]
