"""`divkit completion bash`: the script by which a shell completes verbs and options."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from divkit.cli.app import COMPLETE
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
    from typer._completion_shared import get_completion_script

    typer.echo(get_completion_script(prog_name="divkit", complete_var=COMPLETE, shell=shell.value))
