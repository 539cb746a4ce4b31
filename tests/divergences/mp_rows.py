"""The table of divergences once more, in mpmath and from the papers alone: the tests' truth.

f and f' are written as printed; everything else (conjugates, limits, integrands) is computed from
them at 60 digits by maximisation or limits, never from a formula that divkit uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mpmath
from mpmath import mp, mpf

from divkit.divergences import table

DIGITS = 60
HALF = mpf(1) / 2


@dataclass(frozen=True)
class MpRow:
    """f and f' as functions of u > 0."""

    f: Callable[[mpf], mpf]
    prime: Callable[[mpf], mpf]

    def integrand(self, lp: float, lq: float) -> mpf:
        """q [f(p/q) − f(1) − f'(1)(p/q − 1)] for the exact values of the two floats."""
        with mp.workdps(DIGITS + 40):  # second order at l = 1e-16 and α near 0 cost digits
            log_ratio = mpf(lp) - mpf(lq)
            spare = 0 if log_ratio == 0 else max(0, -3 * int(mpmath.log10(abs(log_ratio))))
            with mp.workdps(DIGITS + 40 + spare):
                u = mpmath.exp(log_ratio)
                bregman = self.f(u) - self.f(mpf(1)) - self.prime(mpf(1)) * (u - 1)
                return +(mpmath.exp(mpf(lq)) * bregman)

    def conjugate(self, t: mpf) -> mpf:
        """sup over u > 0 of t u − f(u), by ternary search on log u in (−70, 70)."""
        with mp.workdps(50):
            return _maximum(lambda v: t * mpmath.exp(v) - self.f(mpmath.exp(v)))


def _maximum(g: Callable[[mpf], mpf]) -> mpf:
    low, high = mpf(-70), mpf(70)
    shrink = (mpmath.sqrt(5) - 1) / 2
    a, b = high - shrink * (high - low), low + shrink * (high - low)
    ga, gb = g(a), g(b)
    while high - low > mpf(10) ** -18:
        if ga < gb:
            low, a, ga = a, b, gb
            b = low + shrink * (high - low)
            gb = g(b)
        else:
            high, b, gb = b, a, ga
            a = high - shrink * (high - low)
            ga = g(a)
    return max(ga, gb)


def alpha(order: float) -> MpRow:
    a = mpf(order)
    return MpRow(
        lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)),
        lambda u: (u ** (a - 1) - 1) / (a - 1),
    )


def weighted_js(prior: float) -> MpRow:
    w = mpf(prior)

    def f(u: mpf) -> mpf:
        return w * u * mpmath.log(u) - (1 - w + w * u) * mpmath.log(1 - w + w * u)

    return MpRow(f, lambda u: w * mpmath.log(u) - w * mpmath.log(1 - w + w * u))


def _log(u: mpf) -> mpf:
    return mpmath.log(u)


ROWS: dict[str, MpRow] = {
    "tv": MpRow(lambda u: abs(u - 1) / 2, lambda u: mpmath.sign(u - 1) / 2),
    "kl": MpRow(lambda u: u * _log(u), lambda u: _log(u) + 1),
    "reverse_kl": MpRow(lambda u: -_log(u), lambda u: -1 / u),
    "chi2": MpRow(lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "neyman_chi2": MpRow(lambda u: (1 - u) ** 2 / u, lambda u: 1 - 1 / u**2),
    "squared_hellinger": MpRow(
        lambda u: (mpmath.sqrt(u) - 1) ** 2, lambda u: 1 - 1 / mpmath.sqrt(u)
    ),
    "hellinger2": MpRow(
        lambda u: (mpmath.sqrt(u) - 1) ** 2 / 2, lambda u: (1 - 1 / mpmath.sqrt(u)) / 2
    ),
    "jeffreys": MpRow(lambda u: (u - 1) * _log(u), lambda u: _log(u) + 1 - 1 / u),
    "js_fgan": MpRow(
        lambda u: u * _log(u) - (u + 1) * _log((u + 1) / 2), lambda u: _log(2 * u / (u + 1))
    ),
    "js": MpRow(
        lambda u: (u * _log(u) - (u + 1) * _log((u + 1) / 2)) / 2,
        lambda u: _log(2 * u / (u + 1)) / 2,
    ),
    "gan": MpRow(lambda u: u * _log(u) - (u + 1) * _log(u + 1), lambda u: _log(u / (u + 1))),
    "triangular": MpRow(lambda u: (u - 1) ** 2 / (u + 1), lambda u: 1 - 4 / (u + 1) ** 2),
}

PRIORS = (0.3, 0.5, 1e-6, 1 - 1e-6, 1e-30)
ORDERS = (0.5, -0.5, 2.5, 2.0, -3.0, 7.0, 1e-9, -1e-9, 1 + 1e-9, 1 - 2.0**-50, 1e-3, 30.0, -30.0)


def every_row() -> list[tuple[table.FDivergence, MpRow]]:
    """Each f-divergence that is registered, and members of the families, with its twin here."""
    plain = [row for row in table.rows() if "(" not in row.name]
    pairs = [(row, ROWS[row.name]) for row in plain]
    pairs += [(table.weighted_js(prior), weighted_js(prior)) for prior in PRIORS]
    return pairs + [(table.alpha(order), alpha(order)) for order in ORDERS]
