"""Messages that wait for the process: of `set` and `ask` only the newest counts.

A newer `set` replaces the fields that it names and leaves those of one that waits; one that names
a screen begins anew, and one that has turns to take is not joined. A `set` withdraws an `ask` of
the state before.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from divkit.lab.protocol.words import Message

_MOVING = frozenset({"set", "step", "play"})
LIGHT = frozenset({"ack", "share", "pause"})
"""Messages that take no processor time to answer."""
_MOST = 1000
"""Of messages that wait; the server's limit on their rate keeps far below."""


class Inbox:
    """A queue that one thread fills and another empties.

    Parameters
    ----------
    arrived : called, outside the lock, when a message that moves the state has come.
    """

    def __init__(self, arrived: Callable[[], None] = lambda: None) -> None:
        self._arrived = arrived
        self._ready = threading.Condition()
        self._waiting: deque[Message] = deque(maxlen=_MOST)

    def put(self, message: Message) -> None:
        """Add a message in the place of those that it replaces."""
        with self._ready:
            match message["type"]:
                case "set":
                    message = self._joined(message)
                case "ask":
                    self._drop("ask")
            self._waiting.append(message)
            self._ready.notify()
        if message["type"] in _MOVING:
            self._arrived()

    def moved(self) -> bool:
        """Whether a message that moves the state waits."""
        with self._ready:
            return any(each["type"] in _MOVING for each in self._waiting)

    def _joined(self, message: Message) -> Message:
        """A `set` with the fields of the one that waits, if it is of the same screen."""
        self._drop("ask")
        begins = bool(message.get("screen"))
        waiting = self._drop("set", lambda each: begins or not each.get("turns"))
        while begins and self._drop("set") is not None:
            pass
        if waiting is None or begins:
            return message
        return {**waiting, **message, "patch": {**waiting["patch"], **message["patch"]}}

    def _drop(
        self, kind: str, which: Callable[[Message], bool] = lambda each: True
    ) -> Message | None:
        mine = (each for each in self._waiting if each["type"] == kind and which(each))
        found = next(mine, None)
        if found is not None:
            self._waiting.remove(found)
        return found

    def take(self, wait: float | None, *, light: bool = False) -> Message | None:
        """Return the next message, of the `light` ones where these alone may be answered; None if
        none comes within `wait` seconds (None: for ever).
        """

        def first() -> Message | None:
            return next((m for m in self._waiting if not light or m["type"] in LIGHT), None)

        with self._ready:
            self._ready.wait_for(lambda: first() is not None, wait)
            found = first()
            if found is not None:
                self._waiting.remove(found)
            return found
