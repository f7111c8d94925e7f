"""A TCP proxy that loses exactly one answer: the request goes through, its answer does not, the connection breaks."""

from __future__ import annotations

import asyncio
import threading


class LossyProxy:
    """Stands between a client and a server on this machine; runs in a thread of its own."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._lose: bytes | None = None
        self._open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self.lost = 0
        self.port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(5)

    def lose_next_answer(self, containing: bytes) -> None:
        """Lose the answer to the next request that contains these bytes."""
        self._lose = containing

    def cut(self) -> None:
        """Break every connection and take no new ones."""
        self._open = False
        self._loop.call_soon_threadsafe(self._break_all)

    def restore(self) -> None:
        """Take connections again."""
        self._open = True

    def stop(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._break_all)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _break_all(self) -> None:
        for writer in tuple(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._break_all()
        self._loop.run_until_complete(asyncio.sleep(0.01))  # transports close a moment after they were told to
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        both = (writer, server_writer)
        self._writers.update(both)
        losing = asyncio.Event()
        await asyncio.gather(
            self._forward(reader, server_writer, losing, watch=True), self._forward(server_reader, writer, losing, watch=False)
        )
        for one in both:
            one.transport.abort()
        self._writers.difference_update(both)

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event, *, watch: bool
    ) -> None:
        try:
            while data := await reader.read(1 << 16):
                if watch and self._lose is not None and self._lose in data:
                    self._lose = None
                    losing.set()
                if not watch and losing.is_set():
                    self.lost += 1
                    break
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.transport.abort()
