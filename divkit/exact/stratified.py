r"""Laws with atoms in some coordinates and a density in the others, stratum by stratum.

With masses w_s and v_s of the strata s, and the laws p_s and q_s there,

    D_f(P‖Q) = D_f(w‖v) + Σ_s [∫ v_s q_s f(w_s p_s/(v_s q_s)) − v_s f(w_s/v_s)]:

what the masses say, a sum over finitely many, and what the laws within the strata that both have
add: multiples of divergences of these laws (`divergences.tilted`), by whatever method suits them.
A stratum of one law alone costs its mass at the price of f. Points of a lattice are strata where
the other law has atoms, and one atom together elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.compose.mixed import Part, Stratum, parts_of
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.strata import Place
from divkit.distributions.support import Lattice, is_discrete
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.divergences.tilted import rest_of
from divkit.exact.discrete import Discrete
from divkit.exact.method import Method, NotApplicableError, at_least, transformed
from divkit.results import Result
from divkit.types import CLOSED_FORM, STANDARD_ERROR, UPPER

_ELSEWHERE: Place = ()
_UNIT = 2.0**-52


@dataclass(frozen=True)
class Stratified:
    """F-divergences of laws of which one at least has atoms beside a density.

    Parameters
    ----------
    inner : the method for the laws within a stratum.

    Raises
    ------
    NotApplicableError
        If neither law is of that kind, the strata of one are not known, or the divergence is no
        f-divergence, or one of which no formula for laws with weights is known.
    """

    inner: Method

    def __repr__(self) -> str:
        return f"Stratified({type(self.inner).__name__}())"

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with the errors of masses and laws added."""
        if isinstance(divergence, Transformed):
            return transformed(divergence, self(p, q, divergence.base))
        if not isinstance(divergence, FDivergence):
            raise NotApplicableError(f"Stratified() takes f-divergences; got {divergence!r}.")
        a, b = _aligned(p, q)
        masses = Discrete()(_masses(a, a | b), _masses(b, a | b), divergence)
        if math.isinf(masses.value):
            return masses
        both = [place for place, (_, own) in a.items() if own.law is not None and place in b]
        parts = [term for place in both for term in self._within(a[place], b[place], divergence)]
        return self._sum(masses, parts, divergence)

    def _within(self, a: Part, b: Part, divergence: FDivergence) -> Iterator[_Term]:
        """Yield the addends of one stratum."""
        if a[1].law is None or b[1].law is None or a[1].law == b[1].law:
            return
        try:
            terms = rest_of(divergence, math.exp(a[0]), math.exp(b[0]))
        except (ValueError, ZeroDivisionError) as error:
            raise NotApplicableError(f"at {_words(a[1].place)}: {error}") from None
        for factor, kind in terms:
            result = self.inner(a[1].law, b[1].law, kind)
            value = factor * (result.value - kind.at_one)
            yield _Term(
                abs(factor), value, result, abs(value) * (16 + 4 * (abs(a[0]) + abs(b[0])))
            )

    def _sum(self, masses: Result, terms: Sequence[_Term], divergence: FDivergence) -> Result:
        value = math.fsum([masses.value, *(t.value for t in terms)])
        words = [w for r in (masses, *(t.result for t in terms)) for w in r.warnings]
        said: dict[str, Any] = {
            "name": divergence.name,
            "warnings": tuple(dict.fromkeys(words)),
            "strata": masses.diagnostics["atoms"],
            "with_densities": len(terms),
        }
        if math.isinf(value):
            reason = next((t.result.reason for t in terms if t.result.reason is not None), None)
            error = 0.0 if reason else math.inf
            return Result.exact(value, error, "quadrature", repr(self), reason=reason, **said)
        sure = masses.error + _UNIT * (abs(value) + math.fsum(t.slip for t in terms))
        sure += math.fsum(t.scale * t.result.error for t in terms if not t.result.is_estimate)
        drawn = [t for t in terms if t.result.is_estimate]
        exact = all(t.result.kind == CLOSED_FORM for t in terms)
        found = Result.exact(
            value, sure, CLOSED_FORM if exact else "quadrature", repr(self), **said
        )
        if drawn:
            return _estimated(found, drawn)
        limits = [t for t in terms if t.result.one_sided]
        return _limited(found, terms) if limits else found


@dataclass(frozen=True)
class _Term:
    """An addend of one stratum: |factor|, value, the result it is of, and rounding in units."""

    scale: float
    value: float
    result: Result
    slip: float


def _limited(found: Result, terms: Sequence[_Term]) -> Result:
    """A result with a part of one side: a limit from below where each has that side or both."""
    if any(t.result.one_sided == UPPER for t in terms):
        return found
    slack = math.fsum(t.scale * (t.result.value - t.result.interval[0]) for t in terms)
    slip = _UNIT * (abs(found.value) + math.fsum(t.slip for t in terms))
    return at_least(found, found.value - slack - slip)


def _estimated(sure: Result, drawn: Sequence[_Term]) -> Result:
    """A result with the spread of the parts that are of draws: errors in squares, ends added."""
    below, above = (
        math.fsum(t.scale * (t.result.interval[side] - t.result.value) for t in drawn)
        for side in (0, 1)
    )
    return replace(
        sure,
        error=sure.error + math.hypot(*(t.scale * t.result.error for t in drawn)),
        kind=STANDARD_ERROR,
        interval=(sure.interval[0] + below, sure.interval[1] + above),
        level=min(t.result.level for t in drawn),
    )


def _aligned(p: Law, q: Law) -> tuple[dict[Place, Part], dict[Place, Part]]:
    """Both laws' parts by place."""
    found = [None if _endless(law) else parts_of(law) for law in (p, q)]
    if not any(parts is not None and _is_mixed(parts) for parts in found):
        raise NotApplicableError("neither law has atoms beside a density.")
    known = []
    for own, other, law in zip(found, found[::-1], (p, q), strict=True):
        parts = _at_points(law, other) if own is None and other is not None else own
        if parts is None:
            raise NotApplicableError(f"the strata of a {type(law).__name__} are not known.")
        known.append({part[1].place: part for part in parts})
    return known[0], known[1]


def _endless(law: Law) -> bool:
    return isinstance(law.support, Lattice)


def _is_mixed(parts: Sequence[Part]) -> bool:
    held = [stratum.law is not None for _, stratum in parts]
    return any(held) and (len(held) > 1 or any(v is not None for v in parts[0][1].place))


def _at_points(law: Law, other: Sequence[Part]) -> list[Part] | None:
    """A law of counts at the other law's atoms, and what is left of it as one atom more."""
    if not (_endless(law) and is_discrete(law.support)):
        return None
    points = np.array([s.place for _, s in other if s.law is None], dtype=np.float64)
    logs = np.asarray(law.log_prob(torch.from_numpy(points.reshape(-1, law.dim))))
    held = [
        (log, Stratum(tuple(point)))
        for log, point in zip(logs.tolist(), points.tolist(), strict=True)
        if log > -math.inf
    ]
    left = 1 - math.fsum(math.exp(log) for log, _ in held)
    return [*held, (math.log(left), Stratum(_ELSEWHERE))] if left > 0 else held


def _masses(own: dict[Place, Part], every: dict[Place, Part]) -> FiniteLaw:
    """The masses of the strata, as a law on their numbers among all."""
    number = {place: float(k) for k, place in enumerate(every)}
    return FiniteLaw.from_logs([number[place] for place in own], [log for log, _ in own.values()])


def _words(place: Place) -> str:
    return "(" + ", ".join("·" if v is None else f"{v:g}" for v in place) + ")"
