r"""Independent coordinates: KL and log ρ(α) add, W2² adds, everything else follows from them.

For products p = ⊗p_i and q = ⊗q_i over the same coordinates,

    KL = Σ KL_i,    log ρ(α) = Σ log ρ_i(α),    D = gain·(e^{Σ log ρ_i} − 1),    W2² = Σ W2_i².

Coordinates in which the laws are equal change no f-divergence and are left out of those that do
not split. TV of normals with equal scales is that of two normals on the line through their means.
Each factor's value comes from whatever method suits it; the errors add.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product, product
from divkit.divergences.base import IPM, Divergence, FDivergence, Transformed, is_metric
from divkit.divergences.quantities import BOTH_KULLBACKS, KULLBACK, REVERSE_KULLBACK, Quantity
from divkit.exact.closed_form.members import NormalMember
from divkit.exact.closed_form.method import members
from divkit.exact.closed_form.numbers import exact, from_quantity, settle
from divkit.exact.method import (
    Method,
    NotApplicableError,
    at_least,
    beyond_floats,
    peel,
    transformed,
)
from divkit.results import Result
from divkit.types import CLOSED_FORM, UPPER

_ADDITIVE = (KULLBACK, REVERSE_KULLBACK, BOTH_KULLBACKS)
_VARIATION = Quantity("tv")
_ROUNDING = 2.0**-50


@dataclass(frozen=True)
class Tensorised:
    """Divergences of product laws from those of their factors.

    Parameters
    ----------
    inner : the method for the factors.

    Raises
    ------
    NotApplicableError
        If the laws are no products over the same coordinates, the divergence does not split, or a
        factor's value is only estimated by sampling.
    """

    inner: Method

    def __repr__(self) -> str:
        return f"Tensorised({type(self.inner).__name__}())"

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with the factors' errors carried through."""
        a, b = peel(p, q) if not isinstance(divergence, IPM) else (p, q)
        pairs = _pairs(a, b)
        if is_metric(divergence, "w2"):
            return self._root_of_squares(pairs, divergence)
        if isinstance(divergence, IPM):
            raise NotApplicableError(f"{divergence!r} does not split over coordinates")
        if isinstance(divergence, Transformed):
            if divergence.log_gain is not None:
                return self._sum(pairs, divergence)
            return transformed(divergence, self(p, q, divergence.base))
        if divergence.quantity in _ADDITIVE:
            return self._sum(pairs, divergence)
        if divergence.order is not None:
            return self._from_log_affinity(pairs, divergence)
        apart = [pair for pair, n in pairs.items() if pair[0] != pair[1] for _ in range(n)]
        if 0 < len(apart) < pairs.total():
            a, b = (s[0] if len(s) == 1 else product(s) for s in zip(*apart, strict=True))
            return self.inner(a, b, divergence)
        if divergence.quantity == _VARIATION:
            return self._of_moved_normals(pairs, divergence)
        raise NotApplicableError(f"{divergence!r} does not split over coordinates")

    def _factors(
        self, pairs: Counter[tuple[Law, Law]], divergence: Divergence
    ) -> list[tuple[Result, int]]:
        results = [(self.inner(a, b, divergence), n) for (a, b), n in pairs.items()]
        if any(result.is_estimate for result, _ in results):
            raise NotApplicableError("a factor's value is only estimated by sampling")
        return results

    def _sum(self, pairs: Counter[tuple[Law, Law]], divergence: Divergence) -> Result:
        parts = self._factors(pairs, divergence)
        value = math.fsum(n * result.value for result, n in parts)
        lows = [n * _low(result) for result, n in parts]
        least = math.fsum(lows) - _ROUNDING * abs(value) if all(map(math.isfinite, lows)) else None
        return self._result(value, _total_error(parts, value), parts, divergence, least)

    def _from_log_affinity(
        self, pairs: Counter[tuple[Law, Law]], divergence: FDivergence
    ) -> Result:
        logs = self._sum(pairs, signed_log_affinity(divergence))
        size = abs(divergence.factor)
        sign = math.copysign(1.0, divergence.factor)

        def outer(total: float) -> float:
            return size * sign * (math.expm1(sign * total) if sign * total < 709 else math.inf)

        value = outer(logs.value)
        if math.isinf(value) and math.isinf(logs.value):
            return self._result(value, 0.0, [(logs, 1)], divergence)
        if math.isinf(value):
            return beyond_floats(logs.value + math.log(size), repr(self), repr(divergence))
        ends = outer(logs.value - logs.error), outer(logs.value + logs.error)
        error = max(ends[1] - value, value - ends[0]) if math.isfinite(ends[1]) else math.inf
        least = outer(_low(logs)) - _ROUNDING * abs(value)
        return self._result(value, error + _ROUNDING * abs(value), [(logs, 1)], divergence, least)

    def _of_moved_normals(
        self, pairs: Counter[tuple[Law, Law]], divergence: FDivergence
    ) -> Result:
        """erf(δ/(2√2)), δ² = Σ (gap of the means / σ)²: both are normal along one line."""
        square = Fraction(0)
        for pair, n in pairs.items():
            a, b = members(*pair)
            if not (isinstance(a, NormalMember) and isinstance(b, NormalMember)):
                raise NotApplicableError(f"{divergence!r} does not split over coordinates")
            if a.scale != b.scale:
                raise NotApplicableError(f"{divergence!r} of normals of unlike scales: no formula")
            square += n * ((Fraction(a.loc) - Fraction(b.loc)) / Fraction(a.scale)) ** 2
        value, error = settle(lambda: from_quantity(divergence, (exact(square) / 8).sqrt().erf()))
        return self._result(value, error, [], divergence)

    def _root_of_squares(self, pairs: Counter[tuple[Law, Law]], divergence: Divergence) -> Result:
        parts = self._factors(pairs, divergence)
        value = math.sqrt(math.fsum(n * result.value**2 for result, n in parts))
        error = math.sqrt(math.fsum(n * result.error**2 for result, n in parts))  # Minkowski
        least = math.sqrt(math.fsum(n * max(_low(result), 0.0) ** 2 for result, n in parts))
        return self._result(value, error + _ROUNDING * value, parts, divergence, least)

    def _result(
        self,
        value: float,
        error: float,
        parts: list[tuple[Result, int]],
        divergence: Divergence,
        least: float | None = None,
    ) -> Result:
        """The result, `least` from below where the error has no end."""
        exact = all(result.kind == CLOSED_FORM for result, _ in parts)
        reasons = [r.reason for r, _ in parts if r.reason is not None]
        reason = reasons[0] if math.isinf(value) and reasons else None
        found = Result.exact(
            value,
            0.0 if reason else error,
            CLOSED_FORM if exact else "quadrature",
            repr(self),
            name=repr(divergence),
            unit=divergence.unit if isinstance(divergence, IPM) else "nats",
            warnings=tuple(dict.fromkeys(words for r, _ in parts for words in r.warnings)),
            reason=reason,
            factors=sum(n for _, n in parts),
        )
        if math.isfinite(value) and math.isinf(error) and least is not None:
            return at_least(found, least)
        return found


