r"""The central statements on two laws of a user's own, each side by a calculation of its own.

    max_D V = E_p log D* + E_q log(1 − D*) = −2 log 2 + 2 JSD(p‖q)

The left side integrates the definition of V. JSD comes by roads that never see V's integrand: by
proof in ball arithmetic, through the affinity at complex order, and as the mean of two KL
divergences from the mixture; those that apply to the pair are taken, one at least. Mutually
singular laws, of atoms and of a density, say, have no density of the mixture: there JSD is log 2
times the share of draws that a set tells apart, one law's support or the other's, which is 1.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from divkit.distributions import mixture
from divkit.distributions.base import Law
from divkit.distributions.null_sets import are_disjoint
from divkit.distributions.support import Boxes, MeasuredSet
from divkit.divergences import named
from divkit.exact.api import pair
from divkit.exact.method import NotApplicableError
from divkit.exact.named import gan_value
from divkit.exact.tensor.method import TensorQuadrature
from divkit.floats import own_rules
from divkit.theory.framework.computations import LOG2, LOG4, by_affinity, by_engine, by_proof
from divkit.theory.framework.measured import Measured, UnknownNumberError, measured
from divkit.theory.framework.registry import BOTH_ERRORS, CHECKS
from divkit.theory.framework.result import (
    CheckResult,
    CheckResults,
    Comparison,
    Relation,
    at_most,
    equal,
    undecided,
)
from divkit.threads import on_one_thread


def by_mixture(p: Law, q: Law) -> Measured:
    """½KL(p‖m) + ½KL(q‖m), m = (p+q)/2: two integrals by the engine, neither that of JSD."""
    try:
        m = mixture([0.5, 0.5], [p, q])
    except ValueError as refusal:
        raise NotApplicableError(f"no mixture: {refusal}") from None
    return 0.5 * by_engine(p, m, "kl") + 0.5 * by_engine(q, m, "kl")


def by_separation(p: Law, q: Law) -> Measured:
    """log 2 times the share of 1,000 draws of each that D = 1 on a support, 0 off it, tells apart.

    Where laws are mutually singular, p/m is 2 on a set that has all of p and nothing of q, and 0
    off it, so that JSD = ½E_p log(p/m) + ½E_q log(q/m) = log 2.

    Raises
    ------
    NotApplicableError
        If nothing says that the laws are mutually singular.
    """
    if not are_disjoint(p.support, q.support):
        raise NotApplicableError("the laws are not mutually singular")
    draws = [law.sample(_DRAWS, np.random.default_rng(0)) for law in (p, q)]
    strays = min(_share_in(p, draws[1]), _share_in(q, draws[0]))
    return LOG2 * measured(1 - strays)


def _share_in(law: Law, x: Tensor) -> float:
    """The share of rows (n, d) where a law has mass; a support of atoms has it where they have."""
    if isinstance(law.support, Boxes | MeasuredSet):
        return float(law.support.contains(x).double().mean())
    return float(torch.isfinite(law.log_prob(x)).double().mean())


_DRAWS = 1000
ROADS: Mapping[str, Callable[[Law, Law], Measured]] = {
    "by proof": by_proof,
    "through the affinity": by_affinity,
    "as KL from the mixture": by_mixture,
}
"""Ways to JSD that differ from each other, and from the integral of V's definition."""


@own_rules
@on_one_thread
def verify_pair(p: Any, q: Any) -> CheckResults:
    """Check the identity of the game, and the inequalities beside it, on two laws.

    Parameters
    ----------
    p, q : laws, or whatever `divkit.as_law` reads as one.

    Returns
    -------
    CheckResults
        `gan-identity` with a row for each road to JSD that applies, `js-tv-bounds` and
        `pinsker-and-kin`: their two numbers, difference, allowed error and verdict. Where a number
        is not known, or comes with a warning, or no road to JSD applies beside the engine's, the
        row is not decided and says why.

    Raises
    ------
    TypeError
        If p or q is no law.
    ValueError
        If the laws have different dimensions, or a density does not integrate to 1.

    See Also
    --------
    divkit.verify : all statements, on laws of divkit's choice.
    divkit.gan_value : one of the two sides.

    Examples
    --------
    >>> [(check.id, check.holds) for check in verify_pair("normal(0, 1)", "laplace(1, 1)")]
    [('gan-identity', True), ('js-tv-bounds', True), ('pinsker-and-kin', True)]
    """
    numbers = _Numbers(*pair(p, q))
    return CheckResults(
        [
            _result("gan-identity", "V(D*) by its definition", "JSD by the roads named",
                    lambda: _identity(numbers)),
            _result("js-tv-bounds", _OWN, _OWN, lambda: _tv_bounds(numbers)),
            _result("pinsker-and-kin", _OWN, _OWN, lambda: _pinsker(numbers)),
        ]
    )  # fmt: skip


