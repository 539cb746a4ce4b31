r"""Elementary functions for compiled loops, written so that the loops become vector instructions.

A loop that calls no library function is one the compiler can vectorise. Every interval below is
met by an exact reduction and a polynomial through its Chebyshev points (relative errors below
2e-17); products and sums may be fused, but there is no fast-math but for sums of products.

    e^x = 2^k e^r,  k = round(x/log 2), |r| ≤ ½ log 2;           e^r = 1 + r + r² P(r)
    2^y = 2^k 2^r,  k = round(y), |r| ≤ ½ (without a rounding);  2^r = 1 + r Q(r)
    log x = k log 2 + 2 artanh s,  s = (m − 1)/(m + 1), √½ ≤ m < √2;  2 artanh s = 2s + s³ W(s²)
    atan x = ±(½π − atan 1/|x|) where |x| > 1;  atan t = 2 atan(t/(1 + √(1 + t²)))
    sin² x = sin² r,  r = x − kπ, |r| ≤ ½π

log 2 and π are split in parts so that k times the first loses nothing (fdlibm, e_exp.c).
"""

from __future__ import annotations

import math
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_LOG2_HIGH, _LOG2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PI_HIGH, _PI_LOW = 3.1415926534682512, 1.2154201012607932e-10
_PER_LOG2, _PER_PI, _HALF_PI = 1 / math.log(2), 1 / math.pi, 0.5 * math.pi
_ROUNDER = 1.5 * 2.0**52  # adding it leaves the nearest integer in the low bits
_ROUNDER_BITS = 0x4338000000000000
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_BIAS, _MANTISSA = 1023, 52
_UNDERFLOW, _UNDERFLOW_2 = -708.0, -1021.0


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
compiled = numba.njit(cache=True, error_model="numpy", nogil=True)  # no check for x/0
in_lanes = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
"""For a sum of products: it may be added in lanes, in an order that the number of terms fixes."""
_inline = numba.njit(inline="always", error_model="numpy")


def _reduced_exp(y: float) -> Any:
    """2^k and e^r − 1 with y = k log 2 + r."""
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
    return _float((_bits(t) + _BIAS) << _MANTISSA), _fma(s * r, r, r)


_reduced_exp_inline = _inline(_reduced_exp)


def _exp(x: float) -> Any:
    """e^x for x ≤ 0; 0 where it is below 1e-307."""
    power, below = _reduced_exp_inline(max(x, _UNDERFLOW))
    return _fma(power, below, power) if x >= _UNDERFLOW else 0.0


def _exp2(y: float) -> Any:
    """2^y for y ≤ 0; 0 where it is below 2^−1021."""
    x = max(y, _UNDERFLOW_2)
    t = x + _ROUNDER
    r = x - (t - _ROUNDER)
    s = _fma(4.4549605981865186e-10, r, 7.072585949269223e-09)
    s = _fma(s, r, 1.0178062445845774e-07)
    s = _fma(s, r, 1.321544258792169e-06)
    s = _fma(s, r, 1.525273382983612e-05)
    s = _fma(s, r, 0.0001540353044173605)
    s = _fma(s, r, 0.0013333558146416936)
    s = _fma(s, r, 0.009618129107606888)
    s = _fma(s, r, 0.0555041086648216)
    s = _fma(s, r, 0.24022650695910097)
    s = _fma(s, r, 0.6931471805599453)
    power = _float((_bits(t) + _BIAS) << _MANTISSA)
    return _fma(power, s * r, power) if y >= _UNDERFLOW_2 else 0.0


def _expm1(x: float) -> Any:
    """e^x − 1 for x ≤ 0, to full relative accuracy near 0."""
    power, below = _reduced_exp_inline(max(x, _UNDERFLOW))
    return _fma(power, below, power - 1.0)


