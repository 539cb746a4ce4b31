"""Rows of long measurements on records of networks: a line of JSON each; a rerun adds the rest."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

Row = dict[str, Any]


def parser_of(about: str, out: Path) -> argparse.ArgumentParser:
    """A parser with the options that these measurements share."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--report", type=Path, default=None, help="write the table here")
    return parser


def measured(
    chosen: argparse.Namespace,
    names: Sequence[str],
    asked: Iterable[tuple[tuple[Hashable, ...], Callable[[], Row]]],
    table: Callable[[list[Row]], str],
) -> None:
    """Compute what is asked and not there yet, each row kept at once; print the table.

    `names` are the fields of a row that make its key.
    """
    torch.set_num_threads(1)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    lines = chosen.out.read_text().splitlines() if chosen.out.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {tuple(row[name] for name in names) for row in rows}
    with chosen.out.open("a") as held:
        for key, compute in asked:
            if key not in done:
                rows.append(compute())
                held.write(json.dumps(rows[-1]) + "\n")
                held.flush()
    print(table(rows))
    if chosen.report is not None:
        chosen.report.write_text(table(rows), encoding="utf-8")