_OWN = "the engine, each quantity by its own integral"


def _result(
    id: str, left: str, right: str, rows: Callable[[], Iterator[Comparison]]
) -> CheckResult:
    """The result of a statement of the list, of rows on laws that the list does not have."""
    start, entry = time.perf_counter(), CHECKS[id]
    found = tuple(rows())
    words = entry.id, entry.group, entry.equation, entry.statement, entry.formula
    seconds = time.perf_counter() - start
    return CheckResult(*words, left, right, BOTH_ERRORS, found, seconds)


@dataclass(frozen=True)
class _Numbers:
    """The numbers of a pair, each computed once: what it is, or why it is not known."""

    p: Law
    q: Law
    found: dict[str, Measured | Unknown] = field(default_factory=dict)

    def of(self, name: str, compute: Callable[[Law, Law], Measured]) -> Measured | Unknown:
        """The number under this name."""
        if name not in self.found:
            self.found[name] = _attempt(compute, self.p, self.q)
        return self.found[name]

    def engine(self, kind: str) -> Measured | Unknown:
        """A divergence by the engine."""
        return self.of(kind, lambda p, q: _within_reach(p, q, kind))


Unknown: TypeAlias = NotApplicableError | UnknownNumberError


def _attempt(compute: Callable[[Law, Law], Measured], p: Law, q: Law) -> Measured | Unknown:
    try:
        return compute(p, q)
    except (NotApplicableError, UnknownNumberError) as unknown:
        return unknown


def _within_reach(p: Law, q: Law, kind: str) -> Measured:
    """The engine's number; where it stops short of its tolerance in space, of a wider one.

    Across the kinks of total variation in the plane eleven digits take more points than there are
    to be had; an inequality is decided by six.
    """
    try:
        return by_engine(p, q, kind)
    except UnknownNumberError as short:
        try:
            return measured(TensorQuadrature(tolerance=_SIX)(p, q, named(kind)))
        except (NotApplicableError, UnknownNumberError):
            raise short from None


_SIX = 1e-6


def _row(
    compare: Callable[[str, Measured, Measured], Comparison],
    case: str,
    relation: Relation,
    left: Measured | Unknown,
    right: Measured | Unknown,
) -> Comparison:
    """The comparison; not decided where a side is not known, for the reason that it has."""
    if isinstance(left, Measured) and isinstance(right, Measured):
        return compare(case, left, right)
    known = [side if isinstance(side, Measured) else None for side in (left, right)]
    why = dict.fromkeys(str(side) for side in (left, right) if not isinstance(side, Measured))
    return undecided(case, relation, "; ".join(why), *known)


def _through(
    rule: Callable[[Measured], Measured], number: Measured | Unknown
) -> Measured | Unknown:
    """A function of a number, where that is known."""
    return rule(number) if isinstance(number, Measured) else number


def _value(js: Measured) -> Measured:
    """−2 log 2 + 2 JSD."""
    return 2 * js - LOG4


def _identity(numbers: _Numbers) -> Iterator[Comparison]:
    """V* beside −2 log 2 + 2 JSD by each road that applies."""
    value = numbers.of("V*", lambda p, q: measured(gan_value(p, q)))
    refusals = []
    for name, road in ROADS.items():
        js = numbers.of(name, road)
        if isinstance(js, NotApplicableError):
            refusals.append(f"{name}: {js}")
            continue
        yield _row(equal, f"JSD {name}", "=", value, _through(_value, js))
    if len(refusals) < len(ROADS):
        return
    js = numbers.of("draws", by_separation)
    if isinstance(js, NotApplicableError):
        words = "no second way to the JSD of these laws: max V cannot be checked against it."
        js = NotApplicableError(" ".join([words, *refusals]))
        yield _row(equal, "JSD by a second road", "=", value, js)
        return
    yield _row(equal, "JSD from draws told apart", "=", value, _through(_value, js))


def _tv_bounds(numbers: _Numbers) -> Iterator[Comparison]:
    js, tv = numbers.engine("js"), numbers.engine("tv")
    yield _row(at_most, "½TV² ≤ JSD", "≤", _through(lambda tv: 0.5 * tv * tv, tv), js)
    yield _row(at_most, "JSD ≤ log 2 · TV", "≤", js, _through(lambda tv: LOG2 * tv, tv))


def _pinsker(numbers: _Numbers) -> Iterator[Comparison]:
    kl, tv = numbers.engine("kl"), numbers.engine("tv")
    yield _row(at_most, "2TV² ≤ KL(p‖q)", "≤", _through(lambda tv: 2 * tv * tv, tv), kl)
