r"""The population objective of two known laws: nodes to train on, and others to judge by.

On the line the nodes are Gauss–Legendre points on the panels that the exact engine chose for the
integrand of JSD, in the plane and in space on its boxes, and of finite laws their atoms. In more
dimensions training uses points of m = (p+q)/2, half from each law, that carry the true ratio (see
`divkit.critics.points`): Sobol' points where both laws have inverse transforms, draws elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch

from divkit.critics.points import WeightedPoints, from_mixture_draws, from_nodes
from divkit.distributions.adapt import as_laws
from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixed import MixedLaw, Stratum
from divkit.distributions.compose.product import Product
from divkit.distributions.finite.tables import common, table
from divkit.distributions.null_sets import share_measure
from divkit.distributions.strata import free
from divkit.distributions.support import Lattice, Singular, is_discrete
from divkit.divergences import JS
from divkit.exact.calculating import calculates
from divkit.exact.capabilities import inverse
from divkit.exact.counts.metrics import tabulated
from divkit.exact.method import NotApplicableError
from divkit.exact.monte_carlo.method import draw
from divkit.exact.own_method import Calculating
from divkit.exact.quadrature.fields import of_divergence
from divkit.exact.quadrature.pair import PairField
from divkit.exact.quadrature.panels import Layout, layout
from divkit.exact.quadrature.refine import Limits, refine
from divkit.exact.tensor.rule import Cells
from divkit.exact.tensor.sweep import Sweep
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Tensor

_EMPTY = 1e-25
"""Nodes with a smaller mass p + q are left out: |log D| there would have to be 1e10 to matter."""

LIGHT = 1e-12
"""The same for training, where each node costs; the judge sees what was left out."""

_LINE, _LEAST_ORDER = 384, 10


def training_points(p: Any, q: Any, count: int = 2048, rng: RandomState = 0) -> WeightedPoints:
    """Nodes of the population objective for training, about `count` beyond the line.

    On the line there are at least min(count, 384), for log ratios need fewer nodes than the
    critics that are to find them, and at least order 10 on each panel of the exact engine.
    Cubature is used in the plane and in space if it needs at most 2·count nodes, Sobol' points
    otherwise; `origin` says which.

    Returns
    -------
    WeightedPoints
        Points of both laws with their weights, as `train` takes them.

    Raises
    ------
    ValueError
        If p and q differ in dimension, or in kind (a finite law and one with a density).

    Examples
    --------
    >>> points = training_points("normal(0, 1)", "normal(1, 1)")
    >>> round(float(points.p_weight.sum()), 9)
    1.0
    """
    p, q = as_laws(p, q)
    if p.dim != q.dim:
        raise ValueError(f"p and q must have one dimension; got {p.dim} and {q.dim}.")
    if is_discrete(p.support) or is_discrete(q.support):
        return atoms(p, q)
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        plan = line_layout(p, q)
        order = max(_LEAST_ORDER, -(-min(count, _LINE) // len(plan.panels)))
        return line_nodes(p, q, plan, order).points
    if p.dim <= 3 and (cells := boxes(p, q, 1e-4, 300_000)) is not None:
        rule = cell_nodes(p, q, cells, 4 if p.dim == 2 else 3)
        nodes = rule.points.heavier_than(LIGHT)
        if len(nodes) <= 2 * count:
            return nodes
    return mixture_points(p, q, count, rng)


def atoms(p: Law, q: Law) -> WeightedPoints:
    """The atoms of two laws with both probabilities; of counts all but a mass of 1e-18."""
    if not (is_discrete(p.support) and is_discrete(q.support)):
        raise ValueError(
            "one law is of atoms and the other is not: they are mutually singular, so that no "
            "nodes carry both, and nothing is to be trained: D = 1 on one law's atoms and 0 off "
            "them, or the reverse, reaches the largest value of all (for the game gan V* = 0, "
            "JSD = log 2). `divkit divergence P Q` and `divkit verify P Q` show the numbers."
        )
    if isinstance(p.support, Lattice) or isinstance(q.support, Lattice):
        x = torch.from_numpy(tabulated(p, q, 0).points.copy())[:, None]
        one = torch.ones(len(x), dtype=torch.float64)
        return from_nodes(x, one, p.log_prob(x), q.log_prob(x), f"{len(x)} atoms")
    first, second = table(p), table(q)
    if first is None or second is None:
        raise ValueError("a law has too many atoms to list; pass samples of both laws instead.")
    x = torch.from_numpy(common(first, second)[0].copy())
    one = torch.ones(len(x), dtype=torch.float64)
    return from_nodes(x, one, p.log_prob(x), q.log_prob(x), f"{len(x)} atoms")


@dataclass(frozen=True)
class CellNodes:
    """Points of a rule, and the panel or box that each lies in."""

    points: WeightedPoints
    cell: Tensor
    cells: int


def line_points(p: Law1D, q: Law1D, order: int) -> WeightedPoints:
    """Gauss–Legendre nodes of this order on each panel of the line."""
    return line_nodes(p, q, line_layout(p, q), order).points


def line_layout(p: Law1D, q: Law1D) -> Layout:
    """The panels on which the exact engine resolves the integrand of JSD."""
    first = layout((p, q))
    return replace(first, panels=refine(jsd_field(p, q), first, Limits()).sums.panels)


def jsd_field(p: Law1D, q: Law1D) -> PairField:
    """The integrand of JSD, as the exact engine takes it."""
    return PairField(p, q, (of_divergence(JS),))


def line_nodes(p: Law1D, q: Law1D, plan: Layout, order: int) -> CellNodes:
    """Gauss–Legendre nodes of this order on each panel of a layout."""
    panels = plan.panels
    xi, weight = legendre(order)
    offsets = panels.offsets(xi)
    w = torch.from_numpy(np.abs(panels.jacobian(offsets)) * weight).reshape(-1)
    lp, lq = (_log_density(law, plan, offsets) for law in (p, q))
    x = torch.from_numpy(plan.anchors[panels.anchor][:, None] + offsets).reshape(-1, 1)
    return _kept(x, w, lp, lq, len(panels), f"order {order} on {len(panels)} panels")


def _kept(x: Tensor, w: Tensor, lp: Tensor, lq: Tensor, cells: int, rule: str) -> CellNodes:
    """Leave out the nodes that hold nothing."""
    cell = torch.arange(cells).repeat_interleave(len(x) // cells)
    keep = w * torch.logaddexp(lp, lq).exp() > _EMPTY
    origin = f"{int(keep.sum())} nodes, {rule}"
    return CellNodes(from_nodes(x[keep], w[keep], lp[keep], lq[keep], origin), cell[keep], cells)


def _log_density(law: Law1D, plan: Layout, offsets: FloatArray) -> Tensor:
    """Log density at the nodes of the panels, which are in the order of their anchors."""
    present, starts = np.unique(plan.panels.anchor, return_index=True)
    parts = torch.from_numpy(offsets).tensor_split(starts[1:].tolist())
    rows = [
        law.log_prob_at(float(plan.anchors[k]), part)
        for k, part in zip(present, parts, strict=True)
    ]
    return torch.cat(rows).reshape(-1)


@cache
def legendre(order: int) -> tuple[FloatArray, FloatArray]:
    """Nodes in (−1, 1) and weights of Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return nodes, weights


