"""HTTP whose connections wait for a request with patience, but few at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from divkit.lab.server.porch import Porch, Waiting, home_of
from divkit.lab.server.settings import HELLO_SECONDS, KEEP_ALIVE_SECONDS


class Timely(H11Protocol):
    """uvicorn's protocol, whose connection waits on a porch until its request is whole."""

    def __init__(self, porch: Porch, **given: Any) -> None:
        super().__init__(**given)
        self._porch = porch
        self._place: Waiting | None = None
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._came()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Go on; with a whole head of a request the wait is over."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before or self.transport.get_protocol() is not self:
            self._came()

    def on_response_complete(self) -> None:
        """Wait for another request."""
        self._wait()
        super().on_response_complete()

    def _wait(self) -> None:
        self._came()
        home = home_of(self.client[0] if self.client else "")
        self._place = self._porch.enter(home, self._leave)
        self._late = self.loop.call_later(KEEP_ALIVE_SECONDS, self._leave)

    def _leave(self) -> None:
        """Close the connection once all is sent; at once where the other end does not take it."""
        self._came()
        self.transport.close()
        self._late = self.loop.call_later(HELLO_SECONDS, self.transport.abort)

    def _came(self) -> None:
        if self._place is not None:
            self._porch.leave(self._place)
        if self._late is not None:
            self._late.cancel()
        self._place = self._late = None
