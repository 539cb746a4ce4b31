"""Exit status of every verb: advice is one line and status 2, Ctrl-C 130, a fault of ours 70."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from divkit.faults import is_advice

P = ParamSpec("P")

FAILED, USAGE, CRASHED, INTERRUPTED, CUT_OFF = 1, 2, 70, 130, 141


def guarded(verb: Callable[P, None]) -> Callable[P, None]:
    """Give a verb's errors their status.

    What one of divkit's checks raised, or the system said of a file, is advice: one line on
    stderr, status 2. Any other exception is a fault of divkit's: its traceback, status 70.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            verb(*args, **kwargs)
        except KeyboardInterrupt:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # the reader of stdout left, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(CUT_OFF) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            raise typer.Exit(_said(error)) from None

    return run


def _said(error: Exception) -> int:
    """Print an error; return its status."""
    if is_advice(error):
        typer.echo(f"Error: {_advice(error)}", err=True)
        return USAGE
    traceback.print_exception(error)
    typer.echo(
        f"divkit failed ({type(error).__name__}). This is a fault of divkit, not of what you "
        "typed. Please report it, with the command and the lines above.",
        err=True,
    )
    return CRASHED


def _advice(error: Exception) -> str:
    """An error in words; what the system says of a file without its number."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    return str(error)


def words(text: str) -> list[str]:
    """Split "js, kl" at commas that stand outside brackets.

    >>> words("js, renyi(0.5)")
    ['js', 'renyi(0.5)']
    """
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]
