"""Connections before their hello: few at a time, none for long, and slow after wrong tokens.

A connection waits here from its first byte to its request, and from its acceptance to its hello.
Where there are too many the oldest of the fullest address goes: who comes to stay has room.
"""

from __future__ import annotations

import ipaddress
import resource
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FREE, FORGOTTEN = 5, 60.0
"""Wrong tokens of an address that cost nothing, and the seconds for which each counts."""
PAUSE = 1.0
"""Seconds between two answers to wrong tokens of an address that has said more of them."""
MOST_PAUSE = 10.0
"""Seconds that such an answer waits at most, however many wait before it."""
_MOST = 384
_KNOWN = 1000
"""Addresses of which wrong tokens are counted."""


class Waiting:
    """The place of one connection that waits."""

    def __init__(self, home: str, close: Callable[[], object]) -> None:
        self.home, self.close = home, close


class Porch:
    """The places, a third of them at most for one address.

    Parameters
    ----------
    most : of places; a quarter of the files that this process may open, if none is given.
    """

    def __init__(self, most: int | None = None) -> None:
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = min(_MOST, max(12, files // 4)) if most is None else most
        self._each = max(1, self._most // 3)
        self._places: dict[Waiting, None] = {}  # the oldest first
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, home: str, close: Callable[[], object]) -> Waiting:
        """Take a place; another's connection may be closed for it."""
        if self._of[home] >= self._each:
            self._turn_out(home)
        elif len(self._places) >= self._most:
            self._turn_out(self._of.most_common(1)[0][0])
        place = Waiting(home, close)
        self._places[place] = None
        self._of[home] += 1
        return place

    def leave(self, place: Waiting) -> None:
        """Give a place up; one that was taken away already is none."""
        if place in self._places:
            del self._places[place]
            self._of[place.home] -= 1
            if not self._of[place.home]:
                del self._of[place.home]

    @contextmanager
    def waiting(self, home: str, close: Callable[[], object]) -> Iterator[None]:
        """Hold a place while what is inside waits."""
        place = self.enter(home, close)
        try:
            yield
        finally:
            self.leave(place)

    def _turn_out(self, home: str) -> None:
        oldest = next(place for place in self._places if place.home == home)
        self.leave(oldest)
        oldest.close()


class Tries:
    """Wrong tokens by address: after `FREE` in a minute the next ones are answered one by one.

    The right token is never asked to wait: whoever says wrong ones behind the address of others (a
    router, a proxy, this machine) shuts nobody out.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def wrong(self, home: str) -> Iterator[float]:
        """Note a wrong token, and yield the seconds that its answer waits.

        The turn is given back at the end, also where the other end has left before.
        """
        free = self._is_free(home)
        self._note(home)
        if free:
            yield 0.0
            return
        self._waiting[home] += 1
        try:
            yield min(PAUSE * self._waiting[home], MOST_PAUSE)
        finally:
            self._waiting[home] -= 1
            if not self._waiting[home]:
                del self._waiting[home]

    def _is_free(self, home: str) -> bool:
        said = self._wrong.get(home)
        return said is None or len(said) < FREE or self._clock() - said[0] > FORGOTTEN

    def _note(self, home: str) -> None:
        """Note a wrong token; of more than a thousand addresses the first ones are forgotten."""
        self._wrong.setdefault(home, deque(maxlen=FREE)).append(self._clock())
        if len(self._wrong) > _KNOWN:
            del self._wrong[next(iter(self._wrong))]


def home_of(address: str) -> str:
    """Return what counts as one address: of version 6 the network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))
