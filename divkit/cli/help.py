"""A verb's help: options under headings, and at its end commands to copy.

A test runs the examples that need no files, and checks that the options of all of them exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from typer.core import TyperCommand

from divkit.cli.typed import typing

OPTIONS = "Options"
_WORDS = "divkit.words"
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "verify": (
        "verify",
        "verify 'normal(0, 1)' 'laplace(1, 1)'",
        "verify --list",
        "verify --only gan-identity,B --report pages",
    ),
    "divergence": (
        "divergence 'normal(0, 1)' 'normal(1, 1)' --kind js,kl,tv,w1",
        "divergence 'poisson(3)' 'poisson(5)' --kind kl --digits 30",
        "divergence 'mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))' 'student(3)' --base 2",
    ),
    "value": (
        "value 'normal(0, 1)' 'normal(1, 1)'",
        "value 'normal(0, 1)' 'normal(1, 1)' --figure value.png",
    ),
    "estimate": (
        "estimate a.csv b.csv --kind js,kl,w1",
        "estimate pairs_a.csv pairs_b.csv --information",
        "estimate --list",
    ),
    "compare": (
        "compare a.csv b.csv",
        "compare before.csv after.csv --index drop --report pages",
    ),
    "density": ("density a.csv", "density a.csv --figure density.png"),
    "curve": (
        "curve shift --values 0:4:9 --kind js,w1",
        "curve 'normal(0, 1)' 'student(t)' --over t=1:100:60:log --kind js,kl --figure curve.pdf",
        "curve 'normal(0, 1)' 'normal(a, b)' --over a=0:3:25 --over b=0.5:4:25:log --kind js",
    ),
    "train": (
        "train --list",
        "train --target ring8 --game gan --steps 2000 --figure run.png",
        "train --target 'normal(1, 2)' --generator affine --steps 500 --animation run.gif",
        "train --target 'normal(0, 1)' --game ideal --steps 500 --animation film.gif",
        "train --resume --name ring8-gan",
    ),
    "lab": ("lab",),
    "laws": ("laws", "laws gamma"),
    "bench": (
        "bench run --list",
        "bench run --ledger rows.sqlite --estimators auto,knn --sizes 1000:20",
        "bench run --problems shift1:kl --sizes 200:3 --estimator mine=mykl:gaussian_kl",
        "bench report --ledger rows.sqlite",
        "bench report --ledger rows.sqlite --output report --format pdf",
        "bench rerun shift1:js:knn:1000:0 --ledger rows.sqlite",
        "bench export --ledger rows.sqlite --output rows.zip",
        "bench import rows.zip --ledger all.sqlite",
    ),
    "completion": (
        "completion bash >> ~/.bashrc",
        "completion zsh >> ~/.zshrc",
        "completion fish > ~/.config/fish/completions/divkit.fish",
    ),
}
"""Of each verb, without the word divkit."""


class Grouped(TyperCommand):
    """A command whose help has a section for each heading of its options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keep the words, then read them."""
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the verb, which can name what was typed."""
        with typing(f"divkit {self.name}", ctx.meta[_WORDS]):
            return super().invoke(ctx)

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


def examples_of(verb: str, *more: str) -> str:
    """The end of the help of a verb, or of one within it: commands to copy, a line each."""
    begun = " ".join((verb, *more))
    lines = [line for line in EXAMPLES[verb] if f"{line} ".startswith(f"{begun} ")]
    title = "Examples" if len(lines) > 1 else "Example"
    return "\n".join([f"{title}:", "", "\b", *(f"  divkit {line}" for line in lines)])
