"""One owner as seen by one sender: parcels of messages, sent in batches, sent again on doubt, given up at a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from actors.kernel.machine import Numbered
from actors.kernel.messages import Message, OwnerName
from actors.kernel.transport.port import Dialler, Directory, Endpoint, Line

BATCHES_IN_FLIGHT: Final = 2
"""Requests on their way to one owner. With one, sender and owner wait for each other; more only make batches smaller."""
LARGEST_BATCH: Final = 2_000
"""Messages in a request, unless a single parcel is larger."""
SLOW_BATCH_S: Final = 0.1
"""A request that is answered this slowly (a saga waits for another shard) no longer holds others up."""
DOUBT_S: Final = 0.4
"""No answer for so long: ask the directory whether the owner has moved."""
RESEND_S: Final = 2.0
"""A message without an answer for so long may be lost, even while others are answered: send it again."""
SWEEP_S: Final = 0.1

OnReply = Callable[[int, Message | None, int], None]
"""Gets the number of a message in its parcel, its reply (None when none came in time), and how often it was sent."""

_encoder = msgspec.msgpack.Encoder()


class _Parcel:
    """Messages that were posted and travel together; each is answered by itself, under the number it has for ever."""

    __slots__ = ("batch", "deadline", "first", "messages", "on_reply", "sent_at", "times_sent", "unanswered")

    def __init__(self, first: int, messages: Sequence[Message], on_reply: OnReply, deadline: float) -> None:
        self.first = first
        self.messages = messages
        self.on_reply = on_reply
        self.deadline = deadline
        self.unanswered = len(messages)
        self.batch = 0
        self.sent_at = 0.0
        self.times_sent = 0

    def numbers(self) -> range:
        """What its messages go by."""
        return range(self.first, self.first + len(self.messages))


class Peer:
    """A sender's view of an owner. Everything happens in one event loop, without a task per message."""

    def __init__(self, owner: OwnerName, directory: Directory, dialler: Dialler, reply_types: Any) -> None:
        self._owner = owner
        self._directory = directory
        self._dialler = dialler
        self._decoder: msgspec.msgpack.Decoder[list[Numbered]] = msgspec.msgpack.Decoder(list[tuple[int, reply_types]])
        self._open: dict[_Parcel, None] = {}
        """Parcels with something unanswered, in the order they came."""
        self._parcel_of: dict[int, _Parcel] = {}
        """By the number of each message without an answer."""
        self._queue: list[_Parcel] = []
        self._under_way: dict[int, int] = {}
        """Parcels without a whole answer, by the batch they were sent with last."""
        self._sent_at: dict[int, float] = {}
        self._next_number = 0
        self._next_batch = 0
        self._flush_scheduled = False
        self._line: Line | None = None
        self._endpoint: Endpoint | None = None
        self._last_heard = 0.0
        self._looking: asyncio.Task[None] | None = None

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()

    def post(self, messages: Sequence[Message], on_reply: OnReply, deadline: float) -> None:
        """Send messages (at least one) in their order; `deadline` is on the loop's clock."""
        parcel = _Parcel(self._next_number, messages, on_reply, deadline)
        self._next_number += len(messages)
        self._open[parcel] = None
        if len(messages) == 1:  # as all are that come one by one
            self._parcel_of[parcel.first] = parcel
        else:
            self._parcel_of.update(dict.fromkeys(parcel.numbers(), parcel))
        self._queue.append(parcel)
        if not self._flush_scheduled:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """Send what has gathered, unless enough is on its way: then it gathers on, and leaves with the next answer."""
        self._flush_scheduled = False
        if self._line is None:
            self._look()
            return
        while self._queue and len(self._under_way) < BATCHES_IN_FLIGHT:
            if not self._under_way:
                self._last_heard = self._time()
            self._send(self._next_parcels())

    def _next_parcels(self) -> list[_Parcel]:
        taken, messages = 0, 0
        for parcel in self._queue:
            messages += parcel.unanswered
            if taken and messages > LARGEST_BATCH:
                break
            taken += 1
        parcels, self._queue = self._queue[:taken], self._queue[taken:]
        return parcels

    def _send(self, parcels: list[_Parcel]) -> None:
        assert self._line is not None
        self._next_batch += 1
        request: list[Numbered] = []
        now, sent = self._time(), 0
        for parcel in parcels:
            if parcel.unanswered:
                if len(parcel.messages) == 1:
                    request.append((parcel.first, parcel.messages[0]))
                elif parcel.times_sent:
                    request += self._unanswered_of(parcel)
                else:
                    request += enumerate(parcel.messages, parcel.first)
                parcel.batch = self._next_batch
                parcel.sent_at = now
                parcel.times_sent += 1
                sent += 1
        if sent:
            self._under_way[self._next_batch] = sent
            self._sent_at[self._next_batch] = now
            self._line.send(_encoder.encode(request))

    def _unanswered_of(self, parcel: _Parcel) -> Iterable[Numbered]:
        return [pair for pair in enumerate(parcel.messages, parcel.first) if pair[0] in self._parcel_of]

    def _receive(self, payload: bytes) -> None:
        self._last_heard = self._time()
        parcel_of = self._parcel_of
        for number, reply in self._decoder.decode(payload):
            parcel = parcel_of.pop(number, None)
            if parcel is not None:
                parcel.unanswered -= 1
                if not parcel.unanswered:
                    self._close_parcel(parcel)
                parcel.on_reply(number - parcel.first, reply, parcel.times_sent)
        if self._queue:
            self._flush()

    def _close_parcel(self, parcel: _Parcel) -> None:
        del self._open[parcel]
        left = self._under_way.get(parcel.batch, 0) - 1
        if left > 0:
            self._under_way[parcel.batch] = left
        else:
            self._under_way.pop(parcel.batch, None)
            self._sent_at.pop(parcel.batch, None)

    def _let_slow_batches_be(self, now: float) -> None:
        for batch in [batch for batch, sent_at in self._sent_at.items() if now - sent_at > SLOW_BATCH_S]:
            self._under_way.pop(batch, None)
            del self._sent_at[batch]

    # ── doubt ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def sweep(self) -> None:
        """Give up what is past its deadline, and look into a silence. Called every `SWEEP_S`."""
        if not self._open:
            return
        now = self._time()
        for parcel in [parcel for parcel in self._open if parcel.deadline <= now]:
            self._give_up(parcel)
        self._queue = [parcel for parcel in self._queue if parcel.unanswered]
        self._let_slow_batches_be(now)
        waiting = set(self._queue)
        self._queue += [
            parcel for parcel in self._open if parcel.times_sent and now - parcel.sent_at > RESEND_S and parcel not in waiting
        ]
        if self._queue and self._line is not None:
            self._flush()
        if self._open and (self._line is None or now - self._last_heard > DOUBT_S):
            self._look()

    def _give_up(self, parcel: _Parcel) -> None:
        """Its messages without an answer get none."""
        self._close_parcel(parcel)
        parcel.unanswered = 0
        for number in parcel.numbers():
            if self._parcel_of.pop(number, None) is not None:
                parcel.on_reply(number - parcel.first, None, parcel.times_sent)

    def _look(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.get_running_loop().create_task(self._find())

    async def _find(self) -> None:
        """Ask where the owner is; when it has moved, send everything again."""
        endpoint = await self._directory.resolve(self._owner)
        if endpoint is None:
            return
        if endpoint == self._endpoint and self._line is not None:
            return
        if self._line is not None:
            self._line.close()
        self._line = self._dialler.dial(self._owner, endpoint, self._receive)
        self._endpoint = endpoint
        self._last_heard = self._time()
        self._under_way.clear()
        self._sent_at.clear()
        self._queue = list(self._open)
        self._flush()

    def close(self) -> None:
        """Hang up; what is pending is given up."""
        if self._looking is not None:
            self._looking.cancel()
        if self._line is not None:
            self._line.close()
            self._line = None
        for parcel in list(self._open):
            self._give_up(parcel)
