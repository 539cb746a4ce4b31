"""The words of the command line while a verb runs, for messages that name what was typed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_TYPED: ContextVar[tuple[str, ...]] = ContextVar("typed", default=())


@contextmanager
def typing(command: str, words: Sequence[str]) -> Iterator[None]:
    """Keep the words of a command, its own name first, as in "divkit compare"."""
    token = _TYPED.set((*command.split(), *words))
    try:
        yield
    finally:
        _TYPED.reset(token)


def typed_words() -> tuple[str, ...]:
    """Return the words; none where no verb runs."""
    return _TYPED.get()


def with_flags(flags: Sequence[str]) -> str:
    """Return the command as it was typed with words behind it; those alone where none was."""
    return shlex.join([*typed_words(), *flags])
