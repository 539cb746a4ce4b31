"""The start of a visitor's process, and its end: with its server, or when it is told."""

from __future__ import annotations

import os
import signal
import socket
import threading

from divkit.lab.worker.inbox import Inbox
from divkit.lab.worker.limits import Jobs, confine
from divkit.lab.worker.wire import Wire
from divkit.lazy import deferred

session = deferred("divkit.lab.worker.session")
torch = deferred("torch")

PRELOADED = ("divkit.lab.worker.preload",)
"""Modules that the processes are forked with."""


def work(end: socket.socket) -> None:
    """Serve one visitor over this socket until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's
    confine()
    torch.set_num_threads(1)
    wire, inbox = Wire(end), Inbox(arrived=lambda: jobs.supersede())
    jobs = Jobs(inbox.moved)
    threading.Thread(target=_listen, args=(wire, inbox), daemon=True).start()
    visitor = session.Session(wire, inbox, jobs)
    while True:
        visitor.turn()


def _listen(wire: Wire, inbox: Inbox) -> None:
    """Fill the inbox; where the server is gone, end at once, whatever is being calculated."""
    try:
        for message in wire.messages():
            inbox.put(message)
    finally:
        os._exit(0)
