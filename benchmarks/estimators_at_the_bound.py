"""How near `divkit.estimate` comes to the efficiency bound, and how often its intervals cover.

    python benchmarks/estimators_at_the_bound.py [--sizes 1000] [--seeds 40] [--ledger rows.sqlite]
        [--output benchmarks/results/estimators.json]

A cell is a problem, a size n = m and a seed: one row of the SQLite ledger, written when it is
done, so that a rerun does what is missing. The truth is the exact engine's; the bound
σ² = ¼ [Var_p log D* + Var_q log(1 − D*)]/n is a mean over 10⁶ draws of each law. With δ = estimate
− oracle dual value on the same samples and ε = oracle − truth, "ratio" is
√(1 + E[δ²]/σ² + 2E[δε]/σ²), "plain" is RMSE/σ, and "centred" has the covariance of δ and ε in
place of E[δε]. "common_spread" is the standard error of "ratio" that few seeds leave.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402

from divkit import estimate  # noqa: E402
from divkit.divergences.table import JS  # noqa: E402
from divkit.exact.api import divergence  # noqa: E402
from divkit.problems import PROBLEMS, Problem  # noqa: E402

NAMES = (
    "shift1",
    "bimodal_vs_laplace",
    "shift2d",
    "ring8_vs_matched_normal",
    "banana3_vs_normal",
    "mixture5_vs_student5",
    "ar10",
)
DRAWS = 1_000_000
SCHEMA = """create table if not exists cells (problem text, n int, seed int, method text,
    value real, error real, low real, high real, oracle real, seconds real,
    primary key (problem, n, seed, method))"""


def logit(problem: Problem, x: torch.Tensor) -> torch.Tensor:
    return torch.as_tensor(problem.p.log_prob(x)) - torch.as_tensor(problem.q.log_prob(x))


def oracle(problem: Problem, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    """The dual value at the true logit, and the sum of its payoffs' variances."""
    on_p, on_q = JS.witness(logit(problem, x)), JS.conjugate_at(logit(problem, y))
    return float(on_p.mean() - on_q.mean()), float(on_p.var() + on_q.var())


def cell(problem: Problem, n: int, seed: int, method: str) -> tuple[float, ...]:
    """One estimate beside the oracle's."""
    x, y = problem.p.sample(n, 2 * seed + 1000), problem.q.sample(n, 2 * seed + 1001)
    start = time.process_time()
    found = estimate(x, y, "js", method)
    seconds = time.process_time() - start
    return (found.value, found.error, *found.interval, oracle(problem, x, y)[0], seconds)


def sweep(ledger: sqlite3.Connection, sizes: list[int], seeds: int, method: str) -> None:
    """Fill in what is missing, seed by seed."""
    for n in sizes:
        for seed in range(seeds):
            for name in NAMES:
                key = (name, n, seed, method)
                where = "problem = ? and n = ? and seed = ? and method = ?"
                if ledger.execute(f"select 1 from cells where {where}", key).fetchone():
                    continue
                values = cell(PROBLEMS[name], n, seed, method)
                ledger.execute("insert into cells values (?,?,?,?,?,?,?,?,?,?)", (*key, *values))
                ledger.commit()
            print(f"n = {n}: seed {seed} done", flush=True)


def summary(ledger: sqlite3.Connection) -> list[dict[str, Any]]:
    """One row a problem, size and method."""
    keys = ledger.execute("select distinct problem, n, method from cells").fetchall()
    known = {name: reference(PROBLEMS[name]) for name in {key[0] for key in keys}}
    rows = []
    for name, n, method in sorted(keys):
        cells = ledger.execute(
            "select value, error, low, high, oracle, seconds from cells "
            "where problem = ? and n = ? and method = ? order by seed",
            (name, n, method),
        )
        rows.append(
            {"problem": name, "n": n, "method": method}
            | measures(np.array(cells.fetchall()), *known[name], n)
        )
    return rows


def reference(problem: Problem) -> tuple[float, float]:
    """The exact JSD, and n times the bound on the variance."""
    x, y = problem.p.sample(DRAWS, 11), problem.q.sample(DRAWS, 12)
    return divergence(problem.p, problem.q, "js").value, oracle(problem, x, y)[1]


def measures(cells: np.ndarray, truth: float, variance: float, n: int) -> dict[str, Any]:
    """What the module states, from rows (value, error, low, high, oracle, seconds)."""
    value, error, low, high, best, seconds = cells.T
    sigma = math.sqrt(variance / n)
    delta, luck = (value - best) / sigma, (best - truth) / sigma
    terms = delta**2 + 2 * delta * luck
    ratio = math.sqrt(max(0.0, 1 + terms.mean()))
    return {
        "seeds": len(cells),
        "truth": truth,
        "sigma": sigma,
        "ratio": ratio,
        "common_spread": float(terms.std() / math.sqrt(len(cells)) / 2),
        "plain": float(np.sqrt(np.mean((value - truth) ** 2)) / sigma),
        "centred": float(np.sqrt(1 + np.mean(delta**2) + 2 * np.cov(delta, luck)[0, 1])),
        "bias": float(delta.mean()),
        "coverage": float(np.mean((low <= truth) & (truth <= high))),
        "mean_error": float(error.mean() / sigma),
        "cpu_seconds": float(seconds.mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--method", default="auto")
    parser.add_argument("--ledger", type=Path, default=Path("estimators.sqlite"))
    parser.add_argument("--output", type=Path, default=Path("estimators.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    with sqlite3.connect(options.ledger) as ledger:
        ledger.execute(SCHEMA)
        sweep(ledger, options.sizes, options.seeds, options.method)
        rows = summary(ledger)
    about = {"script": "benchmarks/estimators_at_the_bound.py", "divergence": "js"}
    options.output.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
    for row in rows:
        print(*row.values())


if __name__ == "__main__":
    main()