def boxes(p: Law, q: Law, tolerance: float, most: int) -> Cells | None:
    """The boxes that the exact engine chose for JSD; None where it does not apply.

    Nor does it to densities that jump along curves, as those of networks.
    """
    if calculates(p) or calculates(q):
        return None
    try:
        return Sweep(p, q, (JS,), tolerance, most).run()[0]
    except NotApplicableError:
        return None


def cell_nodes(p: Law, q: Law, cells: Cells, order: int) -> CellNodes:
    """Gauss–Legendre nodes of this order along each side of each box."""
    xi, weight = (torch.from_numpy(part) for part in legendre(order))
    grid = torch.cartesian_prod(*[xi] * p.dim)  # (order^d, d)
    weights = torch.cartesian_prod(*[weight] * p.dim).prod(-1)
    half = 0.5 * (cells.high - cells.low)
    x = ((cells.low + half)[:, None] + half[:, None] * grid).flatten(0, 1)
    w = (half.prod(-1)[:, None] * weights).flatten()
    rule = f"order {order} on {len(cells)} boxes"
    return _kept(x, w, p.log_prob(x), q.log_prob(x), len(cells), rule)


def require_one_measure(p: Law, q: Law) -> None:
    """Raise a ValueError if the densities refer to different measures: they have no ratio."""
    supports = p.support, q.support
    if not share_measure(*supports) and not any(isinstance(s, Singular) for s in supports):
        raise ValueError(
            f"the densities of {p!r} and {q!r} refer to different measures, and have no ratio "
            "that a critic could find. Bring both laws to one set of coordinates."
        )


