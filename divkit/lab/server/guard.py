"""Who may speak to the server: Host and Origin of requests, headers of answers."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from divkit.lab.server.settings import Settings

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}


class Guard:
    """ASGI middleware that refuses strange hosts and origins, and sets headers."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        match scope["type"]:
            case "http" | "websocket":
                why = self.refusal(scope)
                if why is None:
                    await self._app(scope, receive, _with_headers(send))
                else:
                    await _refused(scope, receive, send, why)
            case _:
                await self._app(scope, receive, send)

    def refusal(self, scope: Scope) -> str | None:
        """Return why a request is refused: a Host that is not the server's, or another Origin."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or not self._own(host):
            return "the Host of this request is not this server's."
        origin = headers.get("origin")
        match scope["type"]:
            case "websocket" if origin is None:
                return "a page's connection names its Origin; this one does not."
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            return "the Origin of this request is another page."
        return None

    def _own(self, host: str) -> bool:
        """Whether a Host header names this server."""
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return name is not None and self._settings.answers_to(name)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                made = [(k.encode(), v.encode()) for k, v in HEADERS.items()]
                message["headers"] = [*message.get("headers", ()), *made]
        await send(message)

    return sending


async def _refused(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    """Answer 403; a connection is refused before it is one."""
    match scope["type"]:
        case "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": why})
        case _:
            plain = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": plain})
            await send({"type": "http.response.body", "body": why.encode()})
