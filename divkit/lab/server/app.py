"""The web application: the page's files, and one connection a page."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from multiprocessing.context import BaseContext
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from divkit.lab.protocol.words import PROTOCOL, Message, RefusedError, read
from divkit.lab.server.guard import Guard
from divkit.lab.server.porch import Porch, Tries, home_of
from divkit.lab.server.rate import Bucket
from divkit.lab.server.settings import HELLO_SECONDS, RATE, Settings
from divkit.lab.server.visitor import Visitor, refused, say
from divkit.lab.server.visitors import Visitors

STATIC = Path(__file__).parents[1] / "static"


def app(
    settings: Settings,
    context: BaseContext,
    ready: Callable[[], object],
    porch: Porch | None = None,
) -> Starlette:
    """Return the application; `ready` is called once it is about to take connections.

    Connections that have not said hello wait on the `porch`: that of the server, where it has one.
    """
    visitors = Visitors(settings, context)
    door = Door(settings, visitors, Porch() if porch is None else porch)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        watch = asyncio.create_task(visitors.watch())
        ready()
        try:
            yield
        finally:
            watch.cancel()
            await visitors.end()

    made = Starlette(
        routes=[
            WebSocketRoute("/session", door.open),
            Mount("/", StaticFiles(directory=STATIC, html=True)),
        ],
        middleware=[Middleware(Guard, settings=settings), Middleware(GZipMiddleware)],
        lifespan=life,
    )
    made.state.visitors = visitors
    return made


class StrangerError(RefusedError):
    """A page that does not know the token."""


class LateError(RefusedError):
    """A page whose hello did not come soon; it may try again by itself."""


_OF = {StrangerError: "token", LateError: "late"}


class Door:
    """The end of a page's connection: it lets in who knows the token, and passes on."""

    def __init__(self, settings: Settings, visitors: Visitors, porch: Porch) -> None:
        self._settings, self._visitors = settings, visitors
        self._porch, self._tries = porch, Tries()

    async def open(self, page: WebSocket) -> None:
        """Serve a page until it leaves."""
        if PROTOCOL not in page.scope.get("subprotocols", ()):
            await page.close(1002, f"this server speaks {PROTOCOL}.")
            return
        await page.accept(PROTOCOL)
        with suppress(WebSocketDisconnect):
            try:
                visitor = await self._welcomed(page)
            except RefusedError as refusal:
                await refused(page, str(refusal), of=_OF.get(type(refusal), "hello"))
                return
            await self._served(page, visitor)

    async def _welcomed(self, page: WebSocket) -> Visitor:
        """The session of a page that said hello and knows the token."""
        home = home_of(page.client.host if page.client else "")
        message = await self._hello(page, home)
        match message["type"]:
            case "hello":
                pass
            case _:
                raise RefusedError("a page says hello first.")
        token = message["token"].encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(token, self._settings.token.encode()):
            await self._made_to_wait(page, home)
            raise StrangerError(
                "the token is not this server's; open the address that it printed."
            )
        visitor = await self._visitors.found(message.get("session"))
        await say(page, type="welcome", protocol=PROTOCOL, session=visitor.name)
        await self._visitors.attach(visitor, page)
        return visitor

    async def _hello(self, page: WebSocket, home: str) -> Message:
        """The first message, if it comes soon."""
        try:
            async with asyncio.timeout(HELLO_SECONDS) as limit:
                with self._porch.waiting(home, lambda: _end(limit)):
                    message = read(await _text(page))
        except TimeoutError:
            raise LateError("a page says hello first, and soon.") from None
        return message

    async def _made_to_wait(self, page: WebSocket, home: str) -> None:
        """Let the answer to a wrong token wait, for as long as its page is there."""
        with self._tries.wrong(home) as seconds, suppress(TimeoutError):
            async with asyncio.timeout(seconds) as limit:
                with self._porch.waiting(home, lambda: _end(limit)):
                    while True:  # what else it says is not listened to; where it leaves this ends
                        await _text(page)

    async def _served(self, page: WebSocket, visitor: Visitor) -> None:
        """Pass on what the page says, within its rate."""
        bucket = Bucket(RATE)
        try:
            while True:
                text = await _text(page)
                if not bucket.take():
                    await refused(page, f"more than {RATE:g} messages a second.")
                    return
                message = await _read(page, text)
                if message is not None:
                    await _answered(page, visitor, message)
        finally:
            visitor.detach(page)
            self._visitors.shared()


async def _answered(page: WebSocket, visitor: Visitor, message: Message) -> None:
    """Pass a message on; whether the server is there is none of its process's business."""
    match message["type"]:
        case "ping":
            await say(page, type="pong")
        case _:
            visitor.hears(message)


async def _read(page: WebSocket, text: str | bytes) -> Message | None:
    """A message, or None of one that is refused: the page is told why."""
    try:
        message = read(text)
        match message["type"]:
            case "hello":
                raise RefusedError("a page says hello once.")
        return message
    except RefusedError as refusal:
        await say(page, type="refused", why=str(refusal))
        return None


def _end(limit: asyncio.Timeout) -> None:
    """Let a time be over now."""
    if not limit.expired():
        limit.reschedule(0.0)


async def _text(page: WebSocket) -> str | bytes:
    """The next message as it came."""
    event = await page.receive()
    match event["type"]:
        case "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
    text: str | None = event.get("text")
    return bytes(event["bytes"]) if text is None else text
