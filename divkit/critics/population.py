r"""The population objective of two known laws: nodes to train on, and finer ones to judge by.

On the line the nodes are Gauss–Legendre points on the panels that the exact engine chose for the
integrand of JSD. In more dimensions training uses points drawn from m = (p+q)/2, half from each
law, that carry the true ratio (see `divkit.critics.points`): labels without noise. Judging uses
cubature in two and three dimensions and many more draws beyond.
"""

from __future__ import annotations

import numpy as np
import torch

from divkit.critics.points import WeightedPoints, from_mixture_draws, from_nodes
from divkit.distributions.base import Law, Law1D
from divkit.divergences.table import JS
from divkit.exact.panels import layout
from divkit.exact.quadrature_fields import PairField, of_divergence
from divkit.exact.quadrature_refine import Limits, refine
from divkit.rng import RandomState, as_generator
from divkit.types import Tensor

_EMPTY = 1e-25
"""Nodes with a smaller mass p + q are left out: |log D| there would have to be 1e10 to matter."""


def training_points(p: Law, q: Law, count: int = 4000, rng: RandomState = 0) -> WeightedPoints:
    """Nodes of the population objective for training: about `count` in more than one dimension."""
    if isinstance(p, Law1D) and isinstance(q, Law1D):
        return line_points(p, q, order=10)
    return mixture_points(p, q, count, rng)


def line_points(p: Law1D, q: Law1D, order: int) -> WeightedPoints:
    """Gauss–Legendre nodes of this order on each panel of the line."""
    first = layout((p, q))
    field = PairField(p, q, of_divergence(JS))
    panels = refine(field, first, Limits()).sums.panels
    xi, weight = np.polynomial.legendre.leggauss(order)
    offsets = panels.offsets(xi)
    widths = np.abs(panels.jacobian(offsets)) * weight
    anchors = first.anchors[panels.anchor]
    lp, lq = (_log_density(law, anchors, offsets) for law in (p, q))
    x = torch.from_numpy(anchors[:, None] + offsets).reshape(-1, 1)
    nodes = from_nodes(x, torch.from_numpy(widths).reshape(-1), lp, lq, f"{len(x)} nodes")
    return nodes.heavier_than(_EMPTY)


def _log_density(law: Law1D, anchors: np.ndarray, offsets: np.ndarray) -> Tensor:
    rows = [
        law._log_prob_at(float(a), torch.from_numpy(o))
        for a, o in zip(anchors, offsets, strict=True)
    ]
    return torch.cat(rows)


def mixture_points(p: Law, q: Law, count: int, rng: RandomState) -> WeightedPoints:
    """Draws from m = (p+q)/2, half from each law, with their true ratio."""
    generator = as_generator(rng)
    x = torch.cat([p.sample(count // 2, generator), q.sample(count - count // 2, generator)])
    return from_mixture_draws(x, p.log_prob(x), q.log_prob(x), f"{count} draws from (p+q)/2")
