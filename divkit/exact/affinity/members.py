r"""Affinities at complex order of two members of one family, in ball arithmetic.

log ρ = log ∫ p^{½−iω} q^{½+iω} is a ball whose precision is doubled, at each ω by itself, until
hardly more than the rounding to a float is left of its error, however nearly the terms cancel.
Only e^{log ρ} and its whole powers are used, so that the imaginary part is taken mod 2π, where
floats keep its digits.
"""

from __future__ import annotations

import math

import numpy as np
from flint import acb, arb

from divkit.distributions.ball_precision import own_precision
from divkit.exact.affinity.family import EPS, LogAffinity
from divkit.exact.closed_form.members import Member
from divkit.exact.method import NotApplicableError
from divkit.types import Ball, FloatArray

_FIRST, _LAST = 96, 1 << 12
_GOOD = 2.0**-54
_TINY = 1e-300


def of_members(p: Member, q: Member, omega: FloatArray) -> LogAffinity:
    """Return log ρ on the grid, with a proved error.

    Raises
    ------
    NotApplicableError
        If the family has no affinity at complex order, or 4096 bits do not settle it.
    """
    found: dict[int, tuple[complex, float]] = {}
    prec = _FIRST
    while prec <= _LAST:
        with own_precision(prec):
            for k in (k for k in range(len(omega)) if k not in found):
                ball = _reduced(acb(p.log_rho(q, acb(0.5, float(omega[k])))))
                error = _radius(ball)
                if _settled(ball, error):
                    found[k] = complex(ball), error
            if len(found) == len(omega):
                return _assembled([found[k] for k in range(len(omega))], _jeffreys(p, q))
        prec *= 2
    raise NotApplicableError(f"{_LAST} bits do not settle the affinity of {p!r} and {q!r}")


def _assembled(pairs: list[tuple[complex, float]], jeffreys: float) -> LogAffinity:
    values = np.array([value for value, _ in pairs])
    rounding = 2 * EPS * np.abs(values)
    return LogAffinity(values, np.array([error for _, error in pairs]) + rounding, jeffreys)


def _reduced(z: Ball) -> Ball:
    """The imaginary part mod 2π."""
    if not z.is_finite():
        return z
    turns = round(float(z.imag.mid()) / (2 * math.pi))
    return acb(z.real, z.imag - 2 * turns * arb.pi())


def _radius(z: Ball) -> float:
    return float(z.real.rad()) + float(z.imag.rad()) if z.is_finite() else math.inf


def _settled(z: Ball, error: float) -> bool:
    return error < _TINY or error <= _GOOD * min(1.0, abs(complex(z)))


def _jeffreys(p: Member, q: Member) -> float:
    """An upper bound on KL both ways; inf where a family has no formula of it."""
    try:
        bound = float((p.kl(q) + q.kl(p)).upper())
    except NotApplicableError:
        return math.inf
    return math.nextafter(bound, math.inf) if math.isfinite(bound) else math.inf