def _low(result: Result) -> float:
    """The lower end that a factor's value claims."""
    return -math.inf if result.one_sided == UPPER else result.interval[0]


def _pairs(p: Law, q: Law) -> Counter[tuple[Law, Law]]:
    if not (isinstance(p, Product) and isinstance(q, Product)):
        raise NotApplicableError("p and q are not both products of laws")
    if [f.dim for f in p.factors] != [f.dim for f in q.factors]:
        raise NotApplicableError("the products' factors do not share their coordinates")
    return Counter(zip(p.factors, q.factors, strict=True))


def _total_error(parts: list[tuple[Result, int]], value: float) -> float:
    size = math.fsum(n * abs(result.value) for result, n in parts)
    own = math.fsum(n * result.error for result, n in parts)
    return own + (_ROUNDING * size if math.isfinite(value) else 0.0)


def signed_log_affinity(divergence: FDivergence) -> Transformed:
    """±log ρ of a divergence gain·(ρ − 1), with the gain's sign, so that it grows with D."""
    gain = divergence.factor
    sign = math.copysign(1.0, gain)

    def forward(d: float) -> float:
        return sign * (math.log1p(d / gain) if d / gain > -1 else -math.inf)

    def slope(d: float) -> float:
        return sign / (gain + d) if d / gain > -1 else math.inf

    return Transformed(
        f"log affinity({divergence.order!r})", "±log ρ", divergence, forward, slope, log_gain=sign
    )
