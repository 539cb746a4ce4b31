"""A visitor's process as the server holds it: never waited for, killed in one call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

from divkit.lab.worker.process import work
from divkit.lab.worker.wire import LENGTH, wrapped

_MOST_WAITING = 2**16
"""Bytes that wait for a process that does not read; beyond, it is taken for dead."""


class Child:
    """A process and the socket to it; made by `started`."""

    def __init__(
        self, process: BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self._reader, self._writer = reader, writer

    def say(self, message: Mapping[str, Any]) -> None:
        """Send a message; it waits in this process if the other is busy."""
        transport = self._writer.transport
        if transport.get_write_buffer_size() > _MOST_WAITING:
            self.kill()
        elif not transport.is_closing():
            self._writer.write(wrapped(message))

    async def said(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """Yield what the process sends, kind and content, until it ends."""
        while True:
            try:
                (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                kind = await self._reader.readexactly(1)
                yield kind, await self._reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return

    def kill(self) -> None:
        """End the process at once."""
        self._writer.close()
        self.process.kill()

    def reap(self) -> None:
        """Collect what is left of a process that was killed."""
        self.process.join(1.0)


async def started(context: BaseContext) -> Child:
    """Return a new process, forked from the one that has divkit imported."""
    ours, theirs = socket.socketpair()
    process = context.Process(target=work, args=(theirs,), daemon=True)  # type: ignore[attr-defined]
    try:
        await asyncio.to_thread(process.start)
    finally:
        theirs.close()
    return Child(process, *await asyncio.open_connection(sock=ours))