def mixture_points(
    p: Law, q: Law, count: int, rng: RandomState, *, sobol: bool = True
) -> WeightedPoints:
    """Points of m = (p+q)/2, half from each law, with their true ratio.

    Sobol' points are balanced in powers of two: half of `count` is rounded up to one.
    """
    require_one_measure(p, q)
    low_discrepancy = sobol and inverse(p) is not None and inverse(q) is not None
    generator, half = as_generator(rng), max(1, count // 2)
    if low_discrepancy:
        half = 1 << (half - 1).bit_length()
    (x, own_p), (y, own_q) = (_drawn(law, half, generator, low_discrepancy) for law in (p, q))
    log_p, log_q = torch.cat([own_p, p.log_prob(y)]), torch.cat([q.log_prob(x), own_q])
    kind = "Sobol' points of" if low_discrepancy else "draws from"
    return from_mixture_draws(torch.cat([x, y]), log_p, log_q, f"{2 * half} {kind} (p+q)/2")


def _drawn(law: Law, n: int, rng: np.random.Generator, sobol: bool) -> tuple[Tensor, Tensor]:
    """Points (n, d) and their log density (n,), +∞ where they are of singular mass."""
    if isinstance(law, Calculating):
        return law.drawn(n, rng)
    if isinstance(law, MixedLaw) and calculates(law):
        return _by_strata(law, n, rng)
    if isinstance(law, Product) and calculates(law):
        parts = [_drawn(factor, n, rng, sobol) for factor in law.factors]
        return torch.cat([x for x, _ in parts], 1), torch.stack([log for _, log in parts]).sum(0)
    x = torch.from_numpy(draw(law, n, rng, sobol))
    return x, law.log_prob(x)


def _by_strata(law: MixedLaw, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Points and log densities of a mixed law, each stratum drawn as its own law is; shuffled."""
    counts = rng.multinomial(n, law.weights)
    parts = [
        _on_stratum(each, int(count), math.log(weight), rng)
        for each, count, weight in zip(law.strata, counts, law.weights, strict=True)
        if count
    ]
    order = torch.from_numpy(rng.permutation(n))
    return torch.cat([x for x, _ in parts])[order], torch.cat([log for _, log in parts])[order]


def _on_stratum(
    stratum: Stratum, n: int, log: float, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Points (n, d) of one stratum and their log density, its log weight in it."""
    values = [0.0 if v is None else v for v in stratum.place]
    x = torch.tensor(values, dtype=torch.float64).repeat(n, 1)
    if stratum.law is None:
        return x, torch.full((n,), log, dtype=torch.float64)
    x[:, list(free(stratum.place))], own = _drawn(stratum.law, n, rng, False)
    return x, own + log
