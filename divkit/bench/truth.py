r"""Reference of an estimate: the divergence, the statistical limit, the oracle.

No regular estimator from n + m samples has a variance below Var_p T*/n + Var_q f*(T*)/m, where
T* = f'(r) (`efficiency-bound` in `divkit verify`), and the oracle, the dual value at the true log
ratio,

    E_n T*(x) − E_m f*(T*(y)),

attains it. The truth comes from the exact engine. The two variances are means over 2²⁰ draws, good
to about a third of a per cent where the payoffs are bounded. KL's second variance, χ²(p‖q), comes
from the exact engine instead, which also proves it infinite where it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences import KL, PEARSON, named
from divkit.divergences.base import FDivergence
from divkit.problems import PROBLEMS
from divkit.problems.truths import truth_of
from divkit.types import Tensor

_DRAWS = 2**20


@dataclass(frozen=True)
class ProblemTruth:
    """The divergence of a problem, its error, and the variances of one row of each sample."""

    value: float
    error: float
    variance_p: float
    variance_q: float

    def bound(self, n: int, m: int) -> float:
        """The least standard deviation of a regular estimator from n + m rows; may be inf."""
        return math.sqrt(self.variance_p / n + self.variance_q / m)


def truth(problem: str, divergence: str) -> ProblemTruth:
    """Compute the truth of a problem.

    Raises
    ------
    ValueError
        If the divergence is no f-divergence.
    """
    pair, kind = PROBLEMS[problem], f_divergence(divergence)
    result = truth_of(pair, kind.name)
    rng = np.random.default_rng(0)
    x, y = pair.p.sample(_DRAWS, rng), pair.q.sample(_DRAWS, rng)
    gains, losses = payoffs(kind, pair.p, pair.q, x, y)
    second = truth_of(pair, PEARSON.name).value if kind.is_same_as(KL) else float(losses.var())
    return ProblemTruth(result.value, result.error, float(gains.var()), second)


def oracle(problem: str, divergence: str, x: Tensor, y: Tensor) -> float:
    """The dual value at the true log ratio on samples x (n, d) and y (m, d)."""
    pair = PROBLEMS[problem]
    gains, losses = payoffs(f_divergence(divergence), pair.p, pair.q, x, y)
    return float(gains.mean() - losses.mean())


def payoffs(kind: FDivergence, p: Law, q: Law, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """T*(x) (n,) and f*(T*(y)) (m,)."""
    gains = kind.witness(p.log_prob(x) - q.log_prob(x))
    return gains, kind.conjugate_at(p.log_prob(y) - q.log_prob(y))


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
