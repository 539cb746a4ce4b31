"""What every verb shares: errors become one line and a status, Ctrl-C becomes 130."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

P = ParamSpec("P")

FAILED, USAGE, INTERRUPTED, CUT_OFF = 1, 2, 130, 141


def guarded(verb: Callable[P, None]) -> Callable[P, None]:
    """Turn a verb's ValueError, TypeError and OSError into advice on stderr and status 2."""

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
        except (ValueError, TypeError, OSError) as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(USAGE) from None

    return run


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
