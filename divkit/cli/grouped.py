"""A verb's help: options under headings, examples at its end."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from typer.core import TyperCommand

from divkit.cli.examples import EXAMPLES

OPTIONS = "Options"


class Grouped(TyperCommand):
    """A command whose help has a section for each heading of its options."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then options without a heading, then those with one."""
        sections: dict[str, list[tuple[str, str]]] = defaultdict(list)
        sections |= {"Arguments": [], OPTIONS: []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                sections[_heading(param)].append(record)
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def _heading(param: Any) -> str:
    if param.param_type_name == "argument":
        return "Arguments"
    return str(getattr(param, "rich_help_panel", None) or OPTIONS)


def examples_of(verb: str) -> str:
    """The end of a verb's help: commands to copy, each on a line of its own."""
    lines = EXAMPLES[verb]
    title = "Examples" if len(lines) > 1 else "Example"
    return "\n".join([f"{title}:", "", "\b", *(f"  divkit {line}" for line in lines)])
