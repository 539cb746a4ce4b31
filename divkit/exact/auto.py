"""The exact engine's own choice of method, in the open.

A common invertible map is taken off both laws first, as no f-divergence changes with it. Then
methods are tried from the one that knows most: symbols, what a law itself brings, closed forms,
sums, metrics, factors of a product, quadrature on the line or the affinity formula, tensor
quadrature, quasi-Monte Carlo. The first that applies answers; the result's diagnostics say which
it was, and why each one before it did not apply. An answer that says itself that it did not
converge is returned as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from divkit.distributions.base import Law
from divkit.divergences.base import IPM, Divergence
from divkit.exact.common_map import peel
from divkit.exact.method import Method, NotApplicableError
from divkit.exact.own_method import Calculating, OwnMethod
from divkit.exact.symbolic import Symbolic
from divkit.results import NotANumberError, Result


@dataclass(frozen=True)
class Auto:
    """The first method that applies, in the order of the module.

    Raises
    ------
    NotApplicableError
        If none does; the message lists every method's reason.
    """

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its error, and how it was got."""
        a, b = (p, q) if isinstance(divergence, IPM) else peel(p, q)
        refusals: dict[str, str] = {}
        for method in self._tried(a, b):
            try:
                result = method(a, b, divergence)
            except (NotApplicableError, NotANumberError) as refusal:
                refusals[repr(method)] = str(refusal)
                continue
            notes = {"chosen": repr(method), "not_applicable": refusals}
            return replace(result, diagnostics={**result.diagnostics, **notes})
        reasons = " ".join(f"{name}: {why.rstrip('.')}." for name, why in refusals.items())
        raise NotApplicableError(
            f"no method applies to {divergence!r} between a {type(p).__name__} and a "
            f"{type(q).__name__}. {reasons}"
        )

    def _tried(self, p: Law, q: Law) -> Iterator[Method]:
        """The methods, with that of a law that brings one after the symbols."""
        methods = self.methods(p.dim)
        yield next(methods)
        if isinstance(p, Calculating) or isinstance(q, Calculating):
            yield OwnMethod()
        yield from methods

    def methods(self, dim: int) -> Iterator[Method]:
        """The methods to try for laws on R^dim, in order; each is imported when its turn comes."""
        yield Symbolic()
        from divkit.exact.closed_form.method import ClosedForm

        yield ClosedForm()
        from divkit.exact.discrete import Discrete

        yield Discrete()
        from divkit.exact.ipm.method import Metric

        yield Metric()
        from divkit.exact.closed_form.product import Tensorised

        yield Tensorised(self)
        yield from _on_the_line() if dim == 1 else _in_space()
        from divkit.exact.monte_carlo.method import QuasiMonteCarlo

        yield QuasiMonteCarlo()


def _on_the_line() -> Iterator[Method]:
    from divkit.exact.quadrature.method import Quadrature

    yield Quadrature()
    from divkit.exact.affinity.method import Affinity

    yield Affinity()


def _in_space() -> Iterator[Method]:
    from divkit.exact.affinity.method import Affinity

    yield Affinity()
    from divkit.exact.tensor.method import TensorQuadrature

    yield TensorQuadrature()
