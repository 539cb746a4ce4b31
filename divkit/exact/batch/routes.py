"""Which way a block of pairs of normals or normal mixtures is computed, and the doing of it.

| divergence | normals | normal mixtures |
|---|---|---|
| js, js_fgan, gan | affinity | panels, loops of `divkit.exact.batch.js` or compiled |
| triangular | affinity | panels |
| weighted_js, hellinger2, alpha(0.5), … : bounded and smooth | panels | panels |
| kl, reverse_kl, jeffreys: logarithmic | panels | panels, watched |
| tv: a kink | panels, watched | panels, watched |
| chi2, alpha(2.5), … : infinite for some pairs; Rényi, W2, energy, MMD | none | none |
| w1 | none | crossings, `divkit.exact.batch.crossings` |

A logarithm of a mixture bends where its components cross, however small the density is there, and
TV's integrand where p = q: a fixed rule can miss a bend beside the end of a panel, so that these
are watched there (`divkit.exact.batch.bends`).

What lies outside a component's window of ± reach scales is bounded: an integrand of a bounded
divergence by at_zero·q + slope_at_infinity·p, a logarithmic one by (p + q)|log p − log q|.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.families.normal import Normal
from divkit.divergences.base import Divergence, FDivergence, Transformed, is_metric
from divkit.divergences.quantities import JENSEN_SHANNON
from divkit.exact.affinity.kernels import Kernel
from divkit.exact.affinity.method import kernel_of
from divkit.exact.batch import js as batch_js
from divkit.exact.batch.affinity import AffinityRule, one_minus_affinity
from divkit.exact.batch.bends import BentIntegrand
from divkit.exact.batch.crossings import w1_of_mixtures
from divkit.exact.batch.integrand import MixtureIntegrand
from divkit.exact.batch.laws import LawArrays, NormalBatch
from divkit.exact.batch.mesh import Index, mesh
from divkit.exact.batch.panels import EPS, Evaluate, Mesh, MixturePairs, PanelRule
from divkit.exact.method import NotApplicableError, transformed
from divkit.floats import own_rules
from divkit.results import Result
from divkit.types import FloatArray, Kind

Engine: TypeAlias = Literal["auto", "numba", "numpy"]

_WORTH_COMPILING = 200  # pairs of mixtures from which numba's import, under a second, pays
_NORMALS_WORTH_COMPILING = 500_000  # and pairs of normals, which NumPy does in 2 µs each
_LOGARITHMIC_REACH = 13.0  # logarithms of ratios grow where the densities vanish
_ENGINES: Mapping[str, bool | None] = {"auto": None, "numba": True, "numpy": False}
"""Whether numba is required; None where it is used if it is installed and worth its import."""
_SHARE = 1024
"""Pairs of mixtures that are computed together: their panels stay in the cache."""
_WIDEST = 30.0
_REACH = 8.6  # 8e-18 of a normal's mass is farther out, and JSD sees 40 times that
_FAR = 15.0, 30.0  # log-ratios at which the integrand is near its limit, and the gap a number
_UNLIKE = Normal(0.0, 1e-3), Normal(0.0, 1e3)


@dataclass(frozen=True, eq=False)
class Block:
    """Values and errors of some pairs, (n,) each, and the way they came; error inf: not done.

    `alone` holds the results of pairs that were computed one at a time, by index in the batch.
    """

    value: FloatArray
    error: FloatArray
    kind: Kind
    method: str
    nodes: int = 0
    alone: Mapping[int, Result] = field(default_factory=dict)


@dataclass(frozen=True)
class Loops:
    """The two inner loops of the panels: laying them, and summing over their nodes."""

    name: str
    lay: Mesh
    evaluate: Evaluate


def fast_block(
    p: LawArrays, q: LawArrays, divergence: Divergence, engine: Engine, workers: int = 1
) -> Block | str:
    """Return the block of these pairs, row by row; a string says why there is no fast way."""
    if isinstance(divergence, Transformed):
        if divergence.log_gain is not None:
            return f"{divergence.name} is the logarithm of an affinity"
        base = fast_block(p, q, divergence.base, engine, workers)
        return base if isinstance(base, str) else _transformed(divergence, base)
    if not isinstance(divergence, FDivergence):
        normals = isinstance(p, NormalBatch) and isinstance(q, NormalBatch)
        if normals or not is_metric(divergence, "w1"):
            return f"{divergence.name} is no f-divergence"
        return _by_crossings(_side_by_side(p, q), workers)
    kernel = _kernel(divergence)
    if kernel is not None and isinstance(p, NormalBatch) and isinstance(q, NormalBatch):
        return _by_affinity(p, q, kernel, engine)
    if not _always_finite(divergence):
        return f"{divergence.name} is infinite for some pairs of normals"
    pairs = _side_by_side(p, q)
    if _reach(divergence) > _WIDEST:
        return f"{divergence.name} sees too far into the tails"
    return _on_panels(pairs, divergence, engine, workers)


def _by_affinity(p: NormalBatch, q: NormalBatch, kernel: Kernel, engine: Engine) -> Block:
    rule, add, name = AffinityRule(), one_minus_affinity, "numpy"
    if _compiled(engine, len(p) >= _NORMALS_WORTH_COMPILING):
        kernels = importlib.import_module("divkit.exact.batch._kernels_numba_normals")
        add, name = kernels.one_minus_affinity, "numba"
    value, error = rule(p, q, kernel, add)
    return Block(value, error, "quadrature", f"{rule!r}, {name}", rule.nodes * len(p))


def _by_crossings(pairs: MixturePairs, workers: int) -> Block:
    value, error = np.full(len(pairs), math.nan), np.full(len(pairs), math.inf)

    @own_rules  # NumPy's are the thread's own
    def compute(rows: Index) -> int:
        value[rows], error[rows], nodes = w1_of_mixtures(pairs[rows])
        return nodes

    nodes = _spread(compute, np.flatnonzero(_within_reach(pairs)), workers)
    return Block(value, error, "quadrature", "crossings of distribution functions", nodes)


def _kernel(divergence: FDivergence) -> Kernel | None:
    try:
        kernel = kernel_of(divergence)
    except NotApplicableError:
        return None
    return kernel if kernel.shift == 0 else None


@lru_cache(maxsize=64)
def _always_finite(divergence: FDivergence) -> bool:
    """Whether the divergence converges for normals whose scales differ a million times."""
    narrow, wide = _UNLIKE
    ends = [(a.tails[k], b.tails[k]) for a, b in ((narrow, wide), (wide, narrow)) for k in (0, 1)]
    return math.isfinite(divergence.upper) or all(divergence.finite_if(s, t) for s, t in ends)


@lru_cache(maxsize=64)
def _reach(divergence: FDivergence) -> float:
    """Number of scales from a component at which its density moves the integrand by 1e-17.

    Where p ≫ q the integrand nears its limit p·slope like p(q/p)^γ, so that a component counts as
    long as its density to the power γ does: at √γ times the distance.
    """
    ends = (divergence.slope_at_infinity, (0.0, -1.0)), (divergence.at_zero, (-1.0, 0.0))
    gaps = [
        [abs(limit - _at(divergence, far * lp, far * lq)) for far in _FAR]
        for limit, (lp, lq) in ends
        if math.isfinite(limit)
    ]
    powers = [math.log(near / far) / (_FAR[1] - _FAR[0]) for near, far in gaps if far > 0]
    least = _REACH if math.isfinite(divergence.upper) else _LOGARITHMIC_REACH
    reach = max([least, *(_REACH / math.sqrt(max(power, 1e-3)) for power in powers)])
    return math.ceil(10 * reach) / 10


def _at(divergence: FDivergence, lp: float, lq: float) -> float:
    return float(divergence.integrand(torch.tensor([lp]).double(), torch.tensor([lq]).double())[0])


def _side_by_side(p: LawArrays, q: LawArrays) -> MixturePairs:
    left = p.mixtures if isinstance(p, NormalBatch) else p
    right = q.mixtures if isinstance(q, NormalBatch) else q
    return MixturePairs(
        np.concatenate([left.weights, right.weights], axis=1),
        np.concatenate([left.locs, right.locs], axis=1),
        np.concatenate([left.scales, right.scales], axis=1),
        left.locs.shape[1],
    )


def _on_panels(
    pairs: MixturePairs, divergence: FDivergence, engine: Engine, workers: int
) -> Block:
    factor, constant = 1.0, divergence.at_one
    loops = Loops("numpy", mesh, _integrand(pairs, divergence))
    if divergence.quantity == JENSEN_SHANNON:
        factor, loops = divergence.factor, _js_loops(engine, len(pairs))
    rule, within = PanelRule(reach=_reach(divergence)), _within_reach(pairs)
    value, error = np.full(len(pairs), math.nan), np.full(len(pairs), math.inf)

    @own_rules  # NumPy's are the thread's own
    def compute(rows: Index) -> int:
        near = pairs[rows]
        value[rows], own, nodes = rule(near, loops.evaluate, loops.lay)
        error[rows] = abs(factor) * own + _outside(near, divergence, rule.reach)
        return nodes

    nodes = _spread(compute, np.flatnonzero(within), workers)
    value, error = constant + factor * value, error + 2 * EPS * abs(constant)
    return Block(value, error, "quadrature", f"{rule!r}, {loops.name}", nodes)


def _spread(compute: Callable[[Index], int], rows: Index, workers: int) -> int:
    """Compute the rows in shares that do not depend on the number of workers; add what comes."""
    shares = [rows[start : start + _SHARE] for start in range(0, len(rows), _SHARE)]
    if workers == 1 or len(shares) < 2:
        return sum(map(compute, shares))
    with ThreadPoolExecutor(min(workers, len(shares))) as pool:
        return sum(pool.map(compute, shares))


def _integrand(pairs: MixturePairs, divergence: FDivergence) -> Evaluate:
    """The integrand; watched where it has a kink, or sees where a mixture's leader changes."""
    smooth, kinked = MixtureIntegrand(divergence), not math.isfinite(divergence.curvature)
    logarithmic = not math.isfinite(divergence.upper) and pairs.locs.shape[1] > 2
    return BentIntegrand(smooth, kinked) if kinked or logarithmic else smooth


