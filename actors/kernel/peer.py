"""One owner as seen by one sender: numbers messages, batches them, sends them again on doubt, gives up at a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec

from actors.kernel.messages import Message, OwnerName
from actors.kernel.transport.port import Dialler, Directory, Endpoint, Line

BATCHES_IN_FLIGHT: Final = 2
"""Requests on their way to one owner. With one, sender and owner wait for each other; more only make batches smaller."""
LARGEST_BATCH: Final = 2_000
SLOW_BATCH_S: Final = 0.1
"""A request that is answered this slowly (a saga waits for another shard) no longer holds others up."""
DOUBT_S: Final = 0.4
"""No answer for so long: ask the directory whether the owner has moved."""
RESEND_S: Final = 2.0
"""A message without an answer for so long may be lost, even while others are answered: send it again."""
SWEEP_S: Final = 0.1

OnReply = Callable[[Message | None, int], None]

_encoder = msgspec.msgpack.Encoder()


class _Pending:
    """A message that has no answer yet."""

    __slots__ = ("batch", "deadline", "message", "on_reply", "sent_at", "times_sent")

    def __init__(self, message: Message, on_reply: OnReply, deadline: float) -> None:
        self.message = message
        self.on_reply = on_reply
        self.deadline = deadline
        self.batch = 0
        self.sent_at = 0.0
        self.times_sent = 0


class Peer:
    """A sender's view of an owner. Everything happens in one event loop, without a task per message."""

    def __init__(self, owner: OwnerName, directory: Directory, dialler: Dialler, reply_types: Any) -> None:
        self._owner = owner
        self._directory = directory
        self._dialler = dialler
        self._decoder: msgspec.msgpack.Decoder[list[tuple[int, Message]]] = msgspec.msgpack.Decoder(
            list[tuple[int, reply_types]]
        )
        self._pending: dict[int, _Pending] = {}
        self._queue: list[int] = []
        self._unanswered: dict[int, int] = {}
        self._sent_at: dict[int, float] = {}
        self._next_seq = 0
        self._next_batch = 0
        self._flush_scheduled = False
        self._line: Line | None = None
        self._endpoint: Endpoint | None = None
        self._last_heard = 0.0
        self._looking: asyncio.Task[None] | None = None

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()

    def post(self, message: Message, on_reply: OnReply, deadline: float) -> None:
        """Send a message; `deadline` is on the loop's clock."""
        self._next_seq += 1
        self._pending[self._next_seq] = _Pending(message, on_reply, deadline)
        self._queue.append(self._next_seq)
        if not self._flush_scheduled:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """Send what has gathered, unless enough is on its way: then it gathers on, and leaves with the next answer."""
        self._flush_scheduled = False
        if self._line is None:
            self._look()
            return
        while self._queue and len(self._unanswered) < BATCHES_IN_FLIGHT:
            seqs, self._queue = self._queue[:LARGEST_BATCH], self._queue[LARGEST_BATCH:]
            if not self._unanswered:
                self._last_heard = self._time()
            self._send(seqs)

    def _send(self, seqs: list[int]) -> None:
        assert self._line is not None
        self._next_batch += 1
        request = []
        now = self._time()
        for seq in seqs:
            pending = self._pending.get(seq)
            if pending is not None:
                pending.batch = self._next_batch
                pending.sent_at = now
                pending.times_sent += 1
                request.append((seq, pending.message))
        if request:
            self._unanswered[self._next_batch] = len(request)
            self._sent_at[self._next_batch] = now
            self._line.send(_encoder.encode(request))

    def _receive(self, payload: bytes) -> None:
        self._last_heard = self._time()
        for seq, reply in self._decoder.decode(payload):
            pending = self._pending.pop(seq, None)
            if pending is not None:
                self._count_off(pending.batch)
                pending.on_reply(reply, pending.times_sent)
        if self._queue:
            self._flush()

    def _count_off(self, batch: int) -> None:
        left = self._unanswered.get(batch, 0) - 1
        if left > 0:
            self._unanswered[batch] = left
        else:
            self._unanswered.pop(batch, None)
            self._sent_at.pop(batch, None)

    def _let_slow_batches_be(self, now: float) -> None:
        for batch in [batch for batch, sent_at in self._sent_at.items() if now - sent_at > SLOW_BATCH_S]:
            self._unanswered.pop(batch, None)
            del self._sent_at[batch]

    # ── doubt ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def sweep(self) -> None:
        """Give up what is past its deadline, and look into a silence. Called every `SWEEP_S`."""
        if not self._pending:
            return
        now = self._time()
        late = [seq for seq, pending in self._pending.items() if pending.deadline <= now]
        for seq in late:
            pending = self._pending.pop(seq)
            self._count_off(pending.batch)
            pending.on_reply(None, pending.times_sent)
        if late:
            gone = set(late)
            self._queue = [seq for seq in self._queue if seq not in gone]
        self._let_slow_batches_be(now)
        waiting = set(self._queue)
        self._queue += [
            seq
            for seq, pending in self._pending.items()
            if pending.times_sent and now - pending.sent_at > RESEND_S and seq not in waiting
        ]
        if self._queue and self._line is not None:
            self._flush()
        if self._pending and (self._line is None or now - self._last_heard > DOUBT_S):
            self._look()

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
        self._unanswered.clear()
        self._sent_at.clear()
        self._queue = list(self._pending)
        self._flush()

    def close(self) -> None:
        """Hang up; what is pending is given up."""
        if self._looking is not None:
            self._looking.cancel()
        if self._line is not None:
            self._line.close()
            self._line = None
        for pending in list(self._pending.values()):
            pending.on_reply(None, pending.times_sent)
        self._pending.clear()
