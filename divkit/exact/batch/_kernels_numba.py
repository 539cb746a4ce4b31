"""The loops over panels and their nodes as machine code; imported only where numba is installed.

They do what `mesh.mesh` and `panels.Blockwise` with `js.fill` do; see there for the formulas. A
panel's sums are the same whatever the other panels are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from divkit.exact.batch._numba_elementary import compiled, exp2, fused, in_lanes, log_both
from divkit.exact.batch.js import ROOT_TWO_PI, ROUNDINGS
from divkit.exact.batch.mesh import MARGIN, SLACK, MixturePanels
from divkit.exact.batch.panels import LegendreRule, MixturePairs, MixtureSums
from divkit.types import FloatArray

_UNSEEN = 9.5  # scales beyond which a component is left out of a panel: a mass of 2e-21
_IN_POWERS_OF_TWO = math.sqrt(0.5 / math.log(2))  # e^{−z²/2} = 2^{−(this·z)²}


def _density(
    out: Any, middle: float, half: float, points: Any, amplitude: Any, start: Any, rate: Any,
    first: int, last: int,
) -> None:  # fmt: skip
    """Σ_j amplitude_j 2^{−(rate_j (start_j + offset))²} at every node, into `out`."""
    out[:] = 0.0
    for j in range(first, last):
        a, m, r = amplitude[j], start[j] + middle, rate[j]
        if (abs(m) - half) * r > _UNSEEN * _IN_POWERS_OF_TWO:
            continue
        for i in range(points.size):
            z = fused(half, points[i], m) * r
            out[i] = fused(a, exp2(-(z * z)), out[i])


_density_compiled = compiled(_density)


def _js(p: Any, q: Any, f: Any, apart: Any) -> None:
    """¼ s (u log u + v log v) and |p − q| at every node; see `divkit.exact.batch.js`."""
    for i in range(p.size):
        total = p[i] + q[i]
        u = 2.0 * min(p[i], q[i]) / (total if total > 0.0 else 1.0)
        v = 2.0 - u
        known = u > 1e-300
        log_u, log_v = log_both(u if known else 1.0, v)
        f[i] = 0.25 * total * (v * log_v + u * log_u)
        apart[i] = abs(p[i] - q[i])


_js_compiled = compiled(_js)


def _coefficients(f: Any, table: Any) -> float:
    """Σ |table f| over four rows of the table."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for i in range(f.size):
        a += f[i] * table[0, i]
        b += f[i] * table[1, i]
        c += f[i] * table[2, i]
        d += f[i] * table[3, i]
    return abs(a) + abs(b) + abs(c) + abs(d)


def _integrals(f: Any, apart: Any, weights: Any) -> Any:
    """Σ weights·f and Σ weights·apart."""
    value, rounding = 0.0, 0.0
    for i in range(f.size):
        value += f[i] * weights[i]
        rounding += apart[i] * weights[i]
    return value, rounding


_coefficients_compiled, _integrals_compiled = in_lanes(_coefficients), in_lanes(_integrals)


def _sums(places: Any, components: Any, split: int, rule: Any, out: Any) -> None:
    """Write the four sums of JSD's integrand on every panel into `out` (4, panels)."""
    pair, anchor, low, high = places
    weights, locs, scales = components
    points, own, table = rule
    nodes, k, row = points.size, locs.shape[1], -1
    p, q, f, apart = np.empty(nodes), np.empty(nodes), np.empty(nodes), np.empty(nodes)
    start, amplitude, rate = np.empty(k), np.empty(k), np.empty(k)
    for panel in range(pair.size):
        if pair[panel] != row:
            row = pair[panel]
            for j in range(k):
                rate[j] = _IN_POWERS_OF_TWO / scales[row, j]
                amplitude[j] = weights[row, j] / (ROOT_TWO_PI * scales[row, j])
        half, middle = 0.5 * (high[panel] - low[panel]), 0.5 * (high[panel] + low[panel])
        for j in range(k):
            start[j] = locs[row, anchor[panel]] - locs[row, j]
        _density_compiled(p, middle, half, points, amplitude, start, rate, 0, split)
        _density_compiled(q, middle, half, points, amplitude, start, rate, split, k)
        _js_compiled(p, q, f, apart)
        value, rounding = _integrals_compiled(f, apart, own)
        out[0, panel], out[3, panel] = half * value, ROUNDINGS * half * rounding
        out[1, panel] = _coefficients_compiled(f, table[:4])
        out[2, panel] = _coefficients_compiled(f, table[4:])


_sums_compiled = compiled(_sums)


def sums(panels: MixturePanels, pairs: MixturePairs, rule: LegendreRule) -> MixtureSums:
    """Return the sums of JSD's integrand on each panel, as `js.js_integrand(js.fill)` does."""
    out = np.empty((4, len(panels)))
    places = panels.pair, panels.anchor, panels.low, panels.high
    components = pairs.weights, pairs.locs, pairs.scales
    table = np.ascontiguousarray(rule.functionals.T)
    _sums_compiled(places, components, pairs.split, (rule.points, rule.weights, table), out)
    return MixtureSums(*out)


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
            far = False
            if some:
                entry = _first_compiled(loc, scale, reach, at, distant)
                far = gap[entry] * (1 - MARGIN) <= room
                target = entry if far else target
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
