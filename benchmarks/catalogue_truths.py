"""Truths of the catalogue that were calculated once: a line a call, `key`, value, its own error.

`results/catalogue_truths.jsonl` is written by `scipy_catalogue.py`, by the rules of
`wrapped_truth` (80-bit floats, double exponential quadrature) and `catalogue_counts` (mpmath);
nothing in it comes from divkit. A key names the kind, both laws to the last digit and the version
of SciPy, whose quantiles place the nodes and whose densities stand in for those without a formula.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import scipy

FILE = Path(__file__).parent / "results" / "catalogue_truths.jsonl"


def key(group, kind, p, q):
    """The name of a call: its group, its kind and the laws."""
    laws = " | ".join(" ".join(map(repr, (name, *rest))) for name, *rest in (p, q))
    return f"{group} {kind} {laws} scipy {scipy.__version__}"


def read(path=FILE):
    """Key -> (value, error)."""
    if not path.exists():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["key"]: (float(row["value"]), float(row["error"])) for row in rows}


def add(found, path=FILE):
    """Append truths that were just calculated; infinities as words, which JSON has not."""
    with path.open("a", encoding="utf-8") as file:
        for name, pair in found.items():
            value, error = (x if math.isfinite(x) else str(x) for x in pair)
            file.write(json.dumps({"key": name, "value": value, "error": error}) + "\n")
