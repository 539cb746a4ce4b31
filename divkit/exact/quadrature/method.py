r"""Divergences of laws on the line by adaptive Gauss–Kronrod quadrature.

The reported error adds what can go wrong:

* Σ |Kronrod − Gauss| over the panels;
* the rounding of the log densities and of the nodes, carried by the divergence's own derivatives
  (`divkit.exact.quadrature.fields`);
* what lies beyond 1e300, or within 1e-300 of an edge, extrapolated; where the integrand does not
  fall off there, at most the price of the mass that is there, and if that has none the value of
  the rest is a limit from below;
* the mass that is missing: p and q are integrated on the same panels. A mass that differs from 1
  by no more than the panels' own error says how well constants such as Γ's are known, and moves
  the value by ∫|∂g/∂log p| for each unit. A defect that is larger is charged the highest price of
  a unit of mass, and one above `mass_tolerance` is an error: the density is not normalised, or is
  a log density, or has a peak that the law's features do not name;
* what a log density is worth that had to be continued (`divkit.exact.quadrature.doubt`).

Where the value is a log of the affinity ρ = ∫ p^α q^{1−α} (Rényi, Bhattacharyya) and ρ is far from
1, ρ itself is integrated with its largest exponent taken out, so that ρ = e^{−10^6} has a log.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from divkit.distributions.base import Law, Law1D
from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed
from divkit.exact.method import (
    NotApplicableError,
    Outcome,
    at_least,
    attempt,
    granted,
    order_of,
    transformed,
)
from divkit.exact.quadrature.doubt import with_doubt
from divkit.exact.quadrature.ends import moved_ends
from divkit.exact.quadrature.fields import (
    ROUNDOFF,
    Integrand,
    gan_definition,
    lacks,
    of_divergence,
    short,
)
from divkit.exact.quadrature.pair import PairField
from divkit.exact.quadrature.panels import Layout, layout
from divkit.exact.quadrature.refine import Limits, Refined, refine_each
from divkit.exact.quadrature.tilt import TiltField, affinity, climb, log_of
from divkit.results import Result

_P, _Q, _BY_P, _BY_Q = 1, 2, 3, 4
_GROWS = "the integrand does not fall off where the line is cut: the integral may be infinite"
_OVERFLOWS = "the integrand is inf at a node: the integral is infinite, or beyond the floats"
_OF_A_USER = (
    "Either the density is not normalised (pass normalize=True where the law is made), or a "
    "density was given for a log density or the reverse, or it has a peak or a kink that its "
    "features do not name."
)
_OUT_OF_REACH = (
    "The rest lies beyond 1e300, nearer to an end of the support than floats there are apart, or "
    "in a peak that is too narrow. Move or scale both laws, or take logs of both: f-divergences "
    "do not change."
)
_STUCK = "not converged: the error is an estimate of what is left"


@dataclass(frozen=True)
class Quadrature:
    """∫ of a divergence's integrand over the line; applies to every pair of densities on it.

    Parameters
    ----------
    rounds : refinements at most; each splits every panel that is not resolved.
    panels : the number of panels beyond which refinement stops.
    mass_tolerance : the largest |∫p − 1| that is accepted, beyond the quadrature's own error.

    Raises
    ------
    NotApplicableError
        If a law is not a density on the line, or the divergence is no f-divergence of one.
    ValueError
        If a density is NaN or inf at a node, or its mass is not 1.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import JS
    >>> found = Quadrature()(Normal(0, 1), Normal(1, 1), JS)
    >>> round(found.value, 12), found.error < 1e-14
    (0.111421482185, True)
    """

    rounds: int = 120
    panels: int = 6000
    mass_tolerance: float = 1e-6

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence in nats with its error."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence, or why there is none; they share densities, panels and masses.

        Raises
        ------
        NotApplicableError
            If a law is not a density on the line.
        """
        a, b = line(p, "p"), line(q, "q")
        bases = dict.fromkeys(_base(kind) for kind in divergences if not isinstance(kind, IPM))
        parts = self._integrate_each(a, b, [of_divergence(base) for base in bases])
        known = dict(zip(bases, parts, strict=True))
        return [attempt(self._read, a, b, kind, known) for kind in divergences]

    def _read(
        self, p: Law1D, q: Law1D, divergence: Divergence, known: Mapping[FDivergence, Outcome]
    ) -> Result:
        if isinstance(divergence, IPM):
            raise NotApplicableError(f"Quadrature() integrates f-divergences; got {divergence!r}.")
        base = granted(known[_base(divergence)])
        if isinstance(divergence, Transformed):
            return self._transformed(p, q, divergence, base)
        return base

    def gan_value(self, p: Law, q: Law) -> Result:
        """E_p log D* + E_q log(1 − D*), D* = p/(p + q), by its definition."""
        return self.integrate(line(p, "p"), line(q, "q"), gan_definition())

    def integrate(self, p: Law1D, q: Law1D, integrand: Integrand) -> Result:
        """Return constant + ∫ integrand."""
        return granted(self._integrate_each(p, q, [integrand])[0])

    def _integrate_each(
        self, p: Law1D, q: Law1D, integrands: Sequence[Integrand]
    ) -> list[Outcome]:
        """Each constant + ∫ integrand, on panels in common."""
        if not integrands:
            return []
        start, first = time.perf_counter(), layout((p, q))
        shared = self._refine(p, q, integrands, first)
        others = len(integrands) - 1
        parts = [
            # the others took the panels that this one still needs
            self._refine(p, q, [each], first)[0] if others and self._is_cut(part) else part
            for each, part in zip(integrands, shared, strict=True)
        ]
        notes: dict[str, Any] = {"shared_with": others} if others else {}
        notes["seconds"] = time.perf_counter() - start
        return [
            attempt(self._finish, p, q, part, each, **notes)
            for each, part in zip(integrands, parts, strict=True)
        ]

    def _is_cut(self, refined: Refined) -> bool:
        """Whether the number of panels ended the refinement."""
        return not refined.converged and len(refined.sums.panels) > self.panels

    def _finish(
        self, p: Law1D, q: Law1D, refined: Refined, integrand: Integrand, **notes: Any
    ) -> Result:
        defects = [self._defect(refined, row, law) for row, law in ((_P, p), (_Q, q))]
        unseen = _unseen((p, q), defects, integrand)
        value, error = integrand.constant + refined.sums.total(), _seen_error(refined)
        error += _mass_error(refined, defects, integrand)
        error += 2 * ROUNDOFF * (abs(value) + abs(integrand.constant))
        error += moved_ends((p, q), integrand)
        cut, sure = _is_cut_short(refined, integrand), error
        error += math.inf if cut or unseen else _beyond_error(refined, defects, integrand)
        result = Result.exact(
            value,
            error if math.isfinite(value) else math.inf,
            "quadrature",
            repr(self),
            name=integrand.name,
            warnings=(*_warnings(refined, cut), *unseen),
            **self._notes(refined),
            mass_p=refined.sums.total(_P),
            mass_q=refined.sums.total(_Q),
            **notes,
        )
        if unseen:
            result = replace(result, interval=(integrand.constant, integrand.last))
        elif cut and math.isfinite(value):
            span = integrand.constant, integrand.last
            result = at_least(result, value - sure, span)
        if not (p.doubtful or q.doubtful):
            return result
        dark = [short(law) for law in (p, q) if law.doubtful]
        bounded = math.isfinite(integrand.price_p) and math.isfinite(integrand.price_q)
        return with_doubt(result, refined.sums, " and of ".join(dark), bounded)

    def _refine(
        self, p: Law1D, q: Law1D, integrands: Sequence[Integrand], first: Layout
    ) -> list[Refined]:
        limits = Limits(self.rounds, self.panels)
        return refine_each(PairField(p, q, tuple(integrands)), first, limits, sides=2)

    def _notes(self, refined: Refined) -> dict[str, Any]:
        return {
            "panels": len(refined.sums.panels),
            "nodes": refined.nodes,
            "rounds": refined.rounds,
        }

    def _defect(self, refined: Refined, row: int, law: Law1D) -> tuple[float, float]:
        """Distance of the mass from 1, and the most that the quadrature's own error explains."""
        sums = refined.sums
        mass, name = sums.total(row), "p" if row == _P else "q"
        own = float(sums.error[row].sum() + 4 * sums.noise[row].sum())
        beyond = float(sums.spill[row].sum())  # the line's cut-off ends can only add to a mass
        missing, tolerance = abs(mass - 1.0), self.mass_tolerance + own
        if not (mass - 1.0 <= tolerance and 1.0 - mass <= tolerance + beyond):
            raise ValueError(
                f"{name} = {short(law)} has mass {mass!r} on its support, not 1. "
                + (_OUT_OF_REACH if law.anchored else _OF_A_USER)
            )
        return missing, own + beyond

    def _transformed(self, p: Law1D, q: Law1D, divergence: Transformed, base: Result) -> Result:
        if divergence.log_gain is not None:
            rho = 1 + base.value / divergence.base.factor
            if not 0.5 <= rho <= 1.5:
                result = self._log_affinity(p, q, order_of(divergence.base), divergence.log_gain)
                return replace(result, name=divergence.name)
        return transformed(divergence, base)

    def _log_affinity(self, p: Law1D, q: Law1D, order: float, gain: float) -> Result:
        """gain · log ∫ p^order q^{1−order}, the largest exponent taken out of the integral."""
        shift, first = climb(TiltField(p, q, order), layout((p, q)))
        integrand = affinity(order, shift)
        (refined,) = self._refine(p, q, [integrand], first)
        return log_of(self._finish(p, q, refined, integrand), shift, gain)


