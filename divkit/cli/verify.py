"""`divkit verify`: every statement, its two sides, the verdict."""

from __future__ import annotations

import math
import os
import textwrap
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from divkit.choices import Names, choice
from divkit.cli.guard import FAILED, guarded, words
from divkit.cli.names import LAWS, offer
from divkit.cli.options import json_choice, page_choice, seed_choice, with_options, workers_choice
from divkit.cli.output import number, print_json
from divkit.cli.progress import tracker, waited
from divkit.cli.tables import print_table, width

if TYPE_CHECKING:
    from divkit.theory.framework.registry import Check, Context
    from divkit.theory.framework.result import CheckResult, Comparison

NARROW = 110
FEW = 8
"""Fewer checks than these are over before processes have started."""

FORKED_WITH = ("divkit.theory",)
"""Modules that processes have imported when they start."""


@dataclass(frozen=True)
class VerifyOptions:
    """Options of `divkit verify`."""

    only: list[str] | None = choice(
        None,
        "Ids of statements or letters of groups, once each or with commas.",
        takes=Names(
            (
                "divkit.theory.framework.registry:CHECKS",
                "divkit.theory.framework.registry:GROUPS",
            ),
            commas=True,
        ),
    )
    listed: bool = choice(False, "Name the statements and stop.", flags=("--list",))
    full: bool = choice(False, "More instances, more repetitions.")
    json: bool = json_choice()
    report: Path | None = page_choice()
    seed: int = seed_choice("Seed of the checks that draw samples.")
    workers: int = workers_choice()


@guarded
@with_options
def verify(
    p: Annotated[
        str | None,
        typer.Argument(
            metavar="P", help="A law of yours, such as 'normal(0, 1)'.", autocompletion=offer(LAWS)
        ),
    ] = None,
    q: Annotated[
        str | None,
        typer.Argument(metavar="Q", help="Another: the pair alone.", autocompletion=offer(LAWS)),
    ] = None,
    *,
    asked: VerifyOptions,
) -> None:
    """Check every statement, each side by its own computation; exit 1 unless all hold.

    With two laws, the game's identity and the bounds beside it on these.
    """
    if p is not None:
        _verify_pair(p, q, asked)
        return
    processes = asked.workers or os.cpu_count() or 1
    if asked.only is None and processes > 1 and not asked.listed:
        from divkit.processes import warm_up

        warm_up(FORKED_WITH)
    from divkit.theory.framework.registry import Context
    from divkit.theory.framework.runner import select

    names = None if asked.only is None else [name for text in asked.only for name in words(text)]
    chosen = select(names)
    if asked.listed:
        _print_list(chosen, asked.json)
        return
    context = Context(asked.seed, asked.full, figures=asked.report is not None)
    results = _run(chosen, context, processes if len(chosen) >= FEW else 1)
    if not asked.json:
        _print(results)
    _finish(results, asked)


def _finish(results: list[CheckResult], asked: VerifyOptions) -> None:
    """Write JSON and the report where they were asked for; exit 1 unless every statement holds."""
    if asked.json:
        print_json(_document(results, asked.full, asked.seed))
    if asked.report is not None:
        from divkit.report import write_report

        typer.echo(f"Report: {write_report(results, asked.report)}", err=True)
    if not all(result.holds for result in results):
        raise typer.Exit(FAILED)


def _verify_pair(p: str, q: str | None, asked: VerifyOptions) -> None:
    """The statements on two laws of the user's own, every row of them."""
    if q is None:
        raise ValueError("two laws are needed: divkit verify P Q; ids of statements go to --only.")
    plain = VerifyOptions()
    for name in ("only", "listed", "full", "seed", "workers"):
        if getattr(asked, name) != getattr(plain, name):
            flag = "list" if name == "listed" else name
            raise ValueError(f"--{flag} goes with the statements' own laws: leave P and Q out.")
    from divkit.theory.own_pair import verify_pair

    with waited("the identity and the bounds, each side by itself"):
        results = verify_pair(p, q)
    if not asked.json:
        header = dict.fromkeys(("id", "case"), "left") | {"left": "right", "": "left"}
        header |= dict.fromkeys(("right", "difference", "allowed"), "right") | {"verdict": "left"}
        print_table(
            header,
            (
                [r.id, row.case, _side(row.left, row, 16), row.relation,
                 _side(row.right, row, 16) + row.slack,
                 _side(row.difference, row, 2), _side(row.allowed, row, 2), row.verdict.words]
                for r in results
                for row in r.rows
            ),
        )  # fmt: skip
        _print_open(results)
        print(results.summary)
    _finish(results, asked)


