"""All sessions: how many there may be, how they share the cores, when they end."""

from __future__ import annotations

import asyncio
import os
import time
from multiprocessing.context import BaseContext

from starlette.websockets import WebSocket

from divkit.lab.protocol.words import RefusedError
from divkit.lab.server.child import started
from divkit.lab.server.settings import Settings
from divkit.lab.server.visitor import Visitor

_LOOK = 1.0
_KEPT_FREE = 0.1
"""Share of the cores that is left to the server."""
_MOST_CORES = 2.0
"""That one session can use: one for what plays, one for the numbers beside it."""


class Visitors:
    """The sessions of a server."""

    def __init__(self, settings: Settings, context: BaseContext) -> None:
        self._settings, self._context = settings, context
        self._all: dict[str, Visitor] = {}
        self._starting = asyncio.Lock()
        self._pumps: set[asyncio.Task[None]] = set()
        self._promised = 0

    async def found(self, name: str | None) -> Visitor:
        """Return the session of this name, or a new one.

        Raises
        ------
        RefusedError
            If there are as many as there may be, and each has a page.
        """
        if name in self._all:
            return self._all[name]
        if len(self._all) + self._promised >= self._settings.sessions:
            await self._make_room()
        self._promised += 1
        try:
            async with self._starting:
                visitor = Visitor(await started(self._context))
        finally:
            self._promised -= 1
        self._all[visitor.name] = visitor
        pump = asyncio.create_task(self._followed(visitor))
        self._pumps.add(pump)
        pump.add_done_callback(self._pumps.discard)
        return visitor

    async def _make_room(self) -> None:
        """End the session whose page left first.

        Raises
        ------
        RefusedError
            If every session has a page.
        """
        waiting = [each for each in self._all.values() if each.left is not None]
        if not waiting:
            raise RefusedError(
                f"this server serves {self._settings.sessions} sessions at a time, and all are "
                "taken. Try again later, or start it with a larger --sessions."
            )
        first = min(waiting, key=lambda each: each.left or 0.0)
        del self._all[first.name]
        await first.end("its page left.")

    async def _followed(self, visitor: Visitor) -> None:
        """Pass on what the process says; when it ends by itself, so does the session."""
        await visitor.pump()
        if self._all.pop(visitor.name, None) is not None:
            await visitor.end(
                "the process of this session has ended: it was killed, or ran out of memory.",
                again=True,
            )

    async def attach(self, visitor: Visitor, page: WebSocket) -> None:
        """Let a page have a session."""
        await visitor.attach(page)
        self.shared()

    def shared(self) -> None:
        """Share the cores out among the sessions that have a page."""
        here = [each for each in self._all.values() if each.page is not None]
        cores = (1 - _KEPT_FREE) * (os.cpu_count() or 1)
        for each in here:
            each.share(min(_MOST_CORES, cores / len(here)))

    async def watch(self) -> None:
        """Pause and end sessions that are idle or left, for as long as the server runs."""
        while True:
            await asyncio.sleep(_LOOK)
            now = time.monotonic()
            for visitor in list(self._all.values()):
                why = self._over(visitor, now)
                if why is not None:
                    del self._all[visitor.name]
                    await visitor.end(why)
            self.shared()

    def _over(self, visitor: Visitor, now: float) -> str | None:
        """Why a session is to end now."""
        settings, idle = self._settings, now - visitor.heard
        if visitor.left is not None and now - visitor.left > settings.kept:
            return "its page left."
        if idle > settings.ended:
            return f"nothing was done on this page for {settings.ended / 60:g} minutes."
        if idle > settings.idle:
            visitor.pause()
        return None

    async def end(self) -> None:
        """End every session: the server stops."""
        every = list(self._all.values())
        self._all.clear()
        for visitor in every:
            visitor.child.kill()
        await asyncio.gather(*(visitor.end(self._settings.farewell) for visitor in every))