def _within_reach(pairs: MixturePairs) -> NDArray[np.bool_]:
    """Which pairs have scales and distances whose quotients are no overflow."""
    narrow, wide = reduce(np.minimum, pairs.scales.T), reduce(np.maximum, pairs.scales.T)
    with np.errstate(over="ignore"):  # an infinite span is too wide as well
        span = reduce(np.maximum, pairs.locs.T) - reduce(np.minimum, pairs.locs.T) + 100 * wide
        return np.asarray((narrow > 1e-303) & (span < 1e303) & (span / narrow < 1e150))


def _js_loops(engine: Engine, n: int) -> Loops:
    """The loops for JSD: numba's where they are asked for, or worth their import."""
    if _compiled(engine, n >= _WORTH_COMPILING):
        kernels = importlib.import_module("divkit.exact.batch._kernels_numba")
        return Loops("numba", kernels.mesh, kernels.sums)
    return Loops("numpy", mesh, batch_js.js_integrand(batch_js.fill))


def _compiled(engine: Engine, worth: bool) -> bool:
    """Whether to use numba: where it is asked for, or is installed and worth its import."""
    if engine not in _ENGINES:
        raise ValueError(f"engine must be 'auto', 'numba' or 'numpy'; got {engine!r}.")
    installed, required = importlib.util.find_spec("numba") is not None, _ENGINES[engine]
    if required and not installed:
        raise ValueError(
            "engine='numba' needs numba, which is not installed; pip install 'divkit[fast]', "
            "or pass engine='numpy'."
        )
    return installed and worth if required is None else required


