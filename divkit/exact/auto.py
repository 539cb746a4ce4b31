"""The exact engine's own choice of method, in the open.

A common invertible map is taken off both laws first, as no f-divergence changes with it. Then
methods are tried from the one that knows most: symbols, what a law itself brings, closed forms,
factors of a product, sums, metrics, strata of laws with atoms beside a density, quadrature on the
line or the affinity formula, tensor quadrature, coordinates of a manifold, quasi-Monte Carlo. The
first that applies answers; the result's diagnostics say which it was, and why each one before it
did not apply. An answer that says itself that it did not converge is returned as such; where a
quadrature on the line is loose, the affinity's is taken if it is closer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from divkit.distributions.base import Law
from divkit.distributions.support import Blocks, Boxes, Unknown
from divkit.divergences.base import IPM, Divergence
from divkit.exact.method import Method, NotApplicableError, Outcome, each, granted, peel
from divkit.exact.own_method import Calculating, OwnMethod
from divkit.exact.symbolic import Symbolic
from divkit.results import Result

_LOOSE = 1e-9
"""Of 1 + |value|: the error of a quadrature above which the affinity is asked too."""


@dataclass(frozen=True)
class Auto:
    """The first method that applies, in the order of the module.

    Parameters
    ----------
    points : evaluations that tensor quadrature may take.

    Raises
    ------
    NotApplicableError
        If none does; the message lists every method's reason.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> Auto()(Normal(0, 1), Normal(1, 1), KL).method
    'ClosedForm()'
    """

    points: int = field(default=6_000_000, repr=False)

    def coarser(self) -> Auto:
        """The same with a thirty-second of the points."""
        return replace(self, points=self.points // 32)

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence with its error, and how it was got."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence as if alone; those that one method computes share what it can share."""
        found: dict[int, Outcome] = {}
        on_points = {k for k, kind in enumerate(divergences) if isinstance(kind, IPM)}
        rest = set(range(len(divergences))) - on_points
        for group, laws in ((rest, peel(p, q)), (on_points, (p, q))):
            chosen = sorted(group)
            outcomes = self._outcomes(*laws, [divergences[k] for k in chosen])
            found |= zip(chosen, outcomes, strict=True)
        return [found[k] for k in range(len(divergences))]

    def _outcomes(self, p: Law, q: Law, divergences: list[Divergence]) -> list[Outcome]:
        refusals: list[dict[str, str]] = [{} for _ in divergences]
        found: dict[int, Outcome] = {}
        methods, left = self._tried(p, q), list(range(len(divergences)))
        while left and (method := next(methods, None)) is not None:
            name, outcomes = repr(method), each(method, p, q, [divergences[k] for k in left])
            for k, outcome in zip(left, outcomes, strict=True):
                if isinstance(outcome, Result):
                    chosen = _closer(p, q, divergences[k], outcome)
                    by = name if chosen is outcome else chosen.method
                    found[k] = _told(chosen, by, refusals[k])
                else:
                    refusals[k][name] = str(outcome)
            left = [k for k in left if k not in found]
        kinds = zip(divergences, refusals, strict=True)
        return [found.get(k) or _nothing(p, q, *both) for k, both in enumerate(kinds)]

    def _tried(self, p: Law, q: Law) -> Iterator[Method]:
        """The methods, with that of a law that brings one after the symbols.

        Where a product's atoms are too many to list, its factors come before a sum over them.
        """
        methods = self.methods(p, q)
        yield next(methods)
        if isinstance(p, Calculating) or isinstance(q, Calculating):
            yield OwnMethod()
        if isinstance(p.support, Blocks) and isinstance(q.support, Blocks):
            yield from _by_factors(self)
        yield from methods

    def methods(self, p: Law, q: Law) -> Iterator[Method]:
        """The methods to try, in order; each is imported when its turn comes.

        Sums are none where both laws have densities on boxes.
        """
        yield Symbolic()
        from divkit.exact.closed_form.method import ClosedForm

        yield ClosedForm()
        from divkit.exact.closed_form.product import Tensorised

        yield Tensorised(self)
        if not (isinstance(p.support, Boxes) and isinstance(q.support, Boxes)):
            yield from _by_sums()
        from divkit.exact.ipm.method import Metric

        yield Metric()
        if not all(isinstance(law.support, Boxes | Unknown) for law in (p, q)):
            from divkit.exact.stratified import Stratified

            yield Stratified(self)
        yield from _on_the_line() if p.dim == 1 else _in_space(self.points)
        from divkit.exact.reduced import Reduced

        yield Reduced(self)
        from divkit.exact.monte_carlo.method import QuasiMonteCarlo

        yield QuasiMonteCarlo()


def _closer(p: Law, q: Law, divergence: Divergence, result: Result) -> Result:
    """An answer on the line, or that of the affinity where it is loose and the latter is not.

    A gamma law of shape 1e-4 has nearly all its mass nearer to 0 than floats are: nodes miss it,
    and the exponential family does not. A sum's error is that of its probabilities, which no
    other formula makes better.
    """
    densities = all(law.dim == 1 and isinstance(law.support, Boxes) for law in (p, q))
    if not densities or result.error <= _LOOSE * (1 + abs(result.value)):
        return result
    from divkit.exact.affinity.method import Affinity

    try:
        other = Affinity()(p, q, divergence)
    except NotApplicableError:
        return result
    return other if other.error < result.error else result


def _told(result: Result, method: str, refusals: dict[str, str]) -> Result:
    notes = {"chosen": method, "not_applicable": refusals}
    return replace(result, diagnostics={**result.diagnostics, **notes})


def _nothing(
    p: Law, q: Law, divergence: Divergence, refusals: dict[str, str]
) -> NotApplicableError:
    from divkit.exact.advice import refusal  # words that answers do without

    return NotApplicableError(refusal(p, q, divergence, refusals))


def _by_factors(inner: Method) -> Iterator[Method]:
    from divkit.exact.affinity.method import Affinity
    from divkit.exact.closed_form.product import Tensorised

    yield Tensorised(inner)
    yield Affinity()
    from divkit.exact.log_ratio.method import LogRatioLaw

    yield LogRatioLaw()


def _by_sums() -> Iterator[Method]:
    from divkit.exact.discrete import Discrete

    yield Discrete()
    from divkit.exact.counts.method import Summation

    yield Summation()


def _on_the_line() -> Iterator[Method]:
    from divkit.exact.quadrature.method import Quadrature

    yield Quadrature()
    from divkit.exact.affinity.method import Affinity

    yield Affinity()


def _in_space(points: int) -> Iterator[Method]:
    from divkit.exact.affinity.method import Affinity

    yield Affinity()
    from divkit.exact.tensor.method import TensorQuadrature

    yield TensorQuadrature(max_points=points)
