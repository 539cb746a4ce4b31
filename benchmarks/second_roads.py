"""Truths of the catalogue by a second road that has nothing of divkit's (`problem_truths.py`).

The laws are written again in NumPy's and SciPy's terms (`second_laws`, `second_pairs`), and their
divergences found by closed forms, tanh-sinh rules, sums, grids and draws (`second_line`,
`second_space`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from second_laws import LINE
from second_pairs import SPACE

from divkit.bench.wording import markdown

Stored = Mapping[str, Sequence[float | None]]


def again(name: str, stored: Stored) -> dict[str, Any]:
    """Return each finite value by the second road, and how far from the stored one it is."""
    road = LINE[name] if name in LINE else SPACE[name]()
    values: dict[str, Any] = {}
    for kind, (first, error) in stored.items():
        found = None if first is None else road(kind)
        if first is None or found is None:
            continue
        both = math.hypot(found[1], error or 0.0)
        apart = abs(first - found[0]) / both if both else float(first != found[0])
        values[kind] = {
            "first": [first, error], "value": found[0], "error": found[1], "apart": apart,
        }  # fmt: skip
    return {"road": type(getattr(road, "rest", road)).__name__, "values": values}


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page: a row a value, furthest apart first."""
    rows = sorted(
        ((name, kind, record["road"], value) for name, record in found.items()
         for kind, value in record["values"].items()),
        key=lambda row: -row[3]["apart"],
    )  # fmt: skip
    head = ("problem", "divergence", "stored", "its error", "second road", "its error",
            "by", "difference over both errors")  # fmt: skip
    cells = [
        (f"`{name}`", kind, f"{v['first'][0]:.12g}", _error(v["first"][1]), f"{v['value']:.12g}",
         _error(v["error"]), road, f"{v['apart']:.2g}")
        for name, kind, road, v in rows
    ]  # fmt: skip
    beyond = sum(row[3]["apart"] > 1 for row in rows)
    drawn = [v["apart"] for _, _, road, v in rows if road == "Drawn" or _drawn(v["first"][1])]
    words = (
        f"`python benchmarks/problem_truths.py --check`. {len(rows)} finite values of {len(found)}"
        f" problems, each by a road that has nothing of divkit's: {beyond} differ by more than the"
        " root of both squared errors. Errors of draws (`Drawn`, and stored values by quasi-Monte"
        " Carlo, most of those above 1e-6) are standard errors, which chance exceeds in a third of"
        f" the values: of {len(drawn)} such {sum(z > 1 for z in drawn)} lie beyond one and"
        f" {sum(z > 2 for z in drawn)} beyond two. The others bound the difference. Infinite"
        " values have no row. The laws are divkit's own families; of SciPy's catalogue none whose"
        " upper tail is known only by its survival function (jf_skew_t, kappa4, tukeylambda) is in"
        " a suite."
    )
    parts = ("# Truths of the benchmark's problems, found again", words, markdown(head, cells))
    return "\n\n".join(parts) + "\n"


def _drawn(error: float | None) -> bool:
    return error is not None and error > 1e-6


def _error(error: float | None) -> str:
    return "unknown" if error is None else f"{error:.0e}"
