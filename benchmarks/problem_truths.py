"""Truths of the benchmark's problems by the exact engine, and each again by another road.

    python benchmarks/problem_truths.py [--only NAME …] [--check]

Writes divkit/problems/truths.json: values with errors, the laws' digest, and facts of difficulty.
With --check each is found again, and results/problem_truths.json says by how much the two differ,
in units of both errors: on the line by SciPy's adaptive quadrature of the two log densities over
pieces between their quantiles, or the sum over atoms; elsewhere by the mean over 200,000 draws of
(p + q)/2, with its standard error. Both are resumed problem by problem.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import integrate

from divkit.bench.code import beneath, package_digest
from divkit.bench.truth import payoffs
from divkit.divergences import JS, KL, named
from divkit.exact.api import divergence
from divkit.plain import jsonable
from divkit.problems import PROBLEMS, Problem
from divkit.problems.truths import KINDS, LINE, TRUTHS, Facts, version_of
from divkit.storage import write_whole

CHECKED = Path(__file__).parent / "results" / "problem_truths.json"
DRAWS, FACT_DRAWS = 200_000, 2**16
Record = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=tuple(PROBLEMS), metavar="NAME")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    path, make = (CHECKED, checked) if given.check else (TRUTHS, known)
    held = json.loads(path.read_text(encoding="utf-8"))["problems"] if path.exists() else {}
    for name in given.only or PROBLEMS:
        laws = version_of(PROBLEMS[name])
        if given.only is None and held.get(name, {}).get("laws") == laws:
            continue
        held[name] = {"laws": laws, **make(PROBLEMS[name])}
        print(name, json.dumps(held[name]), flush=True)
        page = {"code": package_digest(), "beneath": beneath(), "problems": held}
        write_whole(path, json.dumps(jsonable(page), indent=0, allow_nan=False) + "\n")


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


def checked(problem: Problem) -> Record:
    """Each value that is finite by another road, with how far apart they are."""
    stored = json.loads(TRUTHS.read_text(encoding="utf-8"))["problems"][problem.name]["values"]
    second = on_the_line if _on_the_line(problem) else by_draws
    out: dict[str, object] = {}
    for kind, (value, error) in stored.items():
        if value is None:
            continue
        found = w1(problem) if kind == LINE else second(problem, kind)
        if found is None:
            continue
        both = math.hypot(found[1], error)
        apart = abs(value - found[0]) / both if both else float(value != found[0])
        out[kind] = {"value": found[0], "error": found[1], "apart": apart}
    return {"road": second.__name__, "values": out}


def _on_the_line(problem: Problem) -> bool:
    return problem.dim == 1 and hasattr(problem.p, "ppf")


def _pieces(problem: Problem) -> np.ndarray:
    levels = [0.0, *10.0 ** np.arange(-15, -1), *np.linspace(0.1, 0.9, 9)]
    ends: list[float] = []
    for law in (problem.p, problem.q):
        for level in levels:
            ends += [
                float(law.ppf(level)),
                float(law.isf(level)) if hasattr(law, "isf") else math.nan,
            ]
        ends += [
            k
            for f in law.features
            for k in (f.center[0], *(f.center[0] + s * f.scale for s in (-6.0, -2.0, 2.0, 6.0)))
        ]
    kept = np.unique([e for e in ends if not math.isnan(e)])
    return np.unique(np.concatenate([[kept[0]], kept]))


def on_the_line(problem: Problem, kind: str) -> tuple[float, float] | None:
    """∫ q f(p/q) by scipy.integrate.quad between quantiles."""
    of = named(kind)
    base = getattr(of, "base", of)

    def integrand(t: float) -> float:
        at = np.array([[t]])
        u, v = float(problem.p.log_prob(at)[0]), float(problem.q.log_prob(at)[0])
        return float(term(base, u, v))

    ends, value, error = _pieces(problem), 0.0, 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", integrate.IntegrationWarning)
        for low, high in itertools.pairwise(ends):
            part, slack = integrate.quad(integrand, low, high, limit=60)[:2]
            value, error = value + part, error + slack
    if base is not of:
        return None
    return value, error + 1e-12


def term(base: object, u: float, v: float) -> float:
    """q f(p/q) of log p and log q; f written out here."""
    p, q = math.exp(u), math.exp(v)
    forms: dict[str, Callable[[], float]] = {
        "kl": lambda: p * (u - v) if p else 0.0,
        "reverse_kl": lambda: q * (v - u) if q else 0.0,
        "js": lambda: (
            0.5
            * (
                (p * (u - np.logaddexp(u, v) + math.log(2)) if p else 0.0)
                + (q * (v - np.logaddexp(u, v) + math.log(2)) if q else 0.0)
            )
        ),
        "hellinger2": lambda: 0.5 * (math.sqrt(p) - math.sqrt(q)) ** 2,
        "tv": lambda: 0.5 * abs(p - q),
        "chi2": lambda: (p - q) ** 2 / q if q else 0.0,
    }
    return forms[base.name]()  # type: ignore[attr-defined]


def by_draws(problem: Problem, kind: str) -> tuple[float, float] | None:
    """The mean over draws of the middle law of q f(p/q) over its density."""
    rng = np.random.default_rng(11)
    x, y = (law.sample(DRAWS // 2, rng) for law in (problem.p, problem.q))
    parts = []
    for rows in (x, y):
        u, v = problem.p.log_prob(rows).numpy(), problem.q.log_prob(rows).numpy()
        middle = np.logaddexp(u, v) - math.log(2)
        a, b = np.exp(u - middle), np.exp(v - middle)  # p and q over the middle, at most 2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            terms = {
                "kl": np.where(a > 0, a * (u - v), 0.0),
                "reverse_kl": np.where(b > 0, b * (v - u), 0.0),
                "js": 0.5
                * (np.where(a > 0, a * np.log(a), 0) + np.where(b > 0, b * np.log(b), 0)),
                "hellinger2": 0.5 * (np.sqrt(a) - np.sqrt(b)) ** 2,
                "tv": 0.5 * abs(a - b),
                "chi2": np.where(b > 0, (a - b) ** 2 / b, np.inf),
            }[kind]
        parts.append(terms)
    if not all(np.isfinite(part).all() for part in parts):
        return None
    value = 0.5 * sum(float(part.mean()) for part in parts)
    error = 0.5 * math.sqrt(sum(float(part.var()) / len(part) for part in parts))
    return value, error + 1e-12 * abs(value)


def w1(problem: Problem) -> tuple[float, float] | None:
    """∫ |F − G| by scipy.integrate.quad, where tails leave nothing."""
    ends = _pieces(problem)
    ends = ends[np.isfinite(ends)]

    def gap(t: float) -> float:
        return abs(float(problem.p.cdf(np.array([t]))[0]) - float(problem.q.cdf(np.array([t]))[0]))

    value = error = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", integrate.IntegrationWarning)
        for low, high in itertools.pairwise(ends):
            part, slack = integrate.quad(gap, low, high, limit=60)[:2]
            value, error = value + part, error + slack
    return value, error + 1e-9 * max(1.0, value) + 1e-6 * float(abs(ends[[0, -1]]).max() < 1e6)


if __name__ == "__main__":
    main()
