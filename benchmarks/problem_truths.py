"""Truths of the benchmark's problems by the exact engine, and each again by another road.

    python benchmarks/problem_truths.py [--only NAME …] [--check]

Writes divkit/problems/truths.json: values with errors, the laws' digest, facts of difficulty, and
the variances of the payoffs that the efficiency bound needs.
With --check each is found again by `second_roads.py`, which knows nothing of divkit's, and
results/problem_truths.json and .md say by how much the two differ, in units of both errors.
Both are resumed problem by problem.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from second_roads import again, table

from divkit.bench.code import beneath, package_digest
from divkit.bench.truth import payoffs, variances
from divkit.divergences import JS, KL
from divkit.exact.api import divergence
from divkit.plain import jsonable
from divkit.problems import PROBLEMS, Problem
from divkit.problems.truths import KINDS, LINE, TRUTHS, Facts, version_of
from divkit.storage import write_whole

TABLE = Path(__file__).parent / "results" / "problem_truths.md"
CHECKED = Path(__file__).parent / "results" / "problem_truths.json"
FACT_DRAWS = 2**16
BOUNDED = ("js", "kl", "hellinger2", "tv")
"""Divergences whose variances are stored."""
Record = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=tuple(PROBLEMS), metavar="NAME")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    path = CHECKED if given.check else TRUTHS
    parts = (
        {"values": second_values} if given.check else {"values": known, "variances": payoffs_vary}
    )
    held = json.loads(path.read_text(encoding="utf-8"))["problems"] if path.exists() else {}
    for name in given.only or PROBLEMS:
        laws = version_of(PROBLEMS[name])
        if given.only or held.get(name, {}).get("laws") != laws:
            held[name] = {"laws": laws}
        missing = [make for part, make in parts.items() if part not in held[name]]
        if not missing:
            continue
        for make in missing:
            held[name] |= make(PROBLEMS[name])
            page = {"code": package_digest(), "beneath": beneath(), "problems": held}
            write_whole(path, json.dumps(jsonable(page), indent=0, allow_nan=False) + "\n")
        print(name, json.dumps(held[name]), flush=True)
    if given.check:
        write_whole(TABLE, table(held))


def second_values(problem: Problem) -> Record:
    """Each value that is finite by another road, with how far apart they are."""
    stored = json.loads(TRUTHS.read_text(encoding="utf-8"))["problems"][problem.name]["values"]
    return again(problem.name, stored)


def known(problem: Problem) -> Record:
    """The values that the engine knows, and the facts."""
    kinds = (*KINDS, LINE) if problem.dim == 1 else KINDS
    values = {}
    for kind in kinds:
        try:
            found = divergence(problem.p, problem.q, kind)
        except (ValueError, ArithmeticError) as refusal:
            print(f"  {problem.name} {kind}: {str(refusal)[:160]}", flush=True)
            continue
        values[kind] = [found.value, found.error]
    return {"values": _plain(values), "facts": facts(problem, values)}


def _plain(values: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """Infinities as None."""
    return {
        kind: [None if math.isinf(part) else part for part in pair]
        for kind, pair in values.items()
    }


def payoffs_vary(problem: Problem) -> Record:
    """The variances of both payoffs: null for infinite ones, "nan" where that is not known."""
    found = variances(problem, [kind for kind in BOUNDED if kind in known_kinds(problem)])
    words = {kind: [_word(part) for part in pair] for kind, pair in found.items()}
    return {"variances": words}


def known_kinds(problem: Problem) -> set[str]:
    """The divergences whose stored value is finite."""
    values = json.loads(TRUTHS.read_text(encoding="utf-8"))["problems"][problem.name]["values"]
    return {kind for kind, (value, _) in values.items() if value is not None}


def _word(number: float) -> float | str | None:
    if math.isnan(number):
        return "nan"
    return None if math.isinf(number) else number


def facts(problem: Problem, values: dict[str, list[float]]) -> dict[str, float | int | None]:
    rng = np.random.default_rng(7)
    x, y = problem.p.sample(FACT_DRAWS, rng), problem.q.sample(FACT_DRAWS, rng)
    bounds = []
    for kind in (JS, KL):
        gains, losses = payoffs(kind, problem.p, problem.q, x, y)
        bounds.append(math.sqrt(float(gains.var()) + float(losses.var())))
    chi2 = values.get("chi2", [math.nan])[0]
    if math.isinf(chi2):
        bounds[1] = math.inf
    found = Facts(
        bounds[0], bounds[1], problem.dim, directions(x.numpy(), y.numpy()),
        1 - values["tv"][0] if "tv" in values else math.nan, chi2,
    )  # fmt: skip
    kept = {key: number for key, number in vars(found).items() if not math.isnan(number)}
    return {key: None if math.isinf(number) else number for key, number in kept.items()}


def directions(x: np.ndarray, y: np.ndarray) -> int:
    """Directions that moments of first and second order tell apart, by more than 5 errors."""
    if x.shape[1] == 1:
        return 1
    a, b = np.cov(x.T).reshape(x.shape[1], -1), np.cov(y.T).reshape(x.shape[1], -1)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return int(x.shape[1])
    within = 0.5 * (a + b)
    root = np.linalg.cholesky(np.linalg.pinv(within, hermitian=True) + 1e-12 * np.eye(len(a)))
    gap = root.T @ (x.mean(axis=0) - y.mean(axis=0))
    apart = root.T @ (a - b) @ root + np.outer(gap, gap)
    least = 5 * math.sqrt(4 * len(a) / len(x)) + 25 * len(a) / len(x)
    return int((abs(np.linalg.eigvalsh(apart)) > least).sum()) or int(x.shape[1])


if __name__ == "__main__":
    main()
