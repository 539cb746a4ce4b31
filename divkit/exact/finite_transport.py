r"""Optimal transport between finite laws in R^d: POT's plan from above, its potentials from below.

For costs c_ij, T = min Σ c_ij g_ij over plans with margins p and q. Any plan bounds T from above,
and any potentials with u_i + v_j ≤ c_ij from below (Peyré, Cuturi 2019, section 2.5):

    Σ u_i p_i + Σ v_j q_j ≤ T ≤ Σ c_ij g_ij,   v_j = min_i c_ij − u_i,   u_i = min_j c_ij − v_j.

The network simplex gives a plan and potentials; v and u are made of these here, so that nothing
rests on the solver's word. Then u varies by no more than max c, and margins that miss p or q by δ
move T, and its bounds, by at most max c · |δ|₁. W1 is T for c = |x − y|, W2² for c = |x − y|².
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import warnings
from typing import Any

import numpy as np

from divkit.distributions.finite.log_weights import UNIT
from divkit.exact.method import NotApplicableError
from divkit.lazy import deferred
from divkit.types import FloatArray

distance = deferred("scipy.spatial.distance")

MOST_COSTS = 2**24
_TURNS = 10_000_000


def transport(
    points: FloatArray, p: tuple[FloatArray, FloatArray], q: tuple[FloatArray, FloatArray],
    squared: bool,
) -> tuple[float, float]:  # fmt: skip
    """The least cost between two laws on the same points (K, d), and its error.

    Parameters
    ----------
    p, q : probabilities (K,), and bounds of their errors.
    squared : whether the cost is |x − y|², not |x − y|.

    Raises
    ------
    NotApplicableError
        If POT is not installed, or there are more than 2^24 pairs of atoms.
    """
    mine, theirs = p[0] > 0, q[0] > 0
    if int(mine.sum()) * int(theirs.sum()) > MOST_COSTS:
        raise NotApplicableError(
            f"optimal transport between {mine.sum()} and {theirs.sum()} atoms takes more than "
            f"{MOST_COSTS} costs. Take fewer atoms, or draw samples and use divkit.estimate."
        )
    costs = distance.cdist(points[mine], points[theirs], "sqeuclidean" if squared else "euclidean")
    a, b = p[0][mine], q[0][theirs]
    plan, u = _solved(a, b, costs)
    upper = math.fsum((plan * costs).sum(axis=1).tolist())
    v = (costs - u[:, None]).min(axis=0)
    u = (costs - v).min(axis=1)
    v, u = v + u.min(), u - u.min()
    lower = math.fsum([*(u * a).tolist(), *(v * b).tolist()])
    off = np.abs(plan.sum(axis=1) - a).sum() + np.abs(plan.sum(axis=0) - b).sum()
    slip = off + p[1].sum() + q[1].sum() + 4 * UNIT
    rounding = UNIT * (points.shape[1] + 24) * (upper + float(np.abs(u).max() + np.abs(v).max()))
    apart = max(upper - lower, 0.0)
    return upper, apart + float(costs.max()) * float(slip) + rounding


def _solved(a: FloatArray, b: FloatArray, costs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A plan (K, M) and potentials (K,) by the network simplex.

    What the solver warns of, such as turns that ran out, is seen in the gap between the bounds.
    """
    solver = _pot()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plan, log = solver.emd(a, b * (a.sum() / b.sum()), costs, numItermax=_TURNS, log=True)
    return np.asarray(plan), np.asarray(log["u"])


def _pot() -> Any:
    if importlib.util.find_spec("ot") is None:
        raise NotApplicableError(
            "Wasserstein distances of finite laws in more than one dimension need POT, which is "
            "not installed; pip install 'divkit[transport]'."
        )
    return importlib.import_module("ot")
