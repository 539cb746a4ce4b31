r"""Ridges: where the log density of a mixture turns from one component to another.

log Σ_k e^{f_k} with f_k = log w_k + log p_k follows the largest f_k. Where the largest changes
from f_i to f_j, at x₀ say, it is max(f_i, f_j) + log(1 + e^{−D|x − x₀|}), D = |f_i' − f_j'|: a
kink rounded off over 1/D, which may be a millionth of any component's scale and far out in the
tails of both. It is a feature of the log density, not of the density.

Two normals cross at the roots of a quadratic. With u = x − m_i, d = m_j − m_i, s_i ≤ s_j,

    (1/s_i² − 1/s_j²) u² + 2 (d/s_j²) u − d²/s_j² + 2 (c_j − c_i) = 0,    c = log(w/s).

Other laws are compared on a grid that grows outwards from every component, and each interval on
which the largest changes is divided again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D
from divkit.distributions.families.normal import Normal
from divkit.types import FloatArray

_MOST_COMPONENTS = 64
_SHARP = 12.0  # gentler bends are resolved without being named
_LEVEL = 1.0  # how far below the largest component a crossing is of no interest
_SECTIONS = 32
_LEVELS = 11  # 32^11 is more than the floats between two neighbours of a grid
_SLOPE_LEVEL = 3


def ridges_between(weights: Sequence[float], laws: Sequence[Law1D]) -> tuple[Feature, ...]:
    """Return the crossings of the largest components, each with its 1/D, if they are sharp."""
    if not 2 <= len(laws) <= _MOST_COMPONENTS:
        return ()  # of many components each bend is left to the quadrature's own eye
    normals = [law for law in laws if isinstance(law, Normal)]
    with np.errstate(all="ignore"):  # far crossings may overflow; they are dropped below
        if len(normals) == len(laws):
            at, slope = _normal_crossings(np.array(weights), normals)
        else:
            at, slope = _crossings(np.log(np.array(weights)), laws)
        width = np.maximum(1 / slope, 4 * np.spacing(np.abs(at)))
        sharp = np.isfinite(at) & (_panel(at, laws) >= _SHARP * width)
    pairs = sorted(set(zip(at[sharp].tolist(), width[sharp].tolist(), strict=True)))
    return tuple(Feature((x,), (w,)) for x, w in pairs)


def _panel(at: FloatArray, laws: Sequence[Law1D]) -> FloatArray:
    """The length of a panel: the least of max(scale, half the distance) over the features."""
    marks = [(f.center[0], f.scale[0]) for law in laws for f in law.features]
    centers, scales = np.array(marks).T
    reach = np.maximum(scales, 0.5 * np.abs(at[:, None] - centers))
    return np.asarray(reach.min(axis=1, initial=math.inf))


def _normal_crossings(
    weights: FloatArray, laws: Sequence[Normal]
) -> tuple[FloatArray, FloatArray]:
    """Crossings (m,) of the largest components, and |f_i' − f_j'| there."""
    order = np.argsort([law.scale for law in laws], kind="stable")
    loc = np.array([law.loc for law in laws])[order]
    scale = np.array([law.scale for law in laws])[order]
    level = np.log(weights[order]) - np.log(scale)
    i, j = np.triu_indices(len(laws), 1)
    d, ratio = loc[j] - loc[i], scale[i] / scale[j]
    # in units of s_i: a u² + 2 b u + c = 0
    a, b = (1 - ratio) * (1 + ratio), ratio * (d / scale[j])
    c = 2 * (level[j] - level[i]) - (d / scale[j]) ** 2
    root = np.sqrt(b * b - a * c)
    q = -(b + np.copysign(root, b))
    u = np.concatenate([q / a, c / q])
    pair = np.concatenate([np.arange(len(i))] * 2)
    z = u[:, None] * (scale[i][pair, None] / scale) + (loc[i][pair, None] - loc) / scale
    logs = level - 0.5 * z * z
    rows = np.arange(len(u))
    seen = np.isfinite(u) & (logs[rows, i[pair]] >= logs.max(axis=1) - _LEVEL)
    slope = np.abs(z[rows, i[pair]] / scale[i[pair]] - z[rows, j[pair]] / scale[j[pair]])
    return (loc[i[pair]] + u * scale[i[pair]])[seen], slope[seen]


def _crossings(log_weights: FloatArray, laws: Sequence[Law1D]) -> tuple[FloatArray, FloatArray]:
    """The same for any laws, by dividing the intervals on which the largest one changes."""

    def logs(x: FloatArray) -> FloatArray:
        points = torch.from_numpy(x)
        rows = [law._log_prob_at(0.0, points).detach().numpy() for law in laws]
        return np.asarray(log_weights + np.stack(rows, axis=-1))  # (..., K)

    grid = _grid(laws)
    low, high, slope = grid[:-1], grid[1:], np.zeros(len(grid) - 1)
    share = np.linspace(0.0, 1.0, _SECTIONS + 1)
    for level in range(_LEVELS):
        cuts = low[:, None] + (high - low)[:, None] * (share if level else share[[0, -1]])
        cuts[:, -1] = high
        values = logs(cuts)
        top = values.argmax(axis=-1)
        row, k = np.nonzero((top[:, :-1] != top[:, 1:]) & (np.diff(cuts, axis=1) > 0))
        left, right = top[row, k], top[row, k + 1]
        low, high = cuts[row, k], cuts[row, k + 1]
        before = values[row, k, left] - values[row, k, right]
        after = values[row, k + 1, left] - values[row, k + 1, right]
        steep = np.abs(after - before) / (high - low)
        slope = steep if level <= _SLOPE_LEVEL else slope[row]
    return 0.5 * low + 0.5 * high, slope


def _grid(laws: Sequence[Law1D]) -> FloatArray:
    """Points that spread from every feature, in steps that double."""
    marks = [(f.center[0], f.scale[0]) for law in laws for f in law.features]
    centers = np.array([center for center, _ in marks])
    span = float(np.ptp(centers)) + 64 * max(scale for _, scale in marks)
    points = [centers]
    for center, scale in marks:
        doublings = math.ceil(max(math.log2(span) - math.log2(scale), 0.0)) + 8
        steps = np.ldexp(scale, np.arange(-2, doublings))
        points += [center - steps, center + steps]
    grid = np.unique(np.concatenate(points))
    return np.asarray(grid[np.isfinite(grid)])
