r"""Families of counts of sum n in K cells: multinomial, Dirichlet-multinomial, hypergeometric.

A multinomial law is a sum of n independent draws of a cell: KL and log ∫ p^α q^{1−α} are n times
those of one draw. The other two have P(x) = Π_k w_k(x_k)/Z with one weight function w(s; x) of a
size s_k of each cell, whose generating functions multiply as the sizes add:

    Dirichlet-multinomial   w(a; x) = a(a+1)…(a+x−1)/x!,   Σ_x w tˣ = (1 − t)^{−a}
    hypergeometric          w(m; x) = C(m, x),             Σ_x w tˣ = (1 + t)^m

So Z = w(Σ s; n), P(x_k = x) = w(s_k; x) w(Σ s − s_k; n − x)/Z, which gives KL by K sums of n + 1
terms, and ∫ p^α q^{1−α} is the coefficient of tⁿ in a product of K polynomials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import acb_poly, arb, arb_poly

from divkit.distributions.shapes.weights import choosing, rising
from divkit.exact.closed_form.members import Member
from divkit.exact.closed_form.numbers import exact
from divkit.exact.method import NotApplicableError
from divkit.types import Ball

MOST_TERMS = 2**12
"""K(n + 1) at most for the affinity at complex order, which takes a product for each frequency."""


@dataclass(frozen=True)
class MultinomialMember(Member):
    """n draws from shares, or from the softmax of `shares` where these are logits."""

    n: int
    shares: tuple[float, ...]
    logits: bool = False

    def _probabilities(self) -> list[Ball]:
        weights = [exact(s).exp() if self.logits else exact(s) for s in self.shares]
        total = sum(weights, arb(0))
        return [weight / total for weight in weights]

    def _pairs(self, other: MultinomialMember) -> list[tuple[Ball, Ball]]:
        _check_totals(self.n, other.n)
        pairs = zip(self._probabilities(), other._probabilities(), strict=True)
        return [(p, q) for p, q in pairs if p != 0 or q != 0]

    def kl(self, other: Any) -> Ball:
        """n Σ p log(p/q)."""
        pairs = [(p, q) for p, q in self._pairs(other) if p != 0]
        if any(q == 0 for _, q in pairs):
            return arb.pos_inf()
        return self.n * sum((p * (p / q).log() for p, q in pairs), arb(0))

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """n log Σ p^α q^{1−α}."""
        pairs = self._pairs(other)
        if (order > 1 and any(q == 0 for _, q in pairs)) or (
            order < 0 and any(p == 0 for p, _ in pairs)
        ):
            return arb.pos_inf()
        a, b = exact(order), exact(1 - order)
        powers = (p**a * q**b for p, q in pairs if p != 0 and q != 0)
        return self.n * sum(powers, arb(0)).log()

    def log_rho(self, other: Any, alpha: Any) -> Any:
        """n log Σ p^{1−α} q^α."""
        both = [(p, q) for p, q in self._pairs(other) if p != 0 and q != 0]
        logs = ((1 - alpha) * p.log() + alpha * q.log() for p, q in both)
        return self.n * sum((log.exp() for log in logs), arb(0)).log()


@dataclass(frozen=True)
class UrnMember(Member):
    """n draws from cells of given sizes; see the module."""

    n: int
    sizes: tuple[float, ...]

    def weights(self, size: Ball, most: int) -> list[Ball]:
        """w(size; x) for x = 0 … most."""
        raise NotImplementedError

    def most(self, size: float) -> int:
        """The largest count of a cell."""
        return self.n

    def total(self) -> Ball:
        """Z."""
        return self.weights(exact(sum(map(Fraction, self.sizes))), self.n)[-1]

    def _marginal(self, cell: int) -> list[Ball]:
        """P(x_k = x)·Z for x up to the largest count."""
        whole = sum(map(Fraction, self.sizes))
        own = self.weights(exact(self.sizes[cell]), self.most(self.sizes[cell]))
        rest = self.weights(exact(whole - Fraction(self.sizes[cell])), self.n)
        return [w * rest[self.n - x] for x, w in enumerate(own)]

    def _covers(self, other: UrnMember) -> bool:
        pairs = zip(self.sizes, other.sizes, strict=True)
        return all(other.most(b) <= self.most(a) for a, b in pairs)

    def kl(self, other: Any) -> Ball:
        """Σ_k E_p log(w_p/w_q) − log(Z_p/Z_q)."""
        _check_totals(self.n, other.n)
        if not other._covers(self):
            return arb.pos_inf()
        shift, total = self.total(), arb(0)
        for k, (size, theirs) in enumerate(zip(self.sizes, other.sizes, strict=True)):
            chances = self._marginal(k)
            own = self.weights(exact(size), len(chances) - 1)
            others = other.weights(exact(theirs), len(chances) - 1)
            terms = zip(chances, own, others, strict=True)
            total += sum((c * (a / b).log() for c, a, b in terms if c != 0), arb(0))
        return total / shift - (shift / other.total()).log()

    def _powers(self, other: UrnMember, mixed: Callable[[Ball, Ball], Any]) -> list[list[Any]]:
        """For each cell, e^{mixed(log w_p, log w_q)} where both are positive."""
        out = []
        for size, theirs in zip(self.sizes, other.sizes, strict=True):
            most = min(self.most(size), other.most(theirs))
            pairs = zip(
                self.weights(exact(size), most), other.weights(exact(theirs), most), strict=True
            )
            out.append([mixed(a.log(), b.log()).exp() for a, b in pairs])
        return out

    def log_affinity(self, other: Any, order: Fraction) -> Ball:
        """The log of a coefficient; see the module."""
        _check_totals(self.n, other.n)
        uncovered = (order > 1 and not other._covers(self)) or (
            order < 0 and not self._covers(other)
        )
        if uncovered:
            return arb.pos_inf()
        a, b = exact(order), exact(1 - order)
        powers = self._powers(other, lambda p, q: a * p + b * q)
        top = _coefficient(powers, self.n, arb_poly)
        return top.log() - a * self.total().log() - b * other.total().log()

    def log_rho(self, other: Any, alpha: Any) -> Any:
        """The same at α in place of 1 − order."""
        _check_totals(self.n, other.n)
        if len(self.sizes) * (self.n + 1) > MOST_TERMS:
            raise NotApplicableError(
                f"the affinity at complex order takes {len(self.sizes)} cells of {self.n} counts, "
                f"more than {MOST_TERMS} terms"
            )
        beta = 1 - alpha
        powers = self._powers(other, lambda p, q: beta * p + alpha * q)
        top = _coefficient(powers, self.n, acb_poly)
        return top.log() - beta * self.total().log() - alpha * other.total().log()


@dataclass(frozen=True)
class DirichletMultinomialMember(UrnMember):
    """Pólya's urn: a cell of size a gains one with every ball that is drawn."""

    def weights(self, size: Ball, most: int) -> list[Ball]:
        """Rising factorials."""
        return rising(size, most)


@dataclass(frozen=True)
class HypergeometricMember(UrnMember):
    """Draws without replacement."""

    def weights(self, size: Ball, most: int) -> list[Ball]:
        """Binomial coefficients."""
        return choosing(size, most)

    def most(self, size: float) -> int:
        """No more than there are."""
        return min(self.n, int(size))


def _check_totals(n: int, m: int) -> None:
    if n != m:
        raise NotApplicableError(f"the laws count {n} and {m} draws")


def _coefficient(powers: Sequence[Sequence[Any]], n: int, kind: Any) -> Any:
    """[tⁿ] of the product of polynomials, cut at tⁿ after every factor."""
    whole = kind(list(powers[0]))
    for factor in powers[1:-1]:
        product = whole * kind(list(factor))
        whole = kind([product[k] for k in range(min(n, product.degree()) + 1)])
    last = powers[-1]
    return sum((whole[n - x] * w for x, w in enumerate(last) if n - x <= whole.degree()), arb(0))
