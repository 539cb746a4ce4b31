r"""Reference of an estimate: the divergence, the statistical limit, the oracle.

No regular estimator from n + m samples has a variance below Var_p T*/n + Var_q f*(T*)/m, where
T* = f'(r) (`efficiency-bound` in `divkit verify`), and the oracle, the dual value at the true log
ratio,

    E_n T*(x) − E_m f*(T*(y)),

attains it. The truth comes from the exact engine. The two variances are means over 2²⁰ draws, good
to about a third of a per cent where the payoffs are bounded. KL's second variance, χ²(p‖q), comes
from the exact engine instead, which also proves it infinite where it is; where the engine does not
know it, it is NaN, and so is the bound. Those of the catalogue's problems lie in `truths.json`
(`benchmarks/problem_truths.py` writes them), so that a run begins with its first cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences import KL, PEARSON, named
from divkit.divergences.base import FDivergence
from divkit.problems import PROBLEMS
from divkit.problems.pairs_of_laws import Problem
from divkit.problems.truths import truth_of, variances_of
from divkit.types import FloatArray, Tensor

_DRAWS, _BLOCK = 2**20, 2**16


@dataclass(frozen=True)
class ProblemTruth:
    """The divergence of a problem, its error, and the variances of one row of each sample."""

    value: float
    error: float
    variance_p: float
    variance_q: float

    def bound(self, n: int, m: int) -> float:
        """The least standard deviation of a regular estimator from n + m rows; inf or NaN too."""
        return math.sqrt(self.variance_p / n + self.variance_q / m)


def truth(problem: str, divergence: str) -> ProblemTruth:
    """Return the truth of a problem, with the variances of the file or of draws.

    Raises
    ------
    ValueError
        If the divergence is no f-divergence.
    """
    pair, kind = PROBLEMS[problem], f_divergence(divergence)
    result = truth_of(pair, kind.name)
    both = variances_of(pair, kind.name) or variances(pair, (kind.name,))[kind.name]
    return ProblemTruth(result.value, result.error, *both)


def known_truth(problem: str, divergence: str) -> ProblemTruth | None:
    """Return a truth that the catalogue holds with its variances; None where they lack.

    >>> known_truth("shift1", "kl").value
    0.5
    """
    kind = f_divergence(divergence).name
    if problem not in PROBLEMS or variances_of(PROBLEMS[problem], kind) is None:
        return None
    return truth(problem, divergence)


def variances(pair: Problem, divergences: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return Var_p T* and Var_q f*(T*) of f-divergences, from 2²⁰ draws of each law."""
    rng = np.random.default_rng(0)
    kinds = [f_divergence(name) for name in divergences]
    blocks = [_payoffs_of_draws(pair, kinds, rng) for _ in range(_DRAWS // _BLOCK)]
    found = {}
    for place, kind in enumerate(kinds):
        gains, losses = (np.concatenate([b[place][side] for b in blocks]) for side in (0, 1))
        second = _chi2(pair) if kind.is_same_as(KL) else float(losses.var())
        found[kind.name] = (float(gains.var()), second)
    return found


def _payoffs_of_draws(
    pair: Problem, kinds: Sequence[FDivergence], rng: np.random.Generator
) -> list[tuple[FloatArray, FloatArray]]:
    x, y = pair.p.sample(_BLOCK, rng), pair.q.sample(_BLOCK, rng)
    at_x, at_y = (pair.p.log_prob(rows) - pair.q.log_prob(rows) for rows in (x, y))
    return [(kind.witness(at_x).numpy(), kind.conjugate_at(at_y).numpy()) for kind in kinds]


def _chi2(pair: Problem) -> float:
    try:
        return truth_of(pair, PEARSON.name).value
    except (ValueError, ArithmeticError):
        return math.nan


def oracle(problem: str, divergence: str, x: Tensor, y: Tensor) -> float:
    """The dual value at the true log ratio on samples x (n, d) and y (m, d)."""
    pair = PROBLEMS[problem]
    gains, losses = payoffs(f_divergence(divergence), pair.p, pair.q, x, y)
    return float(gains.mean() - losses.mean())


def payoffs(kind: FDivergence, p: Law, q: Law, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """T*(x) (n,) and f*(T*(y)) (m,)."""
    gains = kind.witness(p.log_prob(x) - q.log_prob(x))
    return gains, kind.conjugate_at(p.log_prob(y) - q.log_prob(y))


def is_f_divergence(name: str) -> bool:
    """Whether a name is known, and of an f-divergence."""
    try:
        f_divergence(name)
    except ValueError:
        return False
    return True


def f_divergence(name: str) -> FDivergence:
    """The f-divergence of a name.

    Raises
    ------
    ValueError
        If it is none: the efficiency bound is that of f-divergences.
    """
    divergence = named(name)
    if not isinstance(divergence, FDivergence):
        raise ValueError(f"{name!r} is no f-divergence; the benchmark's bound needs one.")
    return divergence
