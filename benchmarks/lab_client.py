"""A scripted visitor of the lab, and what the kernel says of its processes."""

from __future__ import annotations

import asyncio
import json
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from divkit.lab.protocol.words import PROTOCOL

_TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 240


class Visitor:
    """One page's end of the protocol: it acknowledges every picture, and keeps what comes."""

    def __init__(self, url: str, *, acknowledges: bool = True) -> None:
        parts = urlsplit(url)
        self.host, self.token = parts.netloc, parts.fragment.partition("token=")[2].split("&")[0]
        self.acknowledges, self.session = acknowledges, ""
        self.frames: list[tuple[float, int, dict[str, Any]]] = []
        self.refused, self.ended = list[str](), list[dict[str, Any]]()
        self.numbers: dict[tuple[int, float], dict[str, Any]] = {}
        self.done = set[int]()
        self._reading: asyncio.Task[None] | None = None

    async def enter(self, token: str | None = None) -> Visitor:
        """Connect and say hello; `session` is empty where that was refused."""
        self._wire = await connect(
            f"ws://{self.host}/session", subprotocols=[PROTOCOL], origin=f"http://{self.host}",
            open_timeout=PATIENCE, max_size=None, ping_interval=None,
        )  # fmt: skip
        await self.say(type="hello", token=self.token if token is None else token)
        first = json.loads(await self._wire.recv())
        self.session = first.get("session", "")
        if not self.session:
            self.refused.append(first.get("why", str(first)))
        else:
            self._reading = asyncio.create_task(self._read())
        return self

    async def say(self, **message: Any) -> None:
        """Send a message."""
        await self._wire.send(json.dumps(message))

    async def send(self, raw: str | bytes) -> None:
        """Send anything."""
        await self._wire.send(raw)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for raw in self._wire:
                await self._take(raw)

    async def _take(self, raw: str | bytes) -> None:
        if isinstance(raw, bytes):
            (length,) = struct.unpack("<I", raw[:4])
            head = json.loads(raw[4 : 4 + length])
            self.frames.append((time.perf_counter(), len(raw), head))
            if self.acknowledges:
                await self.say(type="ack", frame=head["frame"])
            return
        message = json.loads(raw)
        match message["type"]:
            case "numbers":
                key = message["seq"], message["step"]
                self.numbers.setdefault(key, {}).update(message["values"])
                if not message["more"]:
                    self.done.add(message["seq"])
            case "refused":
                self.refused.append(message["why"])
            case "ended":
                self.ended.append(message)

    async def settled(self, seq: int) -> dict[str, Any]:
        """The numbers of a state once all have come."""
        await until(lambda: seq in self.done or bool(self.ended))
        return self.numbers.get((seq, 0), {})

    async def leave(self) -> None:
        """Close the connection."""
        await self._wire.close()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    @property
    def open(self) -> bool:
        """Whether the connection stands."""
        return self._reading is not None and not self._reading.done()


async def until(true: Any, seconds: float = PATIENCE) -> float:
    """Wait until something holds; return the seconds it took, infinite if it never did."""
    begun = time.perf_counter()
    while not true():
        if time.perf_counter() - begun > seconds:
            return float("inf")
        await asyncio.sleep(0.005)
    return time.perf_counter() - begun


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def megabytes(pid: int) -> float:
    """Memory of a process, pages that it shares counted by their part."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} has no Pss.")


def fixed_loop() -> float:
    """Processor seconds of a fixed piece of NumPy, the unit of times that can be compared."""
    import numpy as np

    x = np.random.default_rng(0).normal(size=(200, 200))
    begun = time.process_time()
    for _ in range(50):
        x = np.tanh(x @ x.T / 200)
    return time.process_time() - begun