def _outside(pairs: MixturePairs, divergence: FDivergence, reach: float) -> FloatArray:
    """A bound on what the windows of ± reach scales leave out."""
    mass = math.erfc(reach / math.sqrt(2))
    if math.isfinite(divergence.upper):
        worst = 2 * max(divergence.at_zero, divergence.slope_at_infinity)
        return np.full(len(pairs), mass * worst * (1 + 0.5 * reach**2))
    # |log p − log q| at t scales from a component is at most a + b t²
    narrow, wide = pairs.scales.min(axis=1), pairs.scales.max(axis=1)
    span = pairs.locs.max(axis=1) - pairs.locs.min(axis=1)
    with np.errstate(over="ignore", divide="ignore"):
        lightest = np.where(pairs.weights > 0, pairs.weights, 1.0).min(axis=1)
        constant = np.log(wide / narrow) - np.log(lightest) + (span / narrow) ** 2
        growth = constant + (wide / narrow) ** 2 * (reach**2 + 2)
    return np.asarray(4 * mass * growth)


def _transformed(divergence: Transformed, base: Block) -> Block:
    rows = zip(base.value.tolist(), base.error.tolist(), strict=True)
    results = [transformed(divergence, Result.exact(v, e, base.kind, "")) for v, e in rows]
    value, error = (np.array([getattr(r, name) for r in results]) for name in ("value", "error"))
    return Block(value, error, base.kind, base.method, base.nodes)
