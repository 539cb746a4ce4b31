"""One thread for BLAS while divkit works.

Estimators and quadratures multiply many small matrices. OpenBLAS wakes its threads for each, and
they wait for one another longer than they work: on two cores an estimate from 500 rows took five
to twenty-five times the processor time, and longer by the clock as well, the more the machine had
to do besides. OpenMP's and torch's threads stay as the caller has them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_LOADERS = ("numpy.linalg", "scipy.linalg", "sklearn")
"""Modules with which libraries come that have threads."""


class _Held:
    """The number of calls under way, and the limit that the last one lifts."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls = 0
        self.controller: Any = None
        self.limit: Any = None

    def begin(self) -> None:
        with self.lock:
            self.calls += 1
            if self.calls == 1:
                self.controller = _controller(tuple(n for n in _LOADERS if n in sys.modules))
                self.limit = self.controller.limit(limits=1, user_api="blas")
                _leave_to_all(self.controller)

    def end(self) -> None:
        with self.lock:
            self.calls -= 1
            if self.calls == 0:
                self.limit.restore_original_limits()
                _leave_to_all(self.controller)


def _leave_to_all(controller: Any) -> None:
    """Let any Python thread set limits: from 3.8 on that which set one alone may lift it."""
    for library in controller.lib_controllers:
        leave = getattr(library, "clear_controlling_thread", None)
        if leave is not None:
            leave()


_held = _Held()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread; after the last of nested or concurrent uses it has its own again.

    >>> with one_blas_thread(), one_blas_thread():
    ...     threads = 1
    """
    _held.begin()
    try:
        yield
    finally:
        _held.end()


def on_one_thread(call: Callable[P, T]) -> Callable[P, T]:
    """Let a function run with one thread of BLAS."""

    @wraps(call)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with one_blas_thread():
            return call(*args, **kwargs)

    return run


@cache
def _controller(loaded: tuple[str, ...]) -> Any:
    """Return the controller of the libraries that are loaded; made anew when more are."""
    from threadpoolctl import ThreadpoolController

    del loaded
    return ThreadpoolController()
