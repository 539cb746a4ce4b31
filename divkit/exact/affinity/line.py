r"""The affinity of two unlike laws on the line by quadrature, for all ω at once.

With l = log p − log q, and since both laws have mass 1,

    1 − ρ(ω) = ∫ ½(√p − √q)² + √(pq) [2 sin²(ωl/2) + i sin(ωl)] dx,

where nothing cancels for nearly equal laws: the real part is a sum of squares. The densities are
evaluated once on adaptive Gauss–Kronrod panels; a panel is halved while its error, weighted over
ω as JSD's kernel will weight it, stands out. The error of ρ(ω) is the sum over panels of the
difference of two orders, of the effect of rounding in log p and log q, and of what the two masses
on the same panels lack of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.base import Law1D
from divkit.exact.affinity.family import EPS, LogAffinity, from_defect
from divkit.exact.affinity.kernels import logarithmic
from divkit.exact.quadrature.fields import log_error
from divkit.exact.quadrature.panels import Layout, Panels, PerPanel, join, layout
from divkit.exact.quadrature.rule import RESOLUTION, SMOOTH, with_ends
from divkit.types import FloatArray

_MOST_PANELS = 3000
_ROUNDS = 40
_UNDERFLOW = -745.0
_TOLERANCE = 1e-15


@dataclass(frozen=True)
class Panelled(PerPanel):
    """Panels with integrals per ω: `defect` of 1 − ρ, (J, n) complex, and its `error`, (J, n).

    `mass` (2, n) holds those of p and q, `noise` (2, n) the constant and the slope in ω of what
    rounding of the log densities costs.
    """

    panels: Panels
    defect: FloatArray
    error: FloatArray
    mass: FloatArray
    noise: FloatArray


def by_quadrature(p: Law1D, q: Law1D, omega: FloatArray) -> LogAffinity:
    """Return log ρ on the line, refined until JSD's kernel sees less than 1e-15."""
    grid = layout((p, q))
    weight = logarithmic(omega) * float(omega[1]) if len(omega) > 1 else np.ones(1)
    held = _evaluate(p, q, omega, grid, grid.panels)
    for _ in range(_ROUNDS):
        cost = weight @ held.error
        hard = cost > max(_TOLERANCE / len(cost), 0.1 * EPS * float(held.noise.sum()))
        if not hard.any() or len(cost) > _MOST_PANELS:
            break
        fresh = held.panels.take(hard).split(np.zeros((1, int(hard.sum()))), grid.nearest)
        held = join([held.take(~hard), _evaluate(p, q, omega, grid, fresh)])
    defect = held.defect.sum(axis=1)
    lack = float(np.abs(held.mass.sum(axis=1) - 1).sum())
    level, slope = held.noise.sum(axis=1)
    error = held.error.sum(axis=1) + level + slope * omega + lack + 4 * EPS * np.abs(defect)
    return from_defect(defect, error)


def _evaluate(p: Law1D, q: Law1D, omega: FloatArray, where: Layout, panels: Panels) -> Panelled:
    offsets, near = with_ends(panels, where.nearest)  # (n, 23)
    scale = panels.jacobian(offsets)
    (lp, error_p), (lq, error_q) = (_log_density(law, where, panels, offsets) for law in (p, q))
    both = np.isfinite(lp) & np.isfinite(lq)
    ratio = np.where(both, lp, 0.0) - np.where(both, lq, 0.0)
    root = np.where(both, np.exp(0.5 * (np.where(both, lp, 0.0) + np.where(both, lq, 0.0))), 0.0)
    top = np.exp(np.maximum(lp, lq))
    square = 0.5 * top * np.where(both, np.expm1(-0.5 * np.abs(ratio)) ** 2, 1.0)
    level, slope = _noise(lp, lq, root, error_p, error_q) * scale
    rows = np.stack([square, np.exp(lp), np.exp(lq), root]) * scale
    hidden = _hidden(
        rows, np.stack([level, _times(rows[1], error_p), _times(rows[2], error_q), slope]), near
    )
    inner, rules = slice(1, -1), SMOOTH[1]
    constant = rows[0][:, inner] @ rules  # (n, 2)
    half = 0.5 * omega[:, None, None] * ratio[:, inner]  # (J, n, k)
    sine = np.sin(half)
    wave = 2 * (root * scale)[:, inner] * sine
    real = (wave * sine) @ rules + constant  # (J, n, 2)
    imag = (wave * np.cos(half)) @ rules
    gap = np.abs(real[..., 0] - real[..., 1]) + np.abs(imag[..., 0] - imag[..., 1]) + hidden
    mass = rows[1:3][..., inner] @ rules[:, 0]
    noise = np.stack([level, slope])[..., inner] @ rules[:, 0]
    return Panelled(panels, real[..., 0] + 1j * imag[..., 0], gap, mass, noise)


def _hidden(rows: FloatArray, noise: FloatArray, near: NDArray[np.bool_]) -> FloatArray:
    """Error that kinks may hide from the rule, (n,); see `quadrature.resolution`."""
    ends = np.where(near, np.nan, rows[..., [0, -1]])
    inner = slice(1, -1)
    unseen = RESOLUTION.unseen(rows[..., inner], noise[..., inner], ends, noise[..., [0, -1]])
    return np.asarray(unseen.sum(axis=0))


def _noise(
    lp: FloatArray, lq: FloatArray, root: FloatArray, error_p: FloatArray, error_q: FloatArray
) -> FloatArray:
    """Cost of the errors of the log densities, (2, n, k): see `Panelled`."""
    level, slope = np.zeros_like(root), np.zeros_like(root)
    for log, size in ((lp, error_p), (lq, error_q)):
        there = log > _UNDERFLOW
        level += 0.5 * _times(np.abs(np.where(there, np.exp(log), 0.0) - root), size)
        slope += _times(root, size)
    return np.stack([level, slope])


def _times(weight: FloatArray, size: FloatArray) -> FloatArray:
    """weight·size with 0 · inf = 0: where a density is 0, its logarithm may be off without end."""
    return weight * np.where(weight == 0, 0.0, size)


def _log_density(
    law: Law1D, where: Layout, panels: Panels, offsets: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log densities at anchor + offset and their errors, (n, k); panels are ordered by anchor."""
    values, errors = np.empty_like(offsets), np.empty_like(offsets)
    for k in np.unique(panels.anchor):
        rows, anchor = panels.anchor == k, float(where.anchors[k])
        points = torch.from_numpy(offsets[rows])
        logs = law.log_prob_at(anchor, points)
        values[rows] = logs.numpy()
        errors[rows] = log_error(law, logs, anchor, points).numpy()
    return values, errors
