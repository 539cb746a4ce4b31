"""Whose fault an error is: a check of divkit's that speaks to the user, or anything else.

A check speaks by a `raise` statement in divkit's own code. So the innermost frame of the traceback
is a module of divkit and stands at that statement. Where Python or a library raised (`int(text)`,
`json.loads`, a call with wrong arguments, an array that does not fit), the innermost frame is
theirs, or ours at another instruction: nobody foresaw it, and it is a fault of the program.
Tracebacks end at the walls of a process: there an error is judged before it is sent, and carries
the judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from opcode import opmap
from types import CodeType, TracebackType

_RAISE = opmap["RAISE_VARARGS"]
_JUDGED = "divkit_judged"
_PACKAGE = __name__.partition(".")[0]


class SetupError(RuntimeError):
    """A fault of another machine or of its settings; the message says what to do there.

    >>> is_advice(SetupError("install the same code on both"))
    True
    """


@contextmanager
def naming(argument: str) -> Iterator[None]:
    """Let the message of a ValueError or TypeError from within begin with the argument's name."""
    try:
        yield
    except (ValueError, TypeError) as error:
        first, *rest = error.args or ("",)
        if isinstance(first, str) and not first.startswith(argument):
            error.args = (f"{argument}: {first}", *rest)
        raise


def is_advice(error: BaseException) -> bool:
    """Whether an error tells the user what to do otherwise.

    True for a ValueError or TypeError that a `raise` statement of divkit's raised, for what the
    operating system says of files (an OSError with its number), and for a `SetupError`. An error
    of another process is what `judged` said of it there.
    """
    if isinstance(error, SetupError):
        return True
    told = vars(error).get(_JUDGED)
    if isinstance(told, bool):
        return told
    if isinstance(error, OSError) and error.errno is not None:
        return True
    return isinstance(error, ValueError | TypeError | OSError) and raised_by_divkit(error)


def judged(error: Exception) -> Exception:
    """Return an error that says elsewhere, without its traceback, whether it is advice."""
    vars(error)[_JUDGED] = is_advice(error)
    return error


def raised_by_divkit(error: BaseException) -> bool:
    """Whether the error began at a `raise` statement in a module of divkit."""
    last = _innermost(error.__traceback__)
    if last is None:
        return False
    frame = last.tb_frame
    name = str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] == _PACKAGE and _raises(frame.f_code, last.tb_lasti)


def _innermost(at: TracebackType | None) -> TracebackType | None:
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at


def _raises(code: CodeType, instruction: int) -> bool:
    return 0 <= instruction < len(code.co_code) and code.co_code[instruction] == _RAISE
