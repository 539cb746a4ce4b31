"""A page that speaks to the application without a network, and a process that is a thread."""

from __future__ import annotations

import asyncio
import http.client
import json
import queue
import ssl
import threading
from contextlib import contextmanager, suppress

from divkit.lab.protocol.words import PROTOCOL
from divkit.lab.server.serve import bound, server_of
from divkit.lab.worker.wire import Wire

HOST = "127.0.0.1:8000"


class Echo(threading.Thread):
    """In place of a visitor's process: it sends back what it gets."""

    def __init__(self, target, args, daemon):
        super().__init__(daemon=daemon)
        self.end = args[0].dup()  # a process has its own copy of the socket
        self.killed = False

    def run(self):
        wire = Wire(self.end)
        with suppress(OSError):  # the server has left
            for message in wire.messages():
                wire.say(type="echo", of=message)
                if message.get("what") == "die":
                    break
        self.end.close()
        wire._reading.close()

    def kill(self):
        self.killed = True


class EchoContext:
    """A context of processes that are echoes."""

    def __init__(self):
        self.made = []

    def Process(self, **given):  # noqa: N802 (the name of multiprocessing)
        self.made.append(Echo(**given))
        return self.made[-1]


class Page:
    """A page's end of a connection."""

    def __init__(self, app, headers=None, subprotocols=(PROTOCOL,)):
        own = {"host": HOST, "origin": f"http://{HOST}"} | (headers or {})
        scope = {
            "type": "websocket", "path": "/session", "raw_path": b"/session", "query_string": b"",
            "scheme": "ws", "root_path": "", "http_version": "1.1",
            "subprotocols": list(subprotocols),
            "headers": [(k.encode(), v.encode()) for k, v in own.items() if v is not None],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
            "state": {}, "extensions": {},
        }  # fmt: skip
        self.to, self.back = asyncio.Queue(), asyncio.Queue()
        self.to.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(app(scope, self.to.get, self.back.put))

    async def event(self, seconds=5):
        return await asyncio.wait_for(self.back.get(), seconds)

    async def say(self, message):
        text = message if isinstance(message, str) else json.dumps(message)
        await self.to.put({"type": "websocket.receive", "text": text})

    async def hears(self):
        """The next message, or the event that ends the connection."""
        event = await self.event()
        return json.loads(event["text"]) if event["type"] == "websocket.send" else event

    async def until(self, kind):
        while True:
            message = await self.hears()
            if message["type"] in (kind, "websocket.close"):
                return message

    async def leave(self):
        await self.to.put({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, 5)


@contextmanager
def listening(settings, context):
    """A server on a socket of this machine, in a thread: its port."""
    ready = threading.Event()
    with bound(settings) as end:
        server = server_of(settings, context, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [end]}, daemon=True)
        thread.start()
        assert ready.wait(20)
        yield end.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def fetched(port, path, **headers):
    """Status, headers by name in small letters, and body as it came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={n.replace("_", "-"): v for n, v in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def connected(port):
    """A connection that reads from its socket only what is asked for, and a little more.

    What the server says unasked may fill it: then it is not kept open for a farewell.
    """
    from websockets.sync.client import connect

    host = f"127.0.0.1:{port}"
    return connect(
        f"ws://{host}/session", subprotocols=[PROTOCOL], origin=f"http://{host}", max_queue=1,
        max_size=None, close_timeout=1,
    )  # fmt: skip


@contextmanager
def tls_proxy(to, certificate):
    """A proxy that speaks TLS and passes on to a port of this machine what comes: its port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def passed(reader, writer):
        with suppress(OSError, ConnectionError):
            while part := await reader.read(2**16):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def served(reader, writer):
        there = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(passed(reader, there[1]), passed(there[0], writer))

    async def serve():
        server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=context)
        found.put((asyncio.get_running_loop(), server.sockets[0].getsockname()[1], over))
        await over.wait()
        server.close()

    found, over = queue.Queue(), asyncio.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    loop, port, over = found.get(timeout=20)
    yield port
    loop.call_soon_threadsafe(over.set)
    thread.join(20)
