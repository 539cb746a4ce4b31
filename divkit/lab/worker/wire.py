"""The two ends of the socket between the server and a visitor's process.

to the process:   u32 length │ JSON
to the server:    u32 length │ one byte, "t" or "b" │ JSON, or a frame
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from divkit.lab.protocol.words import Message, written

TEXT, BINARY = b"t", b"b"
LENGTH = struct.Struct("<I")


def wrapped(message: Mapping[str, Any]) -> bytes:
    """Return a message to the process."""
    raw = written(message).encode()
    return LENGTH.pack(len(raw)) + raw


class Wire:
    """The process's end."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._reading = end.makefile("rb")

    def messages(self) -> Iterator[Message]:
        """Yield what comes until the server is gone."""
        while True:
            head = self._reading.read(LENGTH.size)
            if len(head) < LENGTH.size:
                return
            raw = self._reading.read(*LENGTH.unpack(head))
            yield json.loads(raw)

    def close(self) -> None:
        """Close the socket."""
        self._reading.close()
        self._end.close()

    def say(self, **message: Any) -> None:
        """Send a message."""
        self._send(TEXT, written(message).encode())

    def show(self, frame: bytes) -> None:
        """Send a frame."""
        self._send(BINARY, frame)

    def _send(self, kind: bytes, raw: bytes) -> None:
        self._end.sendall(LENGTH.pack(len(raw)) + kind + raw)
