r"""The inner loops of the batch engine as machine code; imported only where numba is installed.

Loops over nodes call no library function, so that the compiler turns them into vector
instructions. exp and log are therefore written out:

    e^x = 2^k e^r,   k = round(x/log 2), |r| ≤ ½ log 2;
    log x = k log 2 + 2 artanh s,   s = (m − 1)/(m + 1), √½ ≤ m < √2,

e^r and artanh by polynomials through the Chebyshev points of their intervals: e^r = 1 + r +
r² P(r) of degree 11 (relative error 1.7e-17), 2 artanh s = 2s + s³ W(s²), W of degree 6 (5e-18).
log 2 is split in two so that k log 2 loses nothing (fdlibm, e_exp.c). Products and sums may be
fused, but there is no fast-math: sums keep their order.
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from divkit.exact.batch_js import ROOT_TWO_PI
from divkit.exact.batch_mesh import MARGIN, SLACK, Panels
from divkit.exact.batch_panels import Pairs, Rule
from divkit.types import FloatArray

_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PER_LOG2 = 1 / math.log(2)
_ROUNDER = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits
_ROUNDER_BITS = 0x4338000000000000
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_BIAS, _MANTISSA = 1023, 52
_UNDERFLOW = -708.0
_UNSEEN = 9.5  # scales beyond which a component is left out of a panel: a mass of 2e-21


def _bitcast(source: Any, target: Any, kind: Any) -> Any:
    def typing(_context: Any, _x: Any) -> Any:
        def code(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return builder.bitcast(args[0], kind)

        return target(source), code

    return intrinsic(typing)


def _fused() -> Any:
    double, name = ir.DoubleType(), "llvm.fmuladd.f64"

    def typing(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
        def code(_target: Any, builder: Any, _signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(double, [double] * 3)
            return builder.call(builder.module.declare_intrinsic(name, fnty=kind), args)

        return types.float64(types.float64, types.float64, types.float64), code

    return intrinsic(typing)


_bits = _bitcast(types.float64, types.int64, ir.IntType(64))
_float = _bitcast(types.int64, types.float64, ir.DoubleType())
_fma = _fused()  # a·b + c, in one rounding where the machine can
_inline = numba.njit(inline="always", error_model="numpy")  # no check for a division by 0
_compile = numba.njit(cache=True, error_model="numpy")


def _exp(x: float) -> Any:
    """e^x for x ≤ 0; 0 where it is below 1e-307."""
    y = max(x, _UNDERFLOW)
    t = y * _PER_LOG2 + _ROUNDER
    k = t - _ROUNDER
    r = _fma(-k, _LOG2_LOW, _fma(-k, _LOG2_HIGH, y))
    s = _fma(2.51003758422237e-08, r, 2.7620075892548164e-07)
    s = _fma(s, r, 2.7557268480289716e-06)
    s = _fma(s, r, 2.480152132234228e-05)
    s = _fma(s, r, 0.00019841269863040559)
    s = _fma(s, r, 0.0013888888917196736)
    s = _fma(s, r, 0.008333333333330065)
    s = _fma(s, r, 0.041666666666624164)
    s = _fma(s, r, 0.16666666666666669)
    s = _fma(s, r, 0.5)
    s = _fma(s, r, 1.0)
    s = _fma(s, r, 1.0)
    power = s * _float((_bits(t) + _BIAS) << _MANTISSA)
    return power if x >= _UNDERFLOW else 0.0


def _log(x: float) -> Any:
    """The natural logarithm of a positive normal x, to full relative accuracy near 1."""
    code = _bits(x)
    k = (code - _ROOT_HALF_BITS) >> _MANTISSA
    f = _float(code - (k << _MANTISSA)) - 1.0
    exponent = _float(_ROUNDER_BITS + k) - _ROUNDER
    s = f / (2.0 + f)
    z = s * s
    w = _fma(0.1461645192038882, z, 0.15331721419709152)
    w = _fma(w, z, 0.18182889130702387)
    w = _fma(w, z, 0.22222211134720407)
    w = _fma(w, z, 0.2857142862597594)
    w = _fma(w, z, 0.39999999999899505)
    w = _fma(w, z, 0.666666666666667)
    return _fma(exponent, _LOG2_HIGH, _fma(exponent, _LOG2_LOW, f - s * (f - z * w)))


_exp_inline = _inline(_exp)
_log_inline = _inline(_log)


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
            z = _fma(half, points[i], m) * r
            out[i] = _fma(a, _exp_inline(-0.5 * z * z), out[i])


_density_compiled = _compile(_density)


def _fill(
    pair: Any, anchor: Any, low: Any, high: Any, weights: Any, locs: Any, scales: Any, split: int,
    points: Any, f: Any, apart: Any,
) -> None:  # fmt: skip
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
        _js_compiled(p, q, f[panel], apart[panel])


def _js(p: Any, q: Any, f: Any, apart: Any) -> None:
    """¼ s (u log u + v log v) and |p − q| at every node; see `divkit.exact.batch_js`."""
    for i in range(p.size):
        total = p[i] + q[i]
        u = 2.0 * min(p[i], q[i]) / (total if total > 0.0 else 1.0)
        v = 2.0 - u
        known = u > 1e-300
        low = u * _log_inline(u if known else 1.0)
        f[i] = 0.25 * total * (v * _log_inline(v) + low)
        apart[i] = abs(p[i] - q[i])


_js_compiled = _compile(_js)
_fill_compiled = _compile(_fill)


def fill(panels: Panels, pairs: Pairs, rule: Rule) -> tuple[FloatArray, FloatArray]:
    """Return JSD's integrand and |p − q| at the nodes, as `divkit.exact.batch_js.fill` does."""
    f, apart = np.empty((2, len(panels), rule.nodes))
    _fill_compiled(
        panels.pair, panels.anchor, panels.low, panels.high,
        pairs.weights, pairs.locs, pairs.scales, pairs.split, rule.points, f, apart,
    )  # fmt: skip
    return f, apart


def _first(locs: Any, scales: Any, reach: float, near: int, among: Any) -> int:
    """Which of some windows starts first; see `divkit.exact.batch_mesh`."""
    for _ in range(2):
        best, found = math.inf, near
        for j in range(locs.size):
            start = (locs[j] - locs[near]) - reach * scales[j]
            if among[j] and start < best:
                best, found = start, j
        near = found
    return near


_first_compiled = _compile(_first)


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


_walk_compiled = _compile(_walk)


def mesh(locs: FloatArray, scales: FloatArray, reach: float, width: float) -> Panels:
    """Return the panels that `divkit.exact.batch_mesh.mesh` returns, pair by pair."""
    room = 16 * len(locs)
    while True:
        pair, anchor = np.empty((2, room), np.intp)
        low, high = np.empty((2, room))
        count = _walk_compiled(locs, scales, reach, width, pair, anchor, low, high)
        if count <= room:
            return Panels(pair, anchor, low, high)[:count]
        room = count