def _log_of_quotient(f: float, s: float, k: float) -> Any:
    """log(1 + f) + k log 2, for √½ ≤ 1 + f < √2 and s = f/(2 + f)."""
    z = s * s
    w = _fma(0.1461645192038882, z, 0.15331721419709152)
    w = _fma(w, z, 0.18182889130702387)
    w = _fma(w, z, 0.22222211134720407)
    w = _fma(w, z, 0.2857142862597594)
    w = _fma(w, z, 0.39999999999899505)
    w = _fma(w, z, 0.666666666666667)
    return _fma(k, _LOG2_HIGH, _fma(k, _LOG2_LOW, f - s * (f - z * w)))


_log_of_quotient_inline = _inline(_log_of_quotient)


def _reduced_log(x: float) -> Any:
    """f and k with x = 2^k (1 + f), √½ ≤ 1 + f < √2."""
    code = _bits(x)
    k = (code - _ROOT_HALF_BITS) >> _MANTISSA
    return _float(code - (k << _MANTISSA)) - 1.0, _float(_ROUNDER_BITS + k) - _ROUNDER


_reduced_log_inline = _inline(_reduced_log)


def _log(x: float) -> Any:
    """The natural logarithm of a positive normal x, to full relative accuracy near 1."""
    f, k = _reduced_log_inline(x)
    return _log_of_quotient_inline(f, f / (2.0 + f), k)


def _log_both(x: float, y: float) -> Any:
    """log x and log y of positive normal numbers, by one division."""
    f, k = _reduced_log_inline(x)
    g, m = _reduced_log_inline(y)
    a, b = 2.0 + f, 2.0 + g
    share = 1.0 / (a * b)
    return (
        _log_of_quotient_inline(f, f * (b * share), k),
        _log_of_quotient_inline(g, g * (a * share), m),
    )


def _log1p(x: float) -> Any:
    """log(1 + x) for x ≥ 0, to full relative accuracy near 0."""
    f, k = _reduced_log_inline(1.0 + x)
    f = x if k == 0.0 else f
    return _log_of_quotient_inline(f, f / (2.0 + f), k)


def _atan(x: float) -> Any:
    """The arc tangent, to full relative accuracy near 0."""
    size = abs(x)
    inverse = 1.0 / max(size, 1.0)
    t = inverse if size > 1.0 else size
    t = t / (1.0 + math.sqrt(_fma(t, t, 1.0)))
    z = t * t
    w = _fma(-0.019176872294336067, z, 0.039231646190551486)
    w = _fma(w, z, -0.05085449318930035)
    w = _fma(w, z, 0.05858148832731273)
    w = _fma(w, z, -0.06664511438164644)
    w = _fma(w, z, 0.07692183190171728)
    w = _fma(w, z, -0.09090904578095735)
    w = _fma(w, z, 0.11111111015255669)
    w = _fma(w, z, -0.14285714284666534)
    w = _fma(w, z, 0.1999999999999552)
    w = _fma(w, z, -0.3333333333333333)
    angle = 2.0 * _fma(t * z, w, t)
    angle = _HALF_PI - angle if size > 1.0 else angle
    return angle if x >= 0.0 else -angle


def _sin_squared(x: float) -> Any:
    """sin² x for |x| < 1e6, to full relative accuracy near 0."""
    k = (x * _PER_PI + _ROUNDER) - _ROUNDER
    r = _fma(-k, _PI_LOW, _fma(-k, _PI_HIGH, x))
    z = r * r
    w = _fma(2.7314439779805667e-15, z, -7.643970233520291e-13)
    w = _fma(w, z, 1.6058977310482129e-10)
    w = _fma(w, z, -2.5052107616965613e-08)
    w = _fma(w, z, 2.7557319219162993e-06)
    w = _fma(w, z, -0.00019841269841254974)
    w = _fma(w, z, 0.008333333333333316)
    w = _fma(w, z, -0.16666666666666666)
    sine = _fma(r * z, w, r)
    return sine * sine


fused, exp, exp2, expm1 = _fma, _inline(_exp), _inline(_exp2), _inline(_expm1)
log, log_both = _inline(_log), _inline(_log_both)
log1p, atan, sin_squared = _inline(_log1p), _inline(_atan), _inline(_sin_squared)