def _base(divergence: FDivergence | Transformed) -> FDivergence:
    return divergence.base if isinstance(divergence, Transformed) else divergence


def line(law: Law, name: str) -> Law1D:
    """Return the law if it is a density on the line; else raise NotApplicableError."""
    if not isinstance(law, Law1D):
        raise NotApplicableError(
            f"Quadrature() needs densities on the line; {name} is a {type(law).__name__}."
        )
    return law


def _warnings(refined: Refined, cut: bool) -> tuple[str, ...]:
    if not math.isfinite(refined.sums.total()):
        return (_OVERFLOWS,)
    if cut:
        return (_GROWS,)
    return () if refined.converged else (_STUCK,)


def _grows(refined: Refined) -> bool:
    """Whether nothing extrapolates what lies beyond the panels."""
    return refined.endless or not math.isfinite(float(refined.sums.spill[0].sum()))


def _is_cut_short(refined: Refined, integrand: Integrand) -> bool:
    """Whether what lies beyond the panels is not known, and no mass there bounds it."""
    priced = math.isfinite(integrand.price_p) and math.isfinite(integrand.price_q)
    return _grows(refined) and not priced


def _seen_error(refined: Refined) -> float:
    """The error of the integral over the panels."""
    return float(refined.sums.error[0].sum() + refined.sums.noise[0].sum())


