"""A session on the server's side: its process, and the page that it belongs to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from divkit.lab.protocol.words import Message, written
from divkit.lab.server.child import Child
from divkit.lab.worker.wire import TEXT

_GONE = (WebSocketDisconnect, RuntimeError)
"""Exceptions that sending raises where the page has just left."""


@dataclass(eq=False)
class Visitor:
    """A session: who has its name, and the server's token, has it.

    Attributes
    ----------
    child : its process.
    page : the connection of the page; None while none is there.
    heard : when it last said more than that a frame came.
    left : when its page left.
    """

    child: Child
    name: str = field(default_factory=lambda: token_urlsafe(16))
    page: WebSocket | None = None
    heard: float = field(default_factory=time.monotonic)
    left: float | None = None
    paused: bool = False
    told: float | None = None

    def hears(self, message: Message) -> None:
        """Pass a message of the page on."""
        match message["type"]:
            case "ack":
                pass
            case _:
                self.heard = time.monotonic()
                self.wake()
        self.child.say(message)

    def wake(self) -> None:
        """Go on after a pause."""
        if self.paused:
            self.paused = False
            self.child.say({"type": "resume"})

    def pause(self) -> None:
        """Stop what plays."""
        if not self.paused:
            self.paused = True
            self.child.say({"type": "pause"})

    def share(self, share: float) -> None:
        """Tell the process how much of a core it may take."""
        if share != self.told:
            self.told = share
            self.child.say({"type": "share", "share": share, "frames": 20.0})

    async def attach(self, page: WebSocket) -> None:
        """Belong to a page; one that was there before is closed."""
        before, self.page, self.left = self.page, page, None
        self.heard, self.paused = time.monotonic(), False
        if before is not None:
            await closed(before, "this session is open in another page.")
        self.child.say({"type": "resume"})

    def detach(self, page: WebSocket) -> None:
        """Wait for the page to come back; what plays stops."""
        if self.page is page:
            self.page, self.left = None, time.monotonic()
            self.pause()

    async def pump(self) -> None:
        """Pass on what the process sends, at the page's own speed, until the process ends.

        While no page is there it is dropped: a page that comes back is told anew.
        """
        async for kind, raw in self.child.said():
            page = self.page
            if page is not None:
                try:
                    if kind == TEXT:
                        await page.send_text(raw.decode())
                    else:
                        await page.send_bytes(raw)
                except _GONE:
                    self.detach(page)

    async def end(self, why: str, *, again: bool = False) -> None:
        """End the process, and say why; `again` if the page may begin anew by itself."""
        self.child.kill()
        page, self.page = self.page, None
        if page is not None:
            await closed(page, why, again=again)
        await asyncio.to_thread(self.child.reap)


async def say(page: WebSocket, **message: Any) -> None:
    """Send a message to a page that may have left."""
    try:
        await page.send_text(written(message))
    except _GONE:
        return


async def closed(page: WebSocket, why: str, *, again: bool = False) -> None:
    """Say why a session ends, and close."""
    await say(page, type="ended", why=why, again=again)
    await shut(page, 1000)


async def refused(page: WebSocket, why: str, **more: str) -> None:
    """Say why a page is not served, and close."""
    await say(page, type="refused", why=why, **more)
    await shut(page, 1008)


async def shut(page: WebSocket, code: int) -> None:
    """Close the connection to a page that may have left."""
    try:
        await page.close(code)
    except _GONE:
        return
