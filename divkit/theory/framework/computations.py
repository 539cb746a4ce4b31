"""Independent computations of one number, which checks set against each other.

`by_definition` integrates what a definition says on Gauss–Legendre panels of the checks' own;
`by_affinity` never forms the integrand of the divergence at all (it integrates ∫ p^{½−iω} q^{½+iω}
over ω); `by_proof` encloses the value in ball arithmetic; `by_engine` is what a user gets.
"""

from __future__ import annotations

from collections.abc import Callable

from divkit.distributions.base import Law, Law1D
from divkit.divergences import JS
from divkit.divergences.base import Divergence
from divkit.exact.affinity.method import Affinity
from divkit.exact.api import divergence
from divkit.exact.certified.method import Certified
from divkit.exact.quadrature.method import Quadrature
from divkit.theory.framework.densities import log_density
from divkit.theory.framework.integration import cuts, panels
from divkit.theory.framework.measured import Measured, measured
from divkit.types import Tensor

LOG2 = 0.6931471805599453
LOG4 = measured(2 * LOG2)


def by_definition(
    p: Law1D, q: Law1D, of_logs: Callable[[Tensor, Tensor], Tensor], *kinks: float
) -> Measured:
    """∫ g(log p, log q) dx over the line, for laws with light tails."""
    return over_line(p, q, lambda x: of_logs(log_density(p, x), log_density(q, x)), *kinks)


def over_line(p: Law1D, q: Law1D, f: Callable[[Tensor], Tensor], *kinks: float) -> Measured:
    """∫ f dx on panels as fine as the finest feature of the two laws."""
    return panels(f, line_edges(p, q, *kinks))


def line_edges(p: Law1D, q: Law1D, *kinks: float) -> list[float]:
    """Edges of panels over the reach of two laws with light tails."""
    low = min(p.reach[0], q.reach[0])
    high = max(p.reach[1], q.reach[1])
    width = min(scale for law in (p, q) for f in law.features for scale in f.scale)
    return cuts(low, high, width, *p.kinks, *q.kinks, *kinks)


def by_affinity(p: Law, q: Law, of: Divergence = JS) -> Measured:
    """Through the Chernoff affinity at complex order, in any dimension."""
    return measured(Affinity(line=True)(p, q, of))


def by_proof(p: Law, q: Law, of: Divergence = JS, digits: int = 17) -> Measured:
    """A proved enclosure."""
    return measured(Certified(digits=digits)(p, q, of))


def by_engine(p: Law, q: Law, of: str | Divergence = JS) -> Measured:
    """The exact engine, by the way that it chooses."""
    return measured(divergence(p, q, of))


def by_quadrature(p: Law, q: Law, of: Divergence = JS) -> Measured:
    """The engine's quadrature on the line, of the laws as they are (no map undone, no formula)."""
    return measured(Quadrature()(p, q, of))
