"""The loops over panels and their nodes as machine code; imported only where numba is installed.

They do what `batch_mesh.mesh` and `batch_js.fill` do; see there for the formulas.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from divkit.exact.batch._numba_elementary import compiled, exp, fused, log
from divkit.exact.batch.js import ROOT_TWO_PI
from divkit.exact.batch.mesh import MARGIN, SLACK, MixturePanels
from divkit.exact.batch.panels import LegendreRule, MixturePairs
from divkit.types import FloatArray

_UNSEEN = 9.5  # scales beyond which a component is left out of a panel: a mass of 2e-21


def _density(
    out: Any, middle: float, half: float, points: Any, amplitude: Any, start: Any, scale: Any
) -> None:
    """Σ_j amplitude_j exp(−½ ((start_j + offset)/scale_j)²) at every node, into `out`."""
    for i in range(points.size):
        out[i] = 0.0
    for j in range(amplitude.size):
        a, m, r = amplitude[j], start[j] + middle, 1.0 / scale[j]
        if abs(m) - half > _UNSEEN * scale[j]:
            continue
        for i in range(points.size):
            z = fused(half, points[i], m) * r
            out[i] = fused(a, exp(-0.5 * z * z), out[i])


_density_compiled = compiled(_density)


def _fill(
    pair: Any, anchor: Any, low: Any, high: Any, weights: Any, locs: Any, scales: Any, split: int,
    points: Any, out: Any,
) -> None:  # fmt: skip
    """Write JSD's integrand and |p − q| at every node into `out` (2, panels, nodes)."""
    nodes, k = points.size, locs.shape[1]
    p, q, start, amplitude = np.empty(nodes), np.empty(nodes), np.empty(k), np.empty(k)
    for panel in range(pair.size):
        row = pair[panel]
        half, middle = 0.5 * (high[panel] - low[panel]), 0.5 * (high[panel] + low[panel])
        for j in range(k):
            start[j] = locs[row, anchor[panel]] - locs[row, j]
            amplitude[j] = weights[row, j] / (ROOT_TWO_PI * scales[row, j])
        scale = scales[row]
        _density_compiled(p, middle, half, points, amplitude[:split], start[:split], scale[:split])
        _density_compiled(q, middle, half, points, amplitude[split:], start[split:], scale[split:])
        _js_compiled(p, q, out[0, panel], out[1, panel])


def _js(p: Any, q: Any, f: Any, apart: Any) -> None:
    """¼ s (u log u + v log v) and |p − q| at every node; see `divkit.exact.batch.js`."""
    for i in range(p.size):
        total = p[i] + q[i]
        u = 2.0 * min(p[i], q[i]) / (total if total > 0.0 else 1.0)
        v = 2.0 - u
        known = u > 1e-300
        low = u * log(u if known else 1.0)
        f[i] = 0.25 * total * (v * log(v) + low)
        apart[i] = abs(p[i] - q[i])


_js_compiled = compiled(_js)
_fill_compiled = compiled(_fill)


def fill(
    panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule
) -> tuple[FloatArray, FloatArray]:
    """Return JSD's integrand and |p − q| at the nodes, as `divkit.exact.batch_js.fill` does."""
    out = np.empty((2, len(panels), rule.nodes))
    _fill_compiled(
        panels.pair, panels.anchor, panels.low, panels.high,
        pairs.weights, pairs.locs, pairs.scales, pairs.split, rule.points, out,
    )  # fmt: skip
    return out[0], out[1]


def _first(locs: Any, scales: Any, reach: float, near: int, among: Any) -> int:
    """Which of some windows starts first; see `divkit.exact.batch.mesh`."""
    for _ in range(2):
        best, nearest = math.inf, near
        for j in range(locs.size):
            start = (locs[j] - locs[near]) - reach * scales[j]
            if among[j] and start < best:
                best, nearest = start, j
        near = nearest
    return near


_first_compiled = compiled(_first)


def _walk(
    locs: Any, scales: Any, reach: float, width: float, pair: Any, anchor: Any, low: Any, high: Any
) -> int:
    """Write the panels of every pair, as many as there is room for; return how many there are."""
    k, count = locs.shape[1], 0
    passed, ahead, distant = np.empty(k, np.bool_), np.empty(k, np.bool_), np.empty(k, np.bool_)
    gap = np.empty(k)
    for row in range(locs.shape[0]):
        loc, scale = locs[row], scales[row]
        passed[:], ahead[:] = False, True
        at = _first_compiled(loc, scale, reach, int(np.argmin(loc - reach * scale)), ahead)
        offset = -reach * scale[at]
        while True:
            covered, unfinished = False, False
            for j in range(k):
                t = (loc[at] - loc[j] + offset) / scale[j]
                passed[j] |= t >= reach * (1 - SLACK)
                ahead[j] = not passed[j] and t < -reach * (1 + SLACK)
                gap[j] = (-reach - t) * scale[j]
                covered |= not passed[j] and not ahead[j]
                unfinished |= not passed[j]
            if not unfinished:
                break
            target, room, some = 0, math.inf, False
            for j in range(k):
                distant[j] = ahead[j] and (gap[j] > width * scale[j] or not covered)
                some |= distant[j]
                mine = width * scale[j] + (gap[j] if ahead[j] else 0.0)
                if not passed[j] and not distant[j] and mine < room:
                    target, room = j, mine
            entry = _first_compiled(loc, scale, reach, at, distant)
            far = some and gap[entry] * (1 - MARGIN) <= room
            if far:
                target = entry
            begin = offset + (loc[at] - loc[target])
            end = -reach * scale[target] if far else begin + room
            if covered:
                if count < pair.size:
                    pair[count], anchor[count], low[count], high[count] = row, target, begin, end
                count += 1
            at, offset = target, end
    return count


_walk_compiled = compiled(_walk)


def mesh(locs: FloatArray, scales: FloatArray, reach: float, width: float) -> MixturePanels:
    """Return the panels that `divkit.exact.batch_mesh.mesh` returns, pair by pair."""
    room = 16 * len(locs)
    while True:
        pair, anchor = np.empty((2, room), np.intp)
        low, high = np.empty((2, room))
        count = _walk_compiled(locs, scales, reach, width, pair, anchor, low, high)
        if count <= room:
            return MixturePanels(pair, anchor, low, high)[:count]
        room = count
