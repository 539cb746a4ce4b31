r"""Any f-divergence of the table between normal mixtures, on panels, from log densities.

The integrand is the divergence's own, a function of (log p, log q). Its rounding to first order is

    |∂f/∂ log p| δ_p + |∂f/∂ log q| δ_q,   ∂f/∂ log p = p [T(l) − f'(1)],
                                           ∂f/∂ log q = −q [f*(T(l)) + f(1) − f'(1)],

with T the witness, and δ the error of a log density: a few EPS of its terms. The two slopes sum to
f, since f is homogeneous in (p, q): the one that stays finite is computed, the other is the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from divkit.divergences.base import FDivergence
from divkit.divergences.stable import log_ratio, weighted
from divkit.exact.batch.mesh import MixturePanels
from divkit.exact.batch.panels import Blockwise, LegendreRule, MixturePairs, MixtureSums
from divkit.types import FloatArray, Tensor

_HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)
_BLOCK = 8192  # nodes at a time


@dataclass(frozen=True)
class MixtureIntegrand:
    """The `Evaluate` of `divkit.exact.batch.panels` for one f-divergence."""

    divergence: FDivergence

    def __call__(
        self, panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule
    ) -> MixtureSums:
        """Return the sums of the integrand on each panel."""
        with np.errstate(over="ignore", divide="ignore"):  # z² → inf, weight 0: a density of 0
            return Blockwise(self._fill, _BLOCK)(panels, pairs, rule)

    def _fill(
        self, panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule
    ) -> tuple[FloatArray, FloatArray]:
        f, rounding, _ = self.at(panels, pairs, rule.points)
        return f, rounding

    def at(
        self, panels: MixturePanels, pairs: MixturePairs, points: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the integrand, its rounding, and log p − log q at points (k,) of [−1, 1].

        Each is (panels, k).
        """
        lp, lq, terms = log_densities(panels, pairs, points)
        density = self.divergence.integrand(lp, lq)
        ratio = log_ratio(lp, lq)
        return density.numpy(), self._rounding(lp, lq, density, ratio, terms), ratio.numpy()

    def _rounding(
        self, lp: Tensor, lq: Tensor, f: Tensor, ratio: Tensor, terms: FloatArray
    ) -> FloatArray:
        divergence = self.divergence
        by_p = weighted(lp, divergence.witness(ratio) - divergence.prime_at_one)
        by_q = weighted(
            lq, divergence.prime_at_one - divergence.at_one - divergence.conjugate_at(ratio)
        )
        above = ratio > 0
        slope_p = torch.where(above, by_p, f - by_q).abs()
        slope_q = torch.where(above, f - by_p, by_q).abs()
        extra = torch.from_numpy(terms)[:, None]
        at_p = slope_p * torch.where(slope_p > 0, lp.abs() + extra, 0.0)
        at_q = slope_q * torch.where(slope_q > 0, lq.abs() + extra, 0.0)
        return np.asarray(4 * (at_p + at_q).numpy())


def log_densities(
    panels: MixturePanels, pairs: MixturePairs, points: FloatArray
) -> tuple[Tensor, Tensor, FloatArray]:
    """Return log p and log q at points of [−1, 1], (panels, k), and their constants' size."""
    half, middle = 0.5 * (panels.high - panels.low), 0.5 * (panels.high + panels.low)
    offset = middle[:, None] + half[:, None] * points
    locs, scales = pairs.locs[panels.pair], pairs.scales[panels.pair]
    constant = np.log(pairs.weights[panels.pair]) - np.log(scales) - _HALF_LOG_TWO_PI
    start = locs[np.arange(len(panels)), panels.anchor, None] - locs
    z = (offset[:, None, :] + start[:, :, None]) / scales[:, :, None]  # (panels, k, nodes)
    logs = torch.from_numpy(constant[:, :, None] - 0.5 * z * z)
    terms = 2 + np.where(np.isfinite(constant), np.abs(constant), 0.0).max(axis=1)
    split = pairs.split
    return torch.logsumexp(logs[:, :split], 1), torch.logsumexp(logs[:, split:], 1), terms
