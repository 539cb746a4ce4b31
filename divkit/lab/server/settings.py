"""The settings of a server, and the addresses by which it may be called."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, field

IDLE_SECONDS, ENDED_SECONDS, KEPT_SECONDS = 600.0, 1800.0, 60.0
HELLO_SECONDS = 10.0
"""Until a page that has connected has said its hello."""
KEEP_ALIVE_SECONDS = 75.0
"""That an HTTP connection may be idle, before its first request or after another.

Browsers open connections ahead of their use, and keep them longer than they say; what is asked for
on one that is closed meanwhile may fail for good.
"""
RATE = 200.0
"""Messages a second from one visitor."""
ANYWHERE = ("0.0.0.0", "::")
LOOPBACK = frozenset({"localhost"})


@dataclass(frozen=True)
class Settings:
    """Settings of a server.

    Attributes
    ----------
    host, port : where it listens; port 0 takes a free one.
    token : what a visitor must know.
    sessions : processes of visitors at a time.
    screen, lang : what the first page shows.
    idle, ended : seconds without a message after which a session is paused, and ended.
    kept : seconds that a session waits for a page that left.
    farewell : what pages are told when it ends.
    names : other names by which it may be called, as a proxy in front of it has.
    """

    host: str
    port: int
    token: str = field(repr=False)
    sessions: int = 8
    screen: str | None = None
    lang: str | None = None
    idle: float = IDLE_SECONDS
    ended: float = ENDED_SECONDS
    kept: float = KEPT_SECONDS
    names: tuple[str, ...] = ()
    farewell: str = "the server has stopped."

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    def url(self, port: int) -> str:
        """The address of the first page; the token stands in its fragment, which is never sent."""
        return f"http://{self._reached}:{port}/{self._fragment}"

    @property
    def outside(self) -> list[str]:
        """The addresses of the first page behind a proxy that speaks TLS, by each of `names`."""
        return [f"https://{name}/{self._fragment}" for name in self.names]

    @property
    def _fragment(self) -> str:
        more = [("screen", self.screen), ("lang", self.lang)]
        parts = [f"token={self.token}", *(f"{name}={value}" for name, value in more if value)]
        return f"#{'&'.join(parts)}"

    @property
    def _reached(self) -> str:
        if self.host in ANYWHERE:
            return socket.gethostname()
        return f"[{self.host}]" if ":" in self.host else self.host

    def answers_to(self, name: str) -> bool:
        """Whether the server may be called by this name: its own, one of loopback's or of `names`.

        A server on every address answers to the machine's name and to bare addresses: no name
        that somebody else could point at it.
        """
        if name in self.names:
            return True
        if is_loopback(name):
            return self.loopback or self.host in ANYWHERE
        if self.host in ANYWHERE:
            return _is_address(name) or name == socket.gethostname().lower()
        return name == self.host.lower()


def is_loopback(name: str) -> bool:
    """Whether a name or an address is of this machine alone."""
    return name in LOOPBACK or (_is_address(name) and ipaddress.ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
