"""Tables of the rows of densities.py: results/densities.md and results/densities.json.

For each n: the mean JSD of each method on each law, in 1e-3 nats, with the floor k/(8n) of laws
of k known parameters; geometric means of every divergence; the worst ratio to the best peer; how
often the fit's own limit (`AutoDensity.distance`) is above the JSD, with laws whose count refutes
90 per cent. A method is compared with `auto` on the draws that both have.

    python benchmarks/density_page.py ROWS … [--note TEXT]
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from densities import KINDS, OURS, Row, known
from density_laws import GROUPS
from density_peers import PEERS
from scipy import stats

RESULTS = Path(__file__).parent / "results"
SHOWN = ("twenty", "members", "outside", "kept_back")
PARAMETERS = {"gaussian": 2, "skewed": 8, "strongly_skewed": 23, "kurtotic": 5, "outlier": 5,
              "bimodal": 5, "separated": 5, "skewed_bimodal": 5, "trimodal": 8, "claw": 17,
              "double_claw": 26, "asymmetric_claw": 17, "asymmetric_double_claw": 23,
              "smooth_comb": 17, "discrete_comb": 17, "exponential": 1, "uniform": 2,
              "student_2": 3, "arcsine": 2, "lognormal": 2, "laplace": 2, "pole": 2,
              "shifted_exponential": 2}  # fmt: skip
"""Of the family or mixture that a law belongs to; where ends are fitted the floor is a guide."""

Means = dict[tuple[str, str], float]


def means(rows: Iterable[Row], kind: str) -> Means:
    """Mean of a divergence by law and method, in 1e-3; infinite where any is.

    Samples that a method has no fit for are left out of its mean.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for row in (each for each in rows if not math.isnan(each.js)):
        found.setdefault((row.law, row.method), []).append(1e3 * getattr(row, kind))
    return {key: float(np.mean(values)) for key, values in found.items()}


def geometric(values: Sequence[float]) -> float:
    return math.exp(float(np.mean(np.log(values)))) if values else math.nan


def ratios(rows: Sequence[Row], laws: Sequence[str]) -> dict[str, float]:
    """`auto` over the best peer of each law, each peer on the draws that it shares with `auto`.

    Peers that share less than half as many as another are left out: of few draws a ratio is rough.
    """
    ours = {(r.law, r.seed): r.js for r in rows if r.method in OURS}
    found: dict[str, float] = {}
    for law in laws:
        shared = {
            peer: [(ours[law, r.seed], r.js) for r in rows
                   if (r.law, r.method) == (law, peer) and (law, r.seed) in ours
                   and not math.isnan(r.js)]
            for peer in PEERS
        }  # fmt: skip
        most = max(map(len, shared.values()))
        each = [
            np.mean(pairs, axis=0) for pairs in shared.values() if pairs and 2 * len(pairs) >= most
        ]
        if each:
            found[law] = max(float(a / b) for a, b in each)
    return found


def section(n: int, group: str, rows: Sequence[Row]) -> list[str]:
    """One table, a law a line, and what sums it up."""
    laws = [law for law in GROUPS[group] if any(r.law == law and r.method in OURS for r in rows)]
    rows = [r for r in rows if r.law in laws]
    mean = means(rows, "js")
    methods = [m for m in (*PEERS, "oracle_kde", *OURS) if any(key[1] == m for key in mean)]
    counts = {m: sum(r.method == m and not math.isnan(r.js) for r in rows) for m in methods}
    worst = ratios(rows, laws)
    lines = [f"### n = {n:,}, {group.replace('_', ' ')}", ""]
    lines += ["| law | floor | " + " | ".join(methods) + " | auto / best peer |",
              "|---|" + "---:|" * (len(methods) + 2)]  # fmt: skip
    for law in laws:
        floor = f"{1e3 * PARAMETERS[law] / (8 * n):.3f}" if law in PARAMETERS else ""
        cells = [f"{mean[law, m]:.3f}" if (law, m) in mean else "" for m in methods]
        lines.append(f"| {law} | {floor} | " + " | ".join(cells) + f" | {worst[law]:.2f} |")
    whole = [m for m in methods if all((law, m) in mean for law in laws)]
    for kind in KINDS:
        of = means(rows, kind)
        cells = [f"{geometric([of[law, m] for law in laws]):.3f}" if m in whole else ""
                 for m in methods]  # fmt: skip
        lines.append(f"| geometric mean, {kind} | | " + " | ".join(cells) + " | |")
    lines.append("| fits | | " + " | ".join(str(counts[m]) for m in methods) + " | |")
    seconds = {m: np.nanmean([r.seconds for r in rows if r.method == m]) for m in methods}
    lines.append("| CPU s a fit | | " + " | ".join(f"{seconds[m]:.2f}" for m in methods) + " | |")
    top = max(worst, key=lambda law: worst[law])
    return [*lines, "", f"Worst ratio to the best peer: {worst[top]:.2f}, on {top}.", ""]


def coverage(n: int, rows: Sequence[Row]) -> list[str]:
    """How often the limit of a fit is no lower than its JSD."""
    held: dict[str, list[bool]] = {}
    for row in rows:
        if row.method in OURS and not math.isnan(row.upper):
            held.setdefault(row.law, []).append(row.js <= row.upper)
    if not held:
        return []
    every = [one for values in held.values() for one in values]
    refuted = [
        law
        for law, values in held.items()
        if stats.binomtest(sum(values), len(values), 0.9, alternative="less").pvalue < 1e-3
    ]
    short = (
        ", ".join(f"{law} {sum(v)}/{len(v)}" for law, v in held.items() if not all(v)) or "none"
    )
    return [
        f"n = {n:,}: {sum(every)} of {len(every)} limits hold ({np.mean(every):.3f}); laws with "
        f"misses: {short}; laws whose count refutes .90 at p < .001: {refuted or 'none'}.",
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("rows", type=Path, nargs="+")
    parser.add_argument("--note", default="", help="what a reader must know of these rows")
    asked = parser.parse_args()
    rows = [row for path in asked.rows for row in known(path)]
    sizes = sorted({row.n for row in rows})
    lines = ["# Density estimates on the line", "",
             "Mean Jensen–Shannon divergence of a fit from the law of its rows, in 1e-3 nats;"
             " exact. How it was measured: densities.py and density_page.py. The last column is on"
             " draws that both have, with peers that have at least half as many as any.", "",
             *([asked.note, ""] if asked.note else [])]  # fmt: skip
    for n in sizes:
        at = [row for row in rows if row.n == n]
        for group in SHOWN:
            if any(row.law in GROUPS[group] and row.method in OURS for row in at):
                lines += section(n, group, at)
    lines += ["## The limit that a fit gives for its own error, at level .95", ""]
    for n in sizes:
        lines += coverage(n, [row for row in rows if row.n == n])
    (RESULTS / "densities.md").write_text("\n".join(lines), encoding="utf-8")
    plain = sorted(rows, key=lambda r: (r.n, r.law, r.method, r.seed))
    text = json.dumps([[*r[:4], *(float(f"{v:.4g}") for v in r[4:])] for r in plain])
    (RESULTS / "densities.json").write_text(text.replace("], [", "],\n[") + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
