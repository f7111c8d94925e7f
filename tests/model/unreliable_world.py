"""The world of shards behind a bad post: letters come late, out of order, twice or never, and processes die at any time.

What the kernel promises the rules is kept, and nothing more: a step is sent again until it is answered; `certain` only
when no other copy of it can have been sent; after a crash the machine is what its events say, and says everything again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from actors.inventory.commands import Reserve
from actors.inventory.shard import InventoryShard
from actors.kernel.machine import Machine, Outgoing, broken_invariants
from actors.kernel.messages import Command, Message, OwnerName
from actors.orders.book import ATTEMPTS_BEFORE_PARKING, OrderBook
from actors.orders.commands import ParkStep
from tests.model.world import MOST_STEPS, PureWorld

Key = tuple[OwnerName, OwnerName, str]
"""Sender, receiver, op id."""


@dataclass
class Step:
    """A step that its sender waits to have answered."""

    sender: OwnerName
    sent: Outgoing
    copies: int


@dataclass
class Letter:
    """A copy of a step on its way, or (with `reply`) the answer to it."""

    sender: OwnerName
    incarnation: int
    sent: Outgoing
    reply: Message | None = None


OUT_OF_SIGHT: Final = 2
"""Copies a step counts as having when nobody can say how often it was sent."""


class UnreliableWorld(PureWorld):
    """Nothing moves by itself: each letter is delivered, lost or doubled by name, until everything comes to rest."""

    def __init__(self, inventory_shards: int, order_shards: int) -> None:
        super().__init__(inventory_shards, order_shards)
        self.letters: list[Letter] = []
        self.steps: dict[Key, Step] = {}
        self.incarnations: dict[OwnerName, int] = dict.fromkeys(self.names, 0)
        self.bases: dict[OwnerName, list[Message]] = {name: [] for name in self.names}

    def _take_up(self, name: OwnerName, steps: Sequence[Outgoing]) -> None:
        for sent in steps:
            if (name, sent.to, sent.command.op_id) not in self.steps:
                self._post(Step(name, sent, 0))

    def _post(self, step: Step) -> None:
        step.copies += 1
        self.steps[step.sender, step.sent.to, step.sent.command.op_id] = step
        self.letters.append(Letter(step.sender, self.incarnations[step.sender], step.sent))

    # ── what happens to letters ─────────────────────────────────────────────────────────────────────────────────────
    def deliver_letter(self, place: int) -> None:
        """A letter arrives: it is carried out and answered, or the answer is heard."""
        letter = self.letters.pop(place)
        if letter.reply is not None:
            self._hear(letter, letter.reply)
            return
        refused = self.give(letter.sent.to, letter.sent.command)
        reply = refused if refused is not None else self.machines[letter.sent.to].answer(letter.sent.command)
        assert reply is not None, f"no answer to {letter.sent}"
        self.letters.append(Letter(letter.sender, letter.incarnation, letter.sent, reply))

    def _hear(self, letter: Letter, reply: Message) -> None:
        key = (letter.sender, letter.sent.to, letter.sent.command.op_id)
        step = self.steps.get(key)
        if step is None or letter.incarnation != self.incarnations[letter.sender]:
            return  # answered already, or the one who asked is dead
        command = self.machines[letter.sender].hear(letter.sent, reply, certain=step.copies == 1)
        assert command is not None, f"{reply} is no answer to {letter.sent}"
        self.give(letter.sender, command)
        del self.steps[key]

    def lose_letter(self, place: int) -> None:
        """A letter never arrives; its sender will send it again."""
        self.letters.pop(place)

    def send_again(self, key: Key) -> None:
        """A sender has waited long enough: another copy leaves."""
        self._post(self.steps[key])

    def first_reserves(self) -> list[Key]:
        """Steps by which orders reserve for the first time, and that nobody has answered."""
        sent = ((key, step.sent.command) for key, step in self.steps.items())
        return [key for key, command in sent if isinstance(command, Reserve) and command.revision == 1]

    def deliver_copy(self, key: Key) -> None:
        """One copy of a step arrives before everything else, and its answer comes straight back."""
        for place, letter in enumerate(self.letters):
            if letter.reply is None and (letter.sender, letter.sent.to, letter.sent.command.op_id) == key:
                self.deliver_letter(place)
                self.deliver_letter(len(self.letters) - 1)
                return

    def give_up(self, key: Key) -> ParkStep | None:
        """A sender has tried for minutes: the rules say what becomes of it."""
        step = self.steps[key]
        command = self.machines[step.sender].stuck(step.sent, ATTEMPTS_BEFORE_PARKING)
        if command is not None:
            self.give(step.sender, command)
            del self.steps[key]
        return command if isinstance(command, ParkStep) else None

    # ── what happens to processes ───────────────────────────────────────────────────────────────────────────────────
    def crash(self, name: OwnerName) -> None:
        """A process dies; its successor is what the snapshot and the events since say. Letters on their way stay."""
        assert self._is_what_it_recorded(name), f"{name} is not what it recorded"
        machine = self.machines[name] = self._rebuilt(name)
        self.incarnations[name] += 1
        self.steps = {key: step for key, step in self.steps.items() if step.sender != name}
        for subject in machine.unfinished():
            for sent in machine.outgoing(subject):
                self._post(Step(name, sent, OUT_OF_SIGHT))

    def _rebuilt(self, name: OwnerName) -> Machine:
        machine = self.fresh(name)
        for record in self.bases[name]:
            machine.restore(record)
        for event in self.recorded[name]:
            machine.apply(event)
        return machine

    def _is_what_it_recorded(self, name: OwnerName) -> bool:
        now, then = self.machines[name].snapshot(), self._rebuilt(name).snapshot()
        return sorted(map(repr, now)) == sorted(map(repr, then))

    def take_snapshot(self, name: OwnerName) -> None:
        """From now on a successor begins with this."""
        self.bases[name], self.recorded[name] = list(self.machines[name].snapshot()), []

    # ── coming to rest ──────────────────────────────────────────────────────────────────────────────────────────────
    def pump(self) -> None:
        """The post works again: send and deliver until nobody waits for an answer."""
        for _ in range(MOST_STEPS):
            if self.letters:
                self.deliver_letter(0)
            elif self.steps:
                self.send_again(next(iter(self.steps)))
            else:
                return
        raise AssertionError(f"the world does not come to rest: {list(self.steps)[:5]}")

    def parked(self) -> list[str]:
        """Orders that wait for people."""
        books = [machine for machine in self.machines.values() if isinstance(machine, OrderBook)]
        return [order.order_id for book in books for order in book.orders.values() if order.parked]

    def not_at_rest(self) -> list[str]:
        """What is still under way, or does not add up, although no letter is."""
        found = []
        for name, machine in self.machines.items():
            found += [f"{name}: {line}" for line in broken_invariants(machine)]
            if not self._is_what_it_recorded(name):
                found.append(f"{name}: memory is not the fold of its events")
            if isinstance(machine, InventoryShard):
                found += [f"{name}: {order_id} has not been told" for order_id in machine.unfinished()]
                found += self._closed_wrongly(machine)
            if isinstance(machine, OrderBook):
                found += [
                    f"order {order.order_id} is {order.state}, and going to {order.intent}"
                    for order in machine.orders.values()
                    if order.under_way or order.intent or order.state in {"received", "parked"}
                ]
        return found + self._unbacked() + self._disagreements()

    def _closed_wrongly(self, shard: InventoryShard) -> list[str]:
        found = []
        for order_id, held in shard.reservations.items():
            order = self.book(order_id).orders.get(order_id)
            over = order is None or order.state in {"rejected", "cancelled", "shipped", "delivered"}
            if over and not held.closed:
                found.append(f"{order_id} is over, but {shard.name} holds {held.lines} for it")
        return found

    def answer_to(self, command: Command) -> Any:
        """What the client of a command is told by now."""
        return self.machines[self.owner_of(command)].answer(command)
