r"""The integrand of JSD for normal mixtures on panels, in blocks that stay in the cache.

With s = p + q, u = 2 min(p, q)/s and v = 2 − u (exact by Sterbenz's lemma where u ≥ 1/2),

    f = ½ p log(2p/s) + ½ q log(2q/s) = ¼ s (u log u + v log v).

The densities themselves are used: where they underflow, f is below 1e-300. A relative error ε of a
density moves f by at most ε|p − q|, so that the rounding is in proportion to the total variation.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.exact.batch.mesh import MixturePanels
from divkit.exact.batch.panels import Blockwise, Fill, LegendreRule, MixturePairs
from divkit.types import FloatArray

ROOT_TWO_PI = math.sqrt(2 * math.pi)
ROUNDINGS = 12.0  # of a density, with the average of z² under it
_BLOCK = 16384  # nodes at a time


def js_integrand(loops: Fill) -> Blockwise:
    """Return the `Evaluate` for JSD whose loops over nodes give f and |p − q|."""
    return Blockwise(loops, _BLOCK, ROUNDINGS)


def fill(
    panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule
) -> tuple[FloatArray, FloatArray]:
    """Return f and |p − q| at the nodes by whole-array operations."""
    with np.errstate(over="ignore"):  # z² → inf is a density of 0
        p, q = densities(panels, pairs, rule)
    total = p + q
    small = np.minimum(p, q)
    small *= 2
    small /= total + (total == 0)  # 0 · anything = 0
    large = 2 - small
    f = large * np.log(large)
    f += small * np.log(small + (small == 0))
    f *= 0.25 * total
    return f, np.abs(p - q)


def densities(
    panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule
) -> tuple[FloatArray, FloatArray]:
    """Return p and q at the nodes of each panel, (panels, nodes) each."""
    half, middle = 0.5 * (panels.high - panels.low), 0.5 * (panels.high + panels.low)
    offset = middle[:, None] + half[:, None] * rule.points
    locs, scales = pairs.locs[panels.pair], pairs.scales[panels.pair]
    amplitude = pairs.weights[panels.pair] / (ROOT_TWO_PI * scales)
    start = locs[np.arange(len(panels)), panels.anchor, None] - locs
    sides = np.zeros_like(offset), np.zeros_like(offset)
    for j in range(locs.shape[1]):
        z = offset + start[:, j, None]
        z /= scales[:, j, None]
        z *= z
        z *= -0.5
        np.exp(z, out=z)
        z *= amplitude[:, j, None]
        side = sides[0] if j < pairs.split else sides[1]
        side += z
    return sides
