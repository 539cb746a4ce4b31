"""Truths of the benchmark's problems by the exact engine, and each again by another road.

    python benchmarks/problem_truths.py [--only NAME …] [--check]

Writes divkit/problems/truths.json: values with errors, the laws' digest, facts of difficulty, and
the variances of the payoffs that the efficiency bound needs.
With --check each is found again, and results/problem_truths.json says by how much the two differ,
in units of both errors: on the line by two Gauss–Legendre rules on many panels between quantiles,
of the two log densities; elsewhere by the mean over 200,000 draws of (p + q)/2, with its standard
error. Both are resumed problem by problem.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from divkit.bench.code import beneath, package_digest
from divkit.bench.truth import payoffs, variances
from divkit.distributions.support import Boxes
from divkit.divergences import JS, KL
from divkit.exact.api import divergence
from divkit.plain import jsonable
from divkit.problems import PROBLEMS, Problem
from divkit.problems.truths import KINDS, LINE, TRUTHS, Facts, version_of
from divkit.storage import write_whole

CHECKED = Path(__file__).parent / "results" / "problem_truths.json"
DRAWS, FACT_DRAWS = 200_000, 2**16
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
    parts = {"values": checked} if given.check else {"values": known, "variances": payoffs_vary}
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
    laws = (problem.p, problem.q)
    return problem.dim == 1 and all(isinstance(law.support, Boxes) for law in laws)


def _pieces(problem: Problem) -> np.ndarray:
    """Ends between which densities are smooth: quantiles, tails by tens, places of features."""
    levels = torch.tensor([0.0, *10.0 ** np.arange(-15, -1), *np.linspace(0.1, 0.9, 9)])
    ends: list[float] = []
    for law in (problem.p, problem.q):
        ends += law.ppf(levels).tolist() + law.ppf(1 - levels).tolist()
        for feature in law.features:
            centre, width = float(np.ravel(feature.center)[0]), float(np.ravel(feature.scale)[0])
            ends += [centre + k * width for k in (-6.0, -2.0, 0.0, 2.0, 6.0)]
    known = np.unique([end for end in ends if math.isfinite(end)])
    middle = float(np.median(known))  # tails of p²/q reach further than those of either law
    far = [middle + k * (end - middle) for end in known[[0, -1]] for k in (2.0, 4.0, 8.0)]
    inside = [
        end for end in far if all(_holds(law.support, end) for law in (problem.p, problem.q))
    ]
    return np.unique(np.concatenate([known, inside]))


def _holds(support: Boxes, end: float) -> bool:
    return bool(support.contains(torch.tensor([[end]], dtype=torch.float64))[0])


def _panels(problem: Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    """Nodes and weights of two Gauss–Legendre rules on eighths of the pieces."""
    ends = _pieces(problem)
    ends = ends[np.isfinite(ends)]
    fine = np.unique(np.concatenate([np.linspace(a, b, 9) for a, b in itertools.pairwise(ends)]))
    middle, half = 0.5 * (fine[1:] + fine[:-1]), 0.5 * np.diff(fine)
    rules = []
    for count in (12, 20):
        place, weight = np.polynomial.legendre.leggauss(count)
        nodes = middle[:, None] + half[:, None] * place
        rules.append((nodes.ravel(), (half[:, None] * weight).ravel()))
    return rules


def on_the_line(problem: Problem, kind: str) -> tuple[float, float] | None:
    """∫ q f(p/q) between the quantiles at 10⁻¹⁵, by two Gauss–Legendre rules on many panels."""
    values = []
    for nodes, weights in _panels(problem):
        u, v = (np.asarray(law.log_prob(nodes[:, None])) for law in (problem.p, problem.q))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = term(kind, u, v)
        if not np.isfinite(found).all():
            return None
        values.append(float(weights @ found))
    slack = 10 * abs(values[1] - values[0])  # a kink is as hard on both rules
    floor = 1e-7 if kind == "tv" else 1e-9
    return values[1], slack + floor * max(1.0, abs(values[1]))


def term(kind: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """q f(p/q) of log p and log q; f written out here."""
    p, q = np.exp(u), np.exp(v)
    middle = np.logaddexp(u, v) - math.log(2)

    def part(weight: np.ndarray, gap: np.ndarray) -> np.ndarray:
        return np.where(weight > 0, weight * np.where(weight > 0, gap, 0.0), 0.0)

    forms: dict[str, Callable[[], np.ndarray]] = {
        "kl": lambda: part(p, u - v),
        "reverse_kl": lambda: part(q, v - u),
        "js": lambda: 0.5 * (part(p, u - middle) + part(q, v - middle)),
        "hellinger2": lambda: 0.5 * (np.sqrt(p) - np.sqrt(q)) ** 2,
        "tv": lambda: 0.5 * abs(p - q),
        "chi2": lambda: np.where(p + q > 0, (p - q) ** 2 / q, 0.0),
    }
    return forms[kind]()


def by_draws(problem: Problem, kind: str) -> tuple[float, float] | None:
    """The mean over draws of the middle law of q f(p/q) over its density."""
    rng = np.random.default_rng(11)
    x, y = (law.sample(DRAWS // 2, rng) for law in (problem.p, problem.q))
    parts = []
    for rows in (x, y):
        u, v = problem.p.log_prob(rows).numpy(), problem.q.log_prob(rows).numpy()
        middle = np.logaddexp(u, v) - math.log(2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            terms = term(kind, u - middle, v - middle)  # of p and q over the middle, at most 2
        parts.append(terms)
    if not all(np.isfinite(part).all() for part in parts):
        return None
    value = 0.5 * sum(float(part.mean()) for part in parts)
    error = 0.5 * math.sqrt(sum(float(part.var()) / len(part) for part in parts))
    return value, error + 1e-12 * abs(value)


def w1(problem: Problem) -> tuple[float, float] | None:
    """∫ |F − G| by the same rules; what tails hold beyond is less than 10 of their quantiles'."""
    values, far = [], 0.0
    for nodes, weights in _panels(problem):
        p, q = (law.cdf(torch.from_numpy(nodes)) for law in (problem.p, problem.q))
        values.append(float(weights @ abs(np.asarray(p) - np.asarray(q))))
        far = max(far, float(abs(nodes).max()))
    slack = 10 * abs(values[1] - values[0]) + 1e-14 * far
    return values[1], slack + 1e-9 * max(1.0, values[1])


if __name__ == "__main__":
    main()