def _beyond_error(
    refined: Refined, defects: list[tuple[float, float]], integrand: Integrand
) -> float:
    """The error beyond the panels: extrapolated, or the price of the mass that is there.

    q f(p/q) is at most f(0) q + f′(∞) p in its form that is nowhere negative.
    """
    if not _grows(refined):
        return float(refined.sums.spill[0].sum())
    prices = (integrand.price_p, integrand.price_q)
    return math.fsum(price * gap for price, (gap, _) in zip(prices, defects, strict=True))


def _mass_error(
    refined: Refined, defects: list[tuple[float, float]], integrand: Integrand
) -> float:
    """Worth of the missing or surplus mass of p and of q."""
    total = 0.0
    rows = ((_BY_P, integrand.price_p), (_BY_Q, integrand.price_q))
    for (missing, own), (row, price) in zip(defects, rows, strict=True):
        slope = float(refined.sums.integral[row].sum())
        dear = missing > own and math.isfinite(price)
        total += missing * ((1 + 2 * missing) * max(slope, price) if dear else 2 * slope)
    return total


def _unseen(
    laws: tuple[Law1D, Law1D], defects: list[tuple[float, float]], integrand: Integrand
) -> tuple[str, ...]:
    """Words on mass of a user's density that is missing where it may be worth anything."""
    prices = (integrand.price_p, integrand.price_q)
    return tuple(
        lacks(name, law, missing)
        for name, law, (missing, own), price in zip("pq", laws, defects, prices, strict=True)
        if missing > own and math.isinf(price) and not law.anchored
    )
