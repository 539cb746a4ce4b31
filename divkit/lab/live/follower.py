"""One page that follows a training: a thread in the place of a visitor's process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from divkit.lab.live.hub import Hub
from divkit.lab.protocol.words import Message
from divkit.lab.worker.wire import Wire

STILL = "this training runs by itself; from here it can be watched, not moved."
STATE = {"live": True}


class Follower:
    """Tells a page of every record, and of the newest picture once the last one was seen."""

    def __init__(self, hub: Hub, end: socket.socket) -> None:
        self._hub, self._end, self._wire = hub, end, Wire(end)
        self._seq, self._seen, self._told = 0, 0, 0
        self._frame, self._shown, self._gone, self._rested = 0, True, False, False
        self._answers: dict[str, Callable[[Message], None]] = {
            "set": self._set,
            "ack": self._ack,
            "resume": self._resume,
        }

    def follow(self) -> None:
        """Go on until the page or the server is gone."""
        listener = threading.Thread(target=self._listen, daemon=True)
        listener.start()
        with self._hub.changed:
            self._hub.pages += 1
        try:
            with suppress(OSError):  # the server has closed the connection
                while self._turn():
                    pass
        finally:
            with self._hub.changed:
                self._hub.pages -= 1
            with suppress(OSError):  # the other end has shut it
                self._end.shutdown(socket.SHUT_RDWR)
            listener.join()
            self._wire.close()

    def _turn(self) -> bool:
        """Wait for what is new, and send it."""
        hub = self._hub
        with hub.changed:
            hub.changed.wait_for(self._news)
            if self._gone:
                return False
            records, self._told = hub.since(self._told), hub.told
            picture, step, version, over = hub.picture, hub.step, hub.version, hub.over
            due = picture is not None and self._shown and version > self._seen and self._seq > 0
        if due and picture is not None:
            self._seen, self._shown, self._frame = version, False, self._frame + 1
            self._wire.show(
                picture.packed(
                    frame=self._frame, seq=self._seq, step=step, screen="plane",
                    playing=not over, share=1.0, way=(), ahead=0,
                )
            )  # fmt: skip
        for at, values in records:
            self._wire.say(type="numbers", seq=self._seq, step=at, values=values, more=True)
        if over and not self._rested:
            self._rested = True
            self._wire.say(type="rest", seq=self._seq, step=step, over=True)
        return True

    def _news(self) -> bool:
        hub = self._hub
        if self._gone or self._seq == 0:
            return self._gone
        fresh = hub.version > self._seen and self._shown
        return fresh or hub.told > self._told or (hub.over and not self._rested)

    def _listen(self) -> None:
        with suppress(OSError, ValueError):  # the connection is closed under the reader
            for message in self._wire.messages():
                self._answers.get(message["type"], self._other)(message)
        with self._hub.changed:
            self._gone = True
            self._hub.changed.notify_all()

    def _set(self, message: Message) -> None:
        """Tell a page that begins all records again."""
        self._tell(message["seq"])

    def _resume(self, message: Message) -> None:
        """Tell a page that comes back the same."""
        if self._seq:
            self._tell(self._seq)

    def _tell(self, seq: int) -> None:
        self._wire.say(type="state", seq=seq, screen="plane", state=STATE)
        with self._hub.changed:
            self._seq, self._seen, self._told, self._rested = seq, 0, 0, False
            self._shown = True
            self._hub.changed.notify_all()

    def _ack(self, message: Message) -> None:
        with self._hub.changed:
            self._shown = message["frame"] >= self._frame
            self._hub.changed.notify_all()

    def _other(self, message: Message) -> None:
        if message["type"] in MOVES:
            self._wire.say(type="refused", seq=self._seq, why=STILL)


MOVES = frozenset({"play", "step", "ask", "export"})


class Threads:
    """A context of "processes" that are threads of the training's own process."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def Process(self, *, target: Any, args: tuple[socket.socket], daemon: bool) -> Any:  # noqa: N802 (the name of multiprocessing)
        """A thread that follows the training over a copy of this socket."""
        return Following(Follower(self._hub, args[0].dup()))


class Following(threading.Thread):
    """A follower's thread, with what the server asks of a process."""

    def __init__(self, follower: Follower) -> None:
        super().__init__(target=follower.follow, daemon=True)

    def kill(self) -> None:
        """Nothing more: the server has closed the socket, at which the thread ends."""
