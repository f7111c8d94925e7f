"""Two ways to run the script: one call per order on a pooled connection, or orders that wait together in one pipeline."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import redis.asyncio as aioredis
from redis.exceptions import NoScriptError

TEXT: Final = Path(__file__).with_name("reserve.lua").read_text()
SHA: Final = hashlib.sha1(TEXT.encode()).hexdigest()
KEYS: Final = 3

Arguments = Sequence[str | bytes | int]


class OneByOne:
    """Each order takes a connection of the pool; Redis shares an fsync among the connections of an event loop turn."""

    def __init__(self, client: aioredis.Redis) -> None:
        self.client = client

    async def run(self, arguments: Arguments) -> Any:
        try:
            return await self.client.execute_command("EVALSHA", SHA, KEYS, *arguments)
        except NoScriptError:  # Redis was restarted: nothing was done
            return await self.client.execute_command("EVAL", TEXT, KEYS, *arguments)


class Pipelined:
    """Orders that arrive while a pipeline is on its way share the next one: one write, one fsync, one read."""

    def __init__(self, client: aioredis.Redis) -> None:
        self.client = client
        self.waiting: list[tuple[Arguments, asyncio.Future[Any]]] = []
        self.sender: asyncio.Task[None] | None = None

    async def run(self, arguments: Arguments) -> Any:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append((arguments, answer))
        if self.sender is None:
            self.sender = asyncio.create_task(self.send())
        return await answer

    async def send(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting, []
            try:
                answers = await self.call([arguments for arguments, _ in batch])
            except Exception as error:
                answers = [error] * len(batch)
            for (_, waiter), answer in zip(batch, answers, strict=True):
                if waiter.done():
                    continue
                if isinstance(answer, Exception):
                    waiter.set_exception(answer)
                else:
                    waiter.set_result(answer)
        self.sender = None

    async def call(self, batch: list[Arguments]) -> list[Any]:
        answers = await self.pipeline(batch)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            await self.client.script_load(TEXT)
            return await self.pipeline(batch)  # idempotent by order id
        return answers

    async def pipeline(self, batch: list[Arguments]) -> list[Any]:
        pipeline = self.client.pipeline(transaction=False)
        for arguments in batch:
            pipeline.execute_command("EVALSHA", SHA, KEYS, *arguments)
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers
