r"""Finite laws by summation.

An f-divergence is Σ_k g(log p_k, log q_k) over the union of the atoms; on finite sets the metrics
are sums too: W1 = Σ |F − G| Δx, W2² = ∫ (F⁻¹ − G⁻¹)² du over the merged levels, on the line, and

    energy = −Σ_ij d_i d_j |x_i − x_j|,      MMD² = Σ_ij d_i d_j k(x_i, x_j),      d = p − q,

in any dimension. Probabilities are divided by their sum, which may be off by 1e-12.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.support import Atoms
from divkit.divergences.base import IPM, Divergence, FDivergence
from divkit.divergences.stable import log_ratio
from divkit.exact.method import NotApplicableError, transformed
from divkit.exact.quadrature.fields import ROUNDOFF, Integrand, gan_definition, of_divergence
from divkit.results import Result, deterministic
from divkit.types import FloatArray, Tensor

_MOST_PAIRS = 4096


@dataclass(frozen=True)
class Discrete:
    """Sums over the atoms of two finite laws.

    Raises
    ------
    NotApplicableError
        If a law is not finite, or W1 or W2 is asked for off the line.
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with a bound of its rounding."""
        points, lp, lq = aligned(p, q)
        if isinstance(divergence, FDivergence):
            return self._sum(lp, lq, of_divergence(divergence))
        if isinstance(divergence, IPM):
            value, error = metric(points, lp.exp().numpy(), lq.exp().numpy(), divergence)
            return deterministic(
                value,
                error,
                "closed form",
                repr(self),
                name=repr(divergence),
                unit=divergence.unit,
                atoms=len(lp),
            )
        return transformed(divergence, self._sum(lp, lq, of_divergence(divergence.base)))

    def gan_value(self, p: Law, q: Law) -> Result:
        """Σ p log D* + q log(1 − D*), D* = p/(p + q), by its definition."""
        _, lp, lq = aligned(p, q)
        return self._sum(lp, lq, gan_definition())

    def _sum(self, lp: Tensor, lq: Tensor, integrand: Integrand) -> Result:
        g = integrand.value(lp, lq)
        by_p, by_q = integrand.push(lp, lq, log_ratio(lp, lq), g)
        value = integrand.constant + math.fsum(g.tolist())
        noise = by_p.abs() * _log_error(lp) + by_q.abs() * _log_error(lq) + 10 * ROUNDOFF * g.abs()
        error = math.fsum(noise.tolist()) + 2 * ROUNDOFF * (abs(value) + abs(integrand.constant))
        infinite = math.isinf(value)
        reason = "an atom of one law is none of the other's" if infinite else None
        return deterministic(
            value,
            0.0 if infinite else error,
            "closed form",
            repr(self),
            name=integrand.name,
            reason=reason,
            atoms=len(lp),
        )


def _log_error(log_probs: Tensor) -> Tensor:
    size = torch.where(log_probs == -math.inf, torch.zeros_like(log_probs), log_probs.abs())
    return 4 * ROUNDOFF * (1 + size)


def aligned(p: Law, q: Law) -> tuple[FloatArray, Tensor, Tensor]:
    """The union of the atoms (K, d), and both log probabilities there (K,), normalised."""
    for name, law in (("p", p), ("q", q)):
        if not isinstance(law.support, Atoms):
            raise NotApplicableError(
                f"Discrete() needs finite laws; {name} is a {type(law).__name__}."
            )
    mine, theirs = _atoms(p), _atoms(q)
    atoms = mine if mine == theirs else tuple(sorted({*mine, *theirs}))
    points = torch.tensor(atoms, dtype=torch.float64)
    lp, lq = _normalised(p.log_prob(points)), _normalised(q.log_prob(points))
    return points.numpy(), lp, lq


def _atoms(law: Law) -> tuple[tuple[float, ...], ...]:
    return law.support.atoms if isinstance(law.support, Atoms) else ()


def _normalised(log_probs: Tensor) -> Tensor:
    excess = math.fsum([-1.0, *log_probs.exp().tolist()])
    return log_probs - math.log1p(excess) if abs(excess) > 4 * ROUNDOFF else log_probs


def metric(points: FloatArray, p: FloatArray, q: FloatArray, ipm: IPM) -> tuple[float, float]:
    """A metric between laws with probabilities p, q (K,) on points (K, d), and its error."""
    if ipm.name in ("w1", "w2"):
        if points.shape[1] != 1:
            raise NotApplicableError(f"{ipm!r} of finite laws is summed on the line only.")
        order = np.argsort(points[:, 0])
        return (_w1 if ipm.name == "w1" else _w2)(points[order, 0], p[order], q[order])
    if len(points) > _MOST_PAIRS:
        raise NotApplicableError(
            f"{ipm!r} sums over all pairs of {len(points)} atoms, more than {_MOST_PAIRS}."
        )
    distance = np.linalg.norm(points[:, None, :] - points[None, :, :], axis=2)
    parameters = dict(ipm.parameters)
    kernel = -distance
    if "bandwidth" in parameters:
        kernel = np.exp(-0.5 * (distance / parameters["bandwidth"]) ** 2)
    return _quadratic(kernel, p - q, p + q)


def _quadratic(kernel: FloatArray, d: FloatArray, mass: FloatArray) -> tuple[float, float]:
    value = math.fsum((kernel * np.outer(d, d)).ravel().tolist())
    size = math.fsum((np.abs(kernel) * np.outer(np.abs(d), np.abs(d) + mass)).ravel().tolist())
    return value, 32 * ROUNDOFF * size


def _w1(x: FloatArray, p: FloatArray, q: FloatArray) -> tuple[float, float]:
    gaps = np.diff(x)
    lead = np.cumsum(p - q)[:-1]
    value = math.fsum((np.abs(lead) * gaps).tolist())
    slip = ROUNDOFF * (8 + len(x)) * float(np.abs(p - q).sum() + 1)
    return value, slip * float(gaps.sum()) + 4 * ROUNDOFF * value


def _w2(x: FloatArray, p: FloatArray, q: FloatArray) -> tuple[float, float]:
    """∫ (F⁻¹ − G⁻¹)² du; moving a level by δ costs δ times the jump of the integrand there."""
    levels_p, levels_q = np.cumsum(p), np.cumsum(q)
    levels_p[-1] = levels_q[-1] = 1.0
    levels = np.unique(np.concatenate([[0.0], levels_p, levels_q]))
    levels = levels[levels <= 1.0]
    middle = 0.5 * (levels[1:] + levels[:-1])
    apart = x[np.searchsorted(levels_p, middle)] - x[np.searchsorted(levels_q, middle)]
    square = math.fsum((apart**2 * np.diff(levels)).tolist())
    slip = ROUNDOFF * (8 + len(x)) * float(np.abs(np.diff(apart**2)).sum())
    bound = slip + 8 * ROUNDOFF * square
    value = math.sqrt(square)
    return value, math.sqrt(square + bound) - math.sqrt(max(square - bound, 0.0))
