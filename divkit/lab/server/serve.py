"""The server on a socket: it listens at once, while the process that others fork from imports."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

import uvicorn

from divkit.lab.protocol.words import MOST_BYTES
from divkit.lab.server.app import app
from divkit.lab.server.porch import Porch
from divkit.lab.server.settings import KEEP_ALIVE_SECONDS, Settings
from divkit.lab.server.timely import Timely
from divkit.lab.server.visitors import Visitors
from divkit.lab.worker.process import PRELOADED
from divkit.processes import server, warm_up

_BACKLOG = 64
_GRACE = 2
"""Seconds that connections have to close."""
_MOST_READ = 16 * MOST_BYTES
"""Bytes of a message that is read at all: longer ones close the connection."""


def serve(settings: Settings, listening: Callable[[str], object]) -> None:
    """Serve until a signal comes.

    Parameters
    ----------
    settings : of the server.
    listening : called with the address of the page, once it can be opened.

    Raises
    ------
    OSError
        If the address cannot be listened on.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of processes that are forked from now on
    warm_up(PRELOADED)
    with bound(settings) as end:
        url = settings.url(end.getsockname()[1])
        made = server_of(settings, server(PRELOADED), lambda: listening(url))
        made.run(sockets=[end])


def server_of(settings: Settings, context: Any, ready: Callable[[], object]) -> uvicorn.Server:
    """Return a server whose visitors' processes come from a context; `ready` once it listens."""
    porch = Porch()
    made = app(settings, context, ready, porch)
    config = uvicorn.Config(
        made,
        http=cast(Any, partial(Timely, porch)), proxy_headers=bool(settings.names),
        ws="websockets-sansio", ws_max_size=_MOST_READ, ws_per_message_deflate=False,
        log_level="warning", access_log=False, server_header=False, lifespan="on",
        timeout_graceful_shutdown=_GRACE, timeout_keep_alive=int(KEEP_ALIVE_SECONDS),
    )  # fmt: skip
    return Polite(config, made.state.visitors)


class Polite(uvicorn.Server):
    """A server that tells its pages why before it closes their connections."""

    def __init__(self, config: uvicorn.Config, visitors: Visitors) -> None:
        super().__init__(config)
        self._visitors = visitors

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the sessions, each with a word, and then what is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await self._visitors.end()
        await super().shutdown(sockets)


def bound(settings: Settings) -> socket.socket:
    """Return a socket that listens."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
