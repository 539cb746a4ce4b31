r"""The fall of a density at an end of its support: the algebra that decides KL = ∞.

Near an end let u → ∞ be |x| (at ±∞), or 1/|x − end| (at a finite end). Every family here has

    −log p = Σ_k c_k g_k(u) + O(1),      g ∈ {e^{κu}, u^k, u log u, (log u)², log u},

so a tail is the list of its coefficients, in descending order of growth. Coefficients add when
densities multiply, so ∫ p^a q^b converges at that end iff the first non-zero coefficient of
a·tail(p) + b·tail(q) is positive, where the last term (log u) must exceed 1 at infinity, and
exceed −1 at a finite end (dx = du/u²). Likewise ∫ p |log q| converges iff g(q)'s leading growth
has a finite mean under p: that holds iff p still has a tail once divided by that growth.
Sums over the atoms of a lattice converge as the integrals do. u log u is the growth of log u!.
Coefficients are exact (fractions of the parameters, or sums of their exponentials), so that
cancellations are decided exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from divkit.distributions.exponents import Coefficient, sign

Growth: TypeAlias = tuple[int, Fraction] | tuple[int, Fraction, int]
"""Rank and exponent: (3, κ) is e^{κu}, (2, k) is u^k, (1, 0) is (log u)², (0, 0) is log u; with a
third number 1, (2, 1, 1), the growth is u log u, and sorts between u and all higher powers."""

LOG: Growth = (0, Fraction(0))
FACTORIAL: Growth = (2, Fraction(1), 1)
LOG_SQUARED: Growth = (1, Fraction(0))


def power(k: float | Fraction) -> Growth:
    """The growth u^k, k > 0."""
    return (2, Fraction(k))


def exponential(rate: float | Fraction) -> Growth:
    """The growth e^{rate·u}, rate > 0."""
    return (3, Fraction(rate))


@dataclass(frozen=True)
class Tail:
    """−log p near an end as coefficients of growths; `at` says which kind of end.

    A density that is zero near the end (the support stops earlier) has no tail: None stands there.

    >>> from divkit import Normal
    >>> Normal(0, 1).tails[1].at
    'infinity'
    """

    terms: tuple[tuple[Growth, Coefficient], ...]
    at: Literal["infinity", "endpoint"] = "infinity"

    def combine(self, a: float, other: Tail, b: float) -> Tail:
        """The tail of p^a q^b."""
        total: dict[Growth, Coefficient] = {}
        for tail, factor in ((self, Fraction(a)), (other, Fraction(b))):
            for growth, coefficient in tail.terms:
                total[growth] = factor * coefficient + total.get(growth, Fraction(0))
        return make(total, self.at)

    def integrable(self) -> bool:
        """Whether ∫ e^{−Σ c_k g_k} converges at this end."""
        threshold = Fraction(1 if self.at == "infinity" else -1)
        growth, coefficient = self.terms[0] if self.terms else (LOG, Fraction(0))
        return sign(coefficient + (-threshold if growth == LOG else Fraction(0))) > 0

    def mean_is_finite(self, growth: Growth) -> bool:
        """Whether ∫ p·g converges at this end, for a growth g and this density's tail."""
        rank, exponent = growth[:2]
        if rank < 2:
            return True  # logarithms have a mean under every integrable tail of this algebra
        if rank == 2 and self.terms and self.terms[0][0] != LOG:
            return self.integrable()  # whatever power of u is added
        shift = make({LOG if rank == 2 else power(1): -exponent}, self.at)
        return self.combine(1.0, shift, 1.0).integrable()

    def lighter_than(self, other: Tail) -> bool:
        """Whether this density is of smaller order than `other` at this end."""
        return bool(gap := self.combine(1.0, other, -1.0).terms) and sign(gap[0][1]) > 0


def make(
    terms: Mapping[Growth, Coefficient | int], at: Literal["infinity", "endpoint"] = "infinity"
) -> Tail:
    """Return the tail with these coefficients, zeros dropped, fastest growth first.

    >>> make({LOG: 2})
    Tail(terms=(((0, Fraction(0, 1)), Fraction(2, 1)),), at='infinity')
    """
    exact = ((g, Fraction(c) if isinstance(c, int) else c) for g, c in terms.items())
    kept = ((g, c) for g, c in exact if sign(c) != 0)
    return Tail(tuple(sorted(kept, key=lambda term: term[0], reverse=True)), at)


def cross_entropy_is_finite(p: Tail, q: Tail) -> bool:
    """Whether ∫ p |log q| converges at this end.

    >>> from divkit import Normal, StudentT
    >>> normal, student = Normal().tails[1], StudentT(2).tails[1]
    >>> cross_entropy_is_finite(normal, student), cross_entropy_is_finite(student, normal)
    (True, False)
    """
    return all(p.mean_is_finite(growth) for growth, _ in q.terms[:1])


def heaviest(tails: Sequence[Tail]) -> Tail:
    """Return the tail of the largest order, of at least one at the same end."""
    best = tails[0]
    for tail in tails[1:]:
        if best.lighter_than(tail):
            best = tail
    return best