def _print_list(chosen: tuple[Check, ...], json: bool) -> None:
    if json:
        names = ("id", "group", "equation", "statement", "formula", "left", "right")
        print_json([{name: getattr(check, name) for name in names} for check in chosen])
        return
    header = dict.fromkeys(("id", "group", "statement", "left is", "right is"), "left")
    print_table(header, ([c.id, c.group, c.statement, c.left, c.right] for c in chosen))
    print(f"{len(chosen)} statements; divkit verify --only ID checks one")


def _run(chosen: tuple[Check, ...], context: Context, workers: int) -> list[CheckResult]:
    """Results in the order of the checks, whichever came first."""
    import torch

    from divkit.theory.framework.parallel import Died, in_processes, in_this_process, shares_of

    torch.set_num_threads(1)  # these tensors are small: a second thread waits more than it works
    shares, places = shares_of(chosen), {entry.id: k for k, entry in enumerate(chosen)}
    coming = (
        in_this_process(chosen, context, shares)
        if workers == 1
        else in_processes(chosen, context, shares, workers, FORKED_WITH)
    )
    results: dict[str, CheckResult] = {}
    with (
        closing(coming),
        tracker(len(chosen), lambda: dict(zip(places, shares, strict=True))) as track,
    ):
        for result in coming:
            if isinstance(result, Died):
                raise RuntimeError(
                    f"check {result.id!r} ended its process twice: killed, or out of memory."
                )
            results[result.id] = result
            track.end(result.id, result.verdict.words, result.seconds)
    return sorted(results.values(), key=lambda result: places[result.id])


def _print(results: list[CheckResult]) -> None:
    if width() < NARROW:
        print("\n".join(line for result in results for line in _lines(result)))
    else:
        _print_wide(results)
    from divkit.theory.framework.verdict import Decision, counted

    for result in results:
        for row in result.rows:
            if row.verdict is Decision.FAILS:
                print(f"{result.id}: {row.case}: {row.left!r} {row.relation} {row.right!r} fails")
    _print_open(results)
    print(counted(result.verdict for result in results))


def _print_open(results: list[CheckResult]) -> None:
    """Why instances are not decided, a line each."""
    for result in results:
        for why in result.unknown:
            print(f"{result.id}: not decided: {why}")


def _print_wide(results: list[CheckResult]) -> None:
    header = dict.fromkeys(("id", "statement"), "left")
    header |= {"left": "right", "": "left"}
    header |= dict.fromkeys(("right", "difference", "allowed"), "right")
    header |= dict.fromkeys(("verdict", "left is", "right is"), "left")
    print_table(
        header, ([*_row(result), result.left_label, result.right_label] for result in results)
    )


def _lines(result: CheckResult) -> list[str]:
    """The same cells on a narrow terminal: one a line, the statement wrapped."""
    id, statement, left, relation, right, difference, allowed, verdict = _row(result)
    return [
        f"{id}: {verdict}",
        *(f"  {line}" for line in textwrap.wrap(statement, max(20, width() - 2))),
        f"  left {left} {relation} right {right}",
        *_labels("left", result.left_label),
        *_labels("right", result.right_label),
        f"  difference {difference}, allowed {allowed}",
    ]


def _labels(side: str, words: str) -> list[str]:
    """The words on a side, wrapped."""
    first = f"  {side}: "
    lines = textwrap.wrap(words, max(20, width() - len(first)))
    return [(first if k == 0 else " " * len(first)) + line for k, line in enumerate(lines)]


def _side(x: float, row: Comparison, digits: int) -> str:
    """A number of a comparison; words where it is not known."""
    return "not known" if row.unknown and math.isnan(x) else number(x, digits)


def _row(result: CheckResult) -> list[str]:
    row = result.headline
    return [
        result.id,
        result.statement,
        _side(result.left, row, 10),
        row.relation,
        _side(result.right, row, 10) + row.slack,
        _side(result.difference, row, 2),
        _side(result.allowed, row, 2),
        result.verdict.words,
    ]


def _document(results: list[CheckResult], full: bool, seed: int) -> dict[str, object]:
    from divkit import __version__
    from divkit.theory.framework.verdict import Decision

    return {
        "divkit": __version__,
        "seed": seed,
        "full": full,
        "holds": all(result.holds for result in results),
        "count": len(results),
        "holding": sum(result.holds for result in results),
        "undecided": sum(result.verdict is Decision.UNDECIDED for result in results),
        "results": [result.to_dict() for result in results],
    }
