"""The page of the benchmark's problems in the documentation, from divkit/problems/truths.json.

    python benchmarks/problem_page.py

Writes what stands below the mark of docs/reference/problems.md: a table a regime.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from divkit.bench.wording import markdown
from divkit.problems import PROBLEMS, Problem
from divkit.problems.suites import problems_of
from divkit.problems.truths import KINDS, LINE, TRUTHS
from divkit.storage import write_whole

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "problems.md"
MARK = "<!-- tables -->"
NAMES = {"kl": "KL(p‖q)", "reverse_kl": "KL(q‖p)", "js": "JS", "hellinger2": "H²", "tv": "TV",
         "chi2": "χ²", "w1": "W1"}  # fmt: skip
HEAD = ("problem", "suites", "columns", *(NAMES[kind] for kind in (*KINDS, LINE)),
        "bound, JS", "bound, KL", "overlap", "directions")  # fmt: skip


def main() -> None:
    records = json.loads(TRUTHS.read_text(encoding="utf-8"))["problems"]
    suites = {
        suite: {name for name, _ in problems_of(suite)} for suite in ("quick", "standard", "hard")
    }
    order = sorted(PROBLEMS.values(), key=lambda problem: problem.regime.value)
    parts = []
    for regime, members in groupby(order, key=lambda problem: problem.regime.value):
        rows = [line(problem, records[problem.name], suites) for problem in members]
        parts.append(f"## {regime[:1].upper()}{regime[1:]}\n\n{markdown(HEAD, rows)}\n")
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    write_whole(PAGE, f"{before}{MARK}\n\n" + "\n".join(parts))


def line(
    problem: Problem, record: Mapping[str, Any], suites: Mapping[str, set[str]]
) -> tuple[str, ...]:
    """A problem's name and suites, its truths with their errors, and the facts of difficulty."""
    facts = record["facts"]
    return (
        f"`{problem.name}`", ", ".join(s for s, names in suites.items() if problem.name in names),
        str(facts["dim"]), *(value(record["values"].get(kind)) for kind in (*KINDS, LINE)),
        figure(facts["bound"]), figure(facts["bound_of_kl"]),
        figure(facts["overlap"]) if "overlap" in facts else "–", str(facts["intrinsic"]),
    )  # fmt: skip


def value(pair: tuple[float | None, float | None] | None) -> str:
    """Six digits, and the error where it takes away some of them."""
    if pair is None:
        return "–"
    at, error = pair
    if at is None:
        return "∞"
    if error is None:
        return f"{at:.6g} (error not known)"
    return f"{at:.6g}" + (f" ± {error:.0e}" if error > 5e-7 * abs(at) else "")


def figure(number: float | None) -> str:
    return "∞" if number is None else f"{number:.3g}"


if __name__ == "__main__":
    main()
