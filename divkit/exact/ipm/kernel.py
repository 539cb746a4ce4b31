r"""Squared MMD on the line by quadrature of the double integral.

    MMD² = ∫∫ k(x, y) (p − q)(x) (p − q)(y) dx dy,      k(x, y) = exp(−(x − y)²/(2h²)).

The nodes x_i with weights w_i of an adaptive rule for p and q, whose panels are no longer than the
bandwidth wherever there is mass, make it the quadratic form Σ_ij k(x_i, x_j) v_i v_j with
v = w (p − q). The same form with the embedded rule's weights says how good it is, and rounding of
v enters through the kernel's own mean: δ = 2 Σ_i |Σ_j k_ij v_j| δv_i.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.divergences.base import IPM
from divkit.divergences.stable import log_ratio, times, weighted
from divkit.exact.ipm.result import metric_result
from divkit.exact.method import NotApplicableError
from divkit.exact.quadrature.fields import ROUNDOFF, log_density, log_error
from divkit.exact.quadrature.panels import Layout, Panels, join, layout
from divkit.exact.quadrature.refine import Limits, refine
from divkit.exact.quadrature.rule import SMOOTH, Values, evaluate
from divkit.results import Result
from divkit.types import FloatArray, Tensor

_MOST_NODES = 12_000
_BLOCK = 512
_NO_MASS = 1e-18


@dataclass(frozen=True)
class MassField:
    """[p + q, p − q] with the rounding of both."""

    p: Law1D
    q: Law1D

    def __call__(self, anchor: float, offset: Tensor) -> Values:
        """Both rows at the nodes."""
        lp = log_density(self.p, "p", anchor, offset)
        lq = log_density(self.q, "q", anchor, offset)
        p, q = lp.exp(), lq.exp()
        lower = torch.minimum(lp, lq)
        small = log_ratio(lp, lq).abs() < 1
        near = weighted(lower, torch.expm1(torch.where(small, (lp - lq).abs(), 0 * p)))
        gap = torch.where(small, torch.sign(p - q) * near, p - q)
        noise = times(p, log_error(self.p, lp, anchor, offset))
        noise = noise + times(q, log_error(self.q, lq, anchor, offset))
        return Values(torch.stack([p + q, gap]), torch.stack([noise, noise]))


def line_mmd2(p: Law, q: Law, divergence: IPM) -> Result:
    """MMD² of two densities on the line."""
    if not (isinstance(p, Law1D) and isinstance(q, Law1D)):
        raise NotApplicableError("the double integral is for densities on the line")
    start, bandwidth = time.perf_counter(), dict(divergence.parameters)["bandwidth"]
    field, first = MassField(p, q), layout((p, q))
    refined = refine(field, first, Limits())
    heavy = refined.sums.panels.take(refined.sums.integral[0] > _NO_MASS)
    panels = _cut_to(heavy, bandwidth, first)
    value, error, size = _quadratic_form(field, first, panels, bandwidth)
    lost = 2 * len(refined.sums.panels) * _NO_MASS + float(refined.sums.spill[0].sum())
    seconds = time.perf_counter() - start
    return metric_result(
        value, error + 2 * lost, "quadrature", divergence, nodes=size, seconds=seconds
    )


def _cut_to(panels: Panels, bandwidth: float, first: Layout) -> Panels:
    """Split panels until each is at most a bandwidth long."""
    while True:
        ends = panels.offsets(np.array([-1.0, 1.0]))
        long = np.abs(ends[:, 1] - ends[:, 0]) > bandwidth
        if not long.any():
            return panels
        pieces = panels.take(long).split(np.zeros((1, int(long.sum()))), first.nearest)
        panels = join([panels.take(~long), pieces])
        if 21 * len(panels) > _MOST_NODES:
            raise NotApplicableError(
                f"bandwidth {bandwidth!r} is too small beside the laws' scales: it would take "
                f"over {_MOST_NODES} nodes"
            )


def _quadratic_form(
    field: MassField, first: Layout, panels: Panels, bandwidth: float
) -> tuple[float, float, int]:
    nodes, weights = SMOOTH
    offsets = panels.offsets(nodes)
    scale = panels.jacobian(offsets)
    values = evaluate(field, first.anchors, panels, offsets)
    gap, noise = values.integrands[1].numpy() * scale, values.noise[1].numpy() * scale
    both = gap[..., None] * weights  # (n, k, 2): Kronrod's and Gauss's
    v = both.reshape(-1, 2)
    place = (first.anchors[panels.anchor] / bandwidth)[:, None] + np.zeros_like(offsets)
    smooth = _smoothed(place.reshape(-1), offsets.reshape(-1) / bandwidth, v)
    kronrod, gauss = (v * smooth).sum(axis=0).tolist()
    rounding = 2 * float(np.abs(smooth[:, 0]) @ (noise * weights[:, 0]).reshape(-1))
    slack = 32 * ROUNDOFF * float(np.abs(v[:, 0]).sum() * np.abs(smooth[:, 0]).max())
    return kronrod, abs(kronrod - gauss) + rounding + slack, len(v)


def _smoothed(place: FloatArray, offset: FloatArray, v: FloatArray) -> FloatArray:
    """Σ_j k(x_i, x_j) v_j for both weights, x in bandwidths as (anchor, offset), in blocks."""
    out = np.empty_like(v)
    for i in range(0, len(v), _BLOCK):
        part = slice(i, i + _BLOCK)
        distance = np.subtract.outer(place[part], place) + np.subtract.outer(offset[part], offset)
        out[part] = np.exp(-0.5 * distance**2) @ v
    return out
