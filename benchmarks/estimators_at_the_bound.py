"""How near `divkit.estimate` comes to the efficiency bound, and how often its intervals cover.

    python benchmarks/estimators_at_the_bound.py [--sizes 1000] [--seeds 40] [--ledger rows.sqlite]
        [--divergence js] [--problems shift1 …] [--output benchmarks/results/estimators.json]

A cell is a problem, a size n = m and a seed: one row of the SQLite ledger, written when it is
done, so that a rerun does what is missing; rows of the output that the ledger does not hold stay.
The truth is the exact engine's. The bound on the JSD's variance,
σ² = ¼ [Var_p log D* + Var_q log(1 − D*)]/n, is a mean over 10⁶ draws of each law; that on KL's,
σ² = [Var_p log(p/q) + χ²(p‖q)]/n, has its second part from the exact engine, as a mean of draws
misses it: where χ² is infinite there is no bound, and "ratio" and its kin are null. "flagged" is
the share of results that call themselves lower bounds, "wrong" of those that do not and whose
interval misses the truth; "coverage" counts all. With δ = estimate
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
from divkit.divergences.table import JS, KL  # noqa: E402
from divkit.exact.api import divergence  # noqa: E402
from divkit.problems import PROBLEMS, Problem  # noqa: E402

NAMES = {
    "js": (
        "shift1",
        "bimodal_vs_laplace",
        "shift2d",
        "ring8_vs_matched_normal",
        "banana3_vs_normal",
        "mixture5_vs_student5",
        "ar10",
    ),
    "kl": (
        "ar5_vs_equicorrelated",
        "shift1",
        "bimodal_vs_laplace",
        "student3_vs_cauchy",
    ),
}
ROWS = {"js": JS, "kl": KL}
DRAWS = 1_000_000
SCHEMA = """create table if not exists cells (divergence text, problem text, n int, seed int,
    method text, value real, error real, low real, high real, oracle real, seconds real,
    primary key (divergence, problem, n, seed, method))"""


def logit(problem: Problem, x: torch.Tensor) -> torch.Tensor:
    return torch.as_tensor(problem.p.log_prob(x)) - torch.as_tensor(problem.q.log_prob(x))


def payoffs(
    kind: str, problem: Problem, x: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the oracle, who knows the logit, averages over each sample."""
    row = ROWS[kind]
    return row.witness(logit(problem, x)), row.conjugate_at(logit(problem, y))


def cell(kind: str, problem: Problem, n: int, seed: int, method: str) -> tuple[float, ...]:
    """One estimate beside the oracle's."""
    x, y = problem.p.sample(n, 2 * seed + 1000), problem.q.sample(n, 2 * seed + 1001)
    start = time.process_time()
    found = estimate(x, y, kind, method)
    seconds = time.process_time() - start
    on_p, on_q = payoffs(kind, problem, x, y)
    best = float(on_p.mean() - on_q.mean())
    return (found.value, found.error, *found.interval, best, seconds)


def sweep(ledger: sqlite3.Connection, options: argparse.Namespace) -> None:
    """Fill in what is missing, seed by seed."""
    kind, method = options.divergence, options.method
    where = "divergence = ? and problem = ? and n = ? and seed = ? and method = ?"
    for n in options.sizes:
        for seed in range(options.seeds):
            for name in options.problems or NAMES[kind]:
                key = (kind, name, n, seed, method)
                if ledger.execute(f"select 1 from cells where {where}", key).fetchone():
                    continue
                values = cell(kind, PROBLEMS[name], n, seed, method)
                marks = ",".join("?" * 11)
                ledger.execute(f"insert into cells values ({marks})", (*key, *values))
                ledger.commit()
            print(f"n = {n}: seed {seed} done", flush=True)


