"""The coverage page: every law that can be written × divergence, how each is got, error and time.

Measures the standard pair of every law (`coverage_pairs.py`), writes `results/coverage_page.json`
and the page `docs/reference/coverage.md`. Only rows that are missing, or whose pair has changed,
are measured; `--all` measures all again, which takes some ten CPU minutes.

    python benchmarks/coverage_page.py --all --workers 2
    python benchmarks/coverage_page.py --only poisson,zipf
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import re
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import coverage_cells
import coverage_peers
import coverage_render
from coverage_pairs import PAIRS

from divkit.distributions.parse import names
from divkit.storage import write_whole

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "coverage_page.json"
PAGE = ROOT / "docs" / "reference" / "coverage.md"

Row = dict[str, Any]


def laws() -> list[names.WrittenLaw]:
    """The laws of the parser, those that a user registers left out."""
    return [law for law in names.entries() if law.on]


def measure(name: str) -> tuple[str, Row, float]:
    """The row of a law: its pair, a cell a divergence, what can be proved; and CPU seconds."""
    start = time.process_time()
    p, q = PAIRS[name]
    coverage_cells.cell(p, q, "kl")  # imports what the family needs
    cells = {kind: coverage_cells.cell(p, q, kind) for kind in coverage_cells.KINDS}
    proofs = {kind: coverage_cells.cell(p, q, kind, "certified") for kind in coverage_cells.KINDS}
    row: Row = {"p": p, "q": q, "cells": cells, "certified": proofs}
    return name, row, time.process_time() - start


def wanted(rows: dict[str, Row], only: list[str], everything: bool) -> list[str]:
    """Names of the rows to measure."""
    every = [law.name for law in laws()]
    if lacking := sorted(set(every) - set(PAIRS)):
        raise SystemExit(f"benchmarks/coverage_pairs.py has no pair for {', '.join(lacking)}")
    if only or everything:
        return only or every
    return [n for n in every if n not in rows or (rows[n]["p"], rows[n]["q"]) != PAIRS[n]]


def stored() -> dict[str, Any]:
    """What was measured before."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"rows": {}}


def machine() -> dict[str, Any]:
    """The processor's name and the versions that the times are of."""
    about = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", about.read_text()) if about.exists() else []
    versions = {"Python": platform.python_version()}
    versions |= {name: version(name) for name in ("numpy", "scipy", "torch")}
    return {"cpu": (models or [platform.processor()])[0], "versions": versions}


def told(rows: dict[str, Row]) -> dict[str, Any]:
    """The rows in the parser's order, with what other libraries say of them."""
    full = {}
    for law in laws():
        if row := rows.get(law.name):
            kl = row["cells"]["kl"].get("value")
            peers = coverage_peers.answers(law.name, row["p"], row["q"], kl)
            full[law.name] = {"on": law.on, **row, "peers": peers}
    sources = {"sources": coverage_peers.SOURCES, "read": coverage_peers.READ}
    return {"machine": machine(), **sources, "rows": full}


def keep(stored: dict[str, Any]) -> None:
    """Write the numbers."""
    write_whole(RESULTS, json.dumps(stored, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="these laws alone, separated by commas")
    parser.add_argument("--all", action="store_true", help="every law, measured before or not")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--budget", type=float, default=1e9, help="CPU seconds to stop after")
    asked = parser.parse_args()
    held = {} if asked.all else stored()["rows"]
    names_of_rows = wanted(held, [n for n in asked.only.split(",") if n], asked.all)
    spent = 0.0
    with multiprocessing.Pool(asked.workers) as pool:
        for name, row, seconds in pool.imap_unordered(measure, names_of_rows):
            held[name] = row
            keep(stored() | {"rows": held})
            spent += seconds
            print(f"{name}: {seconds:.1f} CPU s, {spent:.0f} in all", flush=True)
            if spent > asked.budget:
                print("stopped: run it again to go on")
                break
    stand = told(held)
    keep(stand)
    write_whole(PAGE, coverage_render.page(stand))


if __name__ == "__main__":
    main()
