"""Whether `auto`'s intervals hold the truth on shapes: JS, JS_HARD, SHAPES and their cousins.

    python benchmarks/coverage_shapes.py [--draws 200] [--suites JS,JS_HARD,KL,SHAPES,COUSINS]
        [--only NAME,…] [--n 1000] [--seed 0] [--level 0.95] [--out FILE] [--report]

Draws are those of the benchmark (`divkit.bench.cells.draw`), seeds from --seed on. Each leaves one
line of JSON in the file, at once; a rerun does what is missing. A problem that costs more than
3 CPU s a draw stops at 40 draws. Flagged: one-sided, of infinite error, or refused. The ratio of
the root mean square error to the efficiency bound has the luck of the draw taken off
(`divkit.bench.limit`). `refutes .90`: fewer covered than a coverage of .90 gives once in 1,000.
--report prints what the file holds and computes nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import estimator_suites
import numpy as np
from cousins import COUSINS
from scipy import stats

import divkit
from divkit.bench.cells import draw
from divkit.bench.limit import against_limit
from divkit.bench.truth import f_divergence, oracle, payoffs
from divkit.bench.truth import truth as exact_truth
from divkit.problems import PROBLEMS

OUT = Path(__file__).parent.parent / "out" / "coverage_shapes.jsonl"
SUITES = {
    "JS": estimator_suites.JS,
    "JS_HARD": estimator_suites.JS_HARD,
    "KL": estimator_suites.KL,
    "SHAPES": estimator_suites.SHAPES,
    "COUSINS": COUSINS,
}
SLOW, FEW = 3.0, 40
"""CPU seconds a draw beyond which so many draws do."""
PARTS, ROWS = 64, 4096


def truth(problem: str, divergence: str) -> dict[str, Any]:
    """The divergence and its payoffs' variance: the benchmark's, or of 2¹⁸ draws for cousins."""
    if (problem, divergence) not in COUSINS:
        made = exact_truth(problem, divergence)
        spread = made.variance_p + made.variance_q
        return {
            "problem": problem,
            "divergence": divergence,
            "truth": made.value,
            "truth_error": made.error,
            "variance": spread,
        }
    pair, row, rng = PROBLEMS[problem], f_divergence(divergence), np.random.default_rng(0)
    gains, losses = [], []
    for _ in range(PARTS):
        x, y = pair.p.sample(ROWS, rng), pair.q.sample(ROWS, rng)
        gain, loss = payoffs(row, pair.p, pair.q, x, y)
        gains.append(gain.numpy())
        losses.append(loss.numpy())
    gain, loss = np.concatenate(gains), np.concatenate(losses)
    error = math.sqrt((gain.var() + loss.var()) / len(gain))
    value, spread = float(gain.mean() - loss.mean()), float(gain.var() + loss.var())
    return {
        "problem": problem,
        "divergence": divergence,
        "truth": value,
        "truth_error": error,
        "variance": spread,
    }


def drawn(problem: str, divergence: str, n: int, seed: int, level: float) -> dict[str, Any]:
    """One draw's row."""
    x, y = draw(problem, n, seed)
    key = {"problem": problem, "divergence": divergence, "n": n, "seed": seed}
    start = time.process_time()
    try:
        found = divkit.estimate(x, y, divergence, rng=seed, level=level)
    except ValueError as error:
        spent = time.process_time() - start
        return {**key, "flagged": True, "refused": str(error), "seconds": spent}
    spent = time.process_time() - start
    return {
        **key,
        "value": found.value,
        "error": found.error if math.isfinite(found.error) else None,
        "low": found.interval[0],
        "high": found.interval[1],
        "flagged": math.isinf(found.error) or found.one_sided is not None,
        "oracle": oracle(problem, divergence, x, y),
        "seconds": spent,
    }


def report(name: str, known: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[int, int]:
    """Print a problem's line; return covered and draws of what was not flagged."""
    told = [row for row in rows if not row["flagged"]]
    value = known["truth"]
    covered = sum(row["low"] <= value <= row["high"] for row in told)
    held = sum(row["low"] <= value <= row["high"] for row in rows if "low" in row)
    ratio = "–"
    read = [row for row in rows if "value" in row]
    if len(read) > 1:
        columns = ([row[key] for row in read] for key in ("value", "error", "oracle"))
        values, errors, oracles = (np.array(column, dtype=float) for column in columns)
        bound = math.sqrt(known["variance"] / rows[0]["n"])
        limit = against_limit(values, errors, oracles, value, bound)
        ratio = (
            f"{limit.common:.2f} ± {limit.common_error:.2f} (bias {limit.bias:+.2f}, stated "
            f"{limit.stated:.2f})"
        )
    seconds = np.mean([row["seconds"] for row in rows])
    refuted = bool(told) and stats.binom.cdf(covered, len(told), 0.9) < 1e-3
    print(
        f"{name:32s} {covered:4d}/{len(told):<4d} flagged {len(rows) - len(told):3d} "
        f"held {held:3d} of {len(rows):3d}  {ratio:44s} {seconds:6.2f} s"
        f"{'  refutes .90' if refuted else ''}",
        flush=True,
    )
    return covered, len(told)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["problem"], row.get("divergence", "js")


def main() -> None:
    """Do what is missing, print a line a problem."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--suites", default=",".join(SUITES))
    parser.add_argument("--only", default="", help="problems of the suites")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--report", action="store_true")
    given = parser.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    lines = given.out.read_text("utf-8").splitlines() if given.out.exists() else []
    done = [json.loads(line) for line in lines]
    known = {_key(row): row for row in done if "truth" in row}
    seeds = range(given.seed, given.seed + given.draws)
    only = set(given.only.split(",")) - {""}
    pooled = np.zeros(2, dtype=int)
    with given.out.open("a", encoding="utf-8") as file:

        def kept(row: dict[str, Any]) -> dict[str, Any]:
            file.write(json.dumps(row) + "\n")
            file.flush()
            return row

        for suite in given.suites.split(","):
            for name, divergence in SUITES[suite]:
                if only and name not in only:
                    continue
                rows = [
                    row
                    for row in done
                    if _key(row) == (name, divergence)
                    and row.get("n") == given.n
                    and row["seed"] in seeds
                ]
                missing = [seed for seed in seeds if seed not in {row["seed"] for row in rows}]
                for seed in () if given.report else missing:
                    if len(rows) >= FEW and np.mean([row["seconds"] for row in rows]) > SLOW:
                        break
                    rows.append(kept(drawn(name, divergence, given.n, seed, given.level)))
                if rows:
                    if (name, divergence) not in known:
                        known[name, divergence] = kept(truth(name, divergence))
                    label = name if divergence == "js" else f"{name} {divergence}"
                    pooled += report(label, known[name, divergence], rows)
    print(f"all: {pooled[0]} of {pooled[1]}, {pooled[0] / max(pooled[1], 1):.3f}")


if __name__ == "__main__":
    main()
