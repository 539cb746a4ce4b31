"""`divkit completion bash`: the script by which a shell completes verbs, options and values."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from divkit.cli.guard import guarded


class Shell(Enum):
    """The shells that have a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@guarded
def completion(
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish, powershell.")],
) -> None:
    """Print the script that lets a shell complete what is typed after divkit."""
    from divkit.cli.shells import script

    typer.echo(script(shell.value))
