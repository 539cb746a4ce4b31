"""Words that shells hand over as they are typed, and values that are handed back.

bash splits words at `:`, `=` and brackets, and replaces only the piece behind the last of these;
zsh and fish replace the whole word. Here words are put together again, `--kind=j` is answered as
`--kind j` is, and each shell gets what it puts in place.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from typer import _completion_classes as shells
from typer._completion_shared import get_completion_script

from divkit.cli.app import COMPLETE

BREAKS = ":="
"""Characters that are pieces of their own in bash's list of words, and part of divkit's."""
_BASH = """\
_divkit_completion() {
    local IFS=$'\\n'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \\
                   COMP_CWORD=$COMP_CWORD \\
                   %s=complete_bash $1 ) )
    case "${COMPREPLY[0]}" in
        *[\\(:,]) compopt -o nospace 2>/dev/null ;;
    esac
    return 0
}

complete -o default -F _divkit_completion divkit"""


def script(shell: str) -> str:
    """Return the script by which a shell asks divkit."""
    if shell == "bash":
        return _BASH % COMPLETE
    return get_completion_script(prog_name="divkit", complete_var=COMPLETE, shell=shell)


def register() -> None:
    """Let divkit answer every shell that has a script."""
    shells.completion_init()
    base = sys.modules[shells.BashComplete.__mro__[1].__module__]
    for made in (Bash, Zsh, Fish):
        base.add_completion_class(made, made.name)


class _Valued(shells.ShellComplete):  # type: ignore[name-defined, misc]  # click's, untyped there
    """Values behind `--option=`, which the whole word is replaced by."""

    def get_completions(self, args: list[str], incomplete: str) -> list[Any]:
        """Answer `--kind=j` as `--kind j`, each value with what stands before it."""
        flag, equals, value = incomplete.partition("=")
        if not equals or not flag.startswith("--"):
            return list(super().get_completions(args, incomplete))
        found = list(super().get_completions([*args, flag], value))
        for item in found:
            item.value = f"{flag}={item.value}"
        return found


class Bash(_Valued, shells.BashComplete):
    """bash, whose words come in pieces."""

    kept = ""
    """The pieces of the word that stay as they are."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Put the pieces of words together; a quoted word is one piece."""
        pieces = os.environ["COMP_WORDS"].split("\n")
        if len(pieces) == 1:  # one text, as typed
            return super().get_completion_args()
        *before, piece = _typed()
        *words, last = joined([*before, piece])
        self.kept = last if piece and not piece.strip(BREAKS) else last.removesuffix(piece)
        return [_unquoted(word) for word in words[1:]], _unquoted(last)

    def format_completion(self, item: Any) -> str:
        """Return the piece that bash puts in place, quoted where a bracket would end the word."""
        value = str(item.value).removeprefix(_unquoted(self.kept))
        if "(" not in value or self.kept or _typed()[-1][:1] in ("'", '"'):
            return value
        return f"'{value}'" if value.endswith(")") else f"'{value}"


class Zsh(_Valued, shells.ZshComplete):
    """zsh, as typer has it."""


class Fish(_Valued, shells.FishComplete):
    """fish, as typer has it."""


def _typed() -> list[str]:
    """The pieces up to the one at the cursor, which may be empty."""
    pieces, at = os.environ["COMP_WORDS"].split("\n"), int(os.environ["COMP_CWORD"])
    return [*pieces, *[""] * (at + 1 - len(pieces))][: at + 1]


def joined(pieces: list[str]) -> list[str]:
    """Put words together that bash split at colons and equals signs.

    >>> joined(["divkit", "--only", "=", "gan", "shift1", ":", ""])
    ['divkit', '--only=gan', 'shift1:']
    """
    words: list[str] = []
    glued = False
    for piece in pieces:
        sign = piece != "" and not piece.strip(BREAKS)
        if words and (sign or glued):
            words[-1] += piece
        else:
            words.append(piece)
        glued = sign
    return words


def _unquoted(word: str) -> str:
    """A word without the quote that may still be open."""
    return word.replace("'", "").replace('"', "")
