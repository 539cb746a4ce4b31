"""Processor seconds and memory of an estimate, its children's with it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""Order to the kernel: begin the highest memory anew (proc(5))."""
_KILOBYTE = 1024


def measured(work: Callable[[], T]) -> tuple[T, float, int | None]:
    """Return what `work` returns, its processor seconds, and the bytes that it took at most.

    The bytes are those of this process beyond what it held before; None where the system has no
    /proc.
    """
    before, began = _begun(), _seconds()
    made = work()
    seconds, most = _seconds() - began, _status("VmHWM")
    return made, seconds, None if before is None or most is None else most - before


def _seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _begun() -> int | None:
    """The bytes that are held, with the highest count begun anew."""
    if not os.access(_CLEAR, os.W_OK):
        return None
    _CLEAR.write_text(_RESET_PEAK)
    return _status("VmRSS")


def _status(name: str) -> int | None:
    if not _STATUS.exists():
        return None
    lines = _STATUS.read_text().splitlines()
    found = next((line for line in lines if line.startswith(name)), None)
    return None if found is None else int(found.split()[1]) * _KILOBYTE