def summary(ledger: sqlite3.Connection) -> list[dict[str, Any]]:
    """One row a divergence, problem, size and method."""
    keys = ledger.execute("select distinct divergence, problem, n, method from cells").fetchall()
    known = {pair: reference(*pair) for pair in {key[:2] for key in keys}}
    rows = []
    for kind, name, n, method in sorted(keys):
        cells = ledger.execute(
            "select value, error, low, high, oracle, seconds from cells "
            "where divergence = ? and problem = ? and n = ? and method = ? order by seed",
            (kind, name, n, method),
        )
        rows.append(
            {"divergence": kind, "problem": name, "n": n, "method": method}
            | measures(np.array(cells.fetchall()), *known[kind, name], n)
        )
    return rows


def reference(kind: str, name: str) -> tuple[float, float]:
    """The exact divergence, and n times the bound on the variance."""
    problem = PROBLEMS[name]
    x, y = problem.p.sample(DRAWS, 11), problem.q.sample(DRAWS, 12)
    on_p, on_q = payoffs(kind, problem, x, y)
    second = float(on_q.var())
    if kind == "kl":
        second = divergence(problem.p, problem.q, "chi2").value
    return divergence(problem.p, problem.q, kind).value, float(on_p.var()) + second


def measures(cells: np.ndarray, truth: float, variance: float, n: int) -> dict[str, Any]:
    """What the module states, from rows (value, error, low, high, oracle, seconds)."""
    value, error, low, high, best, seconds = cells.T
    held, flagged = (low <= truth) & (truth <= high), np.isinf(error)
    found = {
        "seeds": len(cells),
        "truth": truth,
        "rmse": float(np.sqrt(np.mean((value - truth) ** 2))),
        "coverage": float(held.mean()),
        "flagged": float(flagged.mean()),
        "wrong": float((~held & ~flagged).mean()),
        "cpu_seconds": float(seconds.mean()),
    }
    against = against_the_bound(value, error, best, truth, math.sqrt(variance / n))
    return found | (against if math.isfinite(variance) else dict.fromkeys(against))


def against_the_bound(
    value: np.ndarray, error: np.ndarray, best: np.ndarray, truth: float, sigma: float
) -> dict[str, Any]:
    """The measures that are multiples of σ."""
    delta, luck = (value - best) / sigma, (best - truth) / sigma
    terms = delta**2 + 2 * delta * luck
    finite = error[np.isfinite(error)]
    return {
        "sigma": sigma,
        "ratio": math.sqrt(max(0.0, 1 + terms.mean())),
        "common_spread": float(terms.std() / math.sqrt(len(terms)) / 2),
        "plain": float(np.sqrt(np.mean((value - truth) ** 2)) / sigma),
        "centred": float(np.sqrt(1 + np.mean(delta**2) + 2 * np.cov(delta, luck)[0, 1])),
        "bias": float(delta.mean()),
        "mean_error": float(finite.mean() / sigma) if len(finite) else None,
    }


def merged(path: Path, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows and those of the file that they do not replace."""
    keys = ("divergence", "problem", "n", "method")
    table = {}
    for row in [*(json.loads(path.read_text())["rows"] if path.exists() else []), *rows]:
        table[tuple(row[key] for key in keys)] = row
    return [table[key] for key in sorted(table)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000])
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--method", default="auto")
    parser.add_argument("--divergence", choices=tuple(ROWS), default="js")
    parser.add_argument("--problems", nargs="*", choices=tuple(PROBLEMS))
    parser.add_argument("--ledger", type=Path, default=Path("estimators.sqlite"))
    parser.add_argument("--output", type=Path, default=Path("estimators.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    with sqlite3.connect(options.ledger) as ledger:
        ledger.execute(SCHEMA)
        sweep(ledger, options)
        rows = merged(options.output, summary(ledger))
    about = {"script": "benchmarks/estimators_at_the_bound.py"}
    options.output.write_text(json.dumps({"about": about, "rows": rows}, indent=1) + "\n")
    for row in rows:
        print(*row.values())


if __name__ == "__main__":
    main()
