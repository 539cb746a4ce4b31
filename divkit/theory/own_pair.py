r"""The central statements on two laws of a user's own, each side by a calculation of its own.

    max_D V = E_p log D* + E_q log(1 − D*) = −2 log 2 + 2 JSD(p‖q)

The left side integrates the definition of V. JSD comes by roads that never see V's integrand: by
proof in ball arithmetic, through the affinity at complex order, and as the mean of two KL
divergences from the mixture; those that apply to the pair are taken, one at least.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from divkit.distributions import mixture
from divkit.distributions.base import Law
from divkit.exact.api import pair
from divkit.exact.method import NotApplicableError
from divkit.exact.named import gan_value
from divkit.floats import own_rules
from divkit.theory.framework.computations import LOG2, LOG4, by_affinity, by_engine, by_proof
from divkit.theory.framework.measured import Measured, measured
from divkit.theory.framework.registry import BOTH_ERRORS, CHECKS
from divkit.theory.framework.result import CheckResult, CheckResults, Comparison, at_most, equal


def by_mixture(p: Law, q: Law) -> Measured:
    """½KL(p‖m) + ½KL(q‖m), m = (p+q)/2: two integrals by the engine, neither that of JSD."""
    m = mixture([0.5, 0.5], [p, q])
    return 0.5 * by_engine(p, m, "kl") + 0.5 * by_engine(q, m, "kl")


ROADS: Mapping[str, Callable[[Law, Law], Measured]] = {
    "by proof": by_proof,
    "through the affinity": by_affinity,
    "as KL from the mixture": by_mixture,
}
"""Ways to JSD that differ from each other, and from the integral of V's definition."""


@own_rules
def verify_pair(p: Any, q: Any) -> CheckResults:
    """Check the identity of the game, and the inequalities beside it, on two laws.

    Parameters
    ----------
    p, q : laws, or whatever `divkit.as_law` reads as one.

    Returns
    -------
    CheckResults
        `gan-identity` with a row for each road to JSD that applies, `js-tv-bounds` and
        `pinsker-and-kin`: their two numbers, difference, allowed error and verdict.

    Raises
    ------
    TypeError
        If p or q is no law.
    ValueError
        If no road to JSD applies beside the engine's, or a number comes with a warning, on which
        no verdict may rest; the message says which.

    See Also
    --------
    divkit.verify : all statements, on laws of divkit's choice.
    divkit.gan_value : one of the two sides.

    Examples
    --------
    >>> [(check.id, check.holds) for check in verify_pair("normal(0, 1)", "laplace(1, 1)")]
    [('gan-identity', True), ('js-tv-bounds', True), ('pinsker-and-kin', True)]
    """
    first, second = pair(p, q)
    try:
        return CheckResults(
            [
                _result("gan-identity", "V(D*) by its definition", "JSD by the roads named",
                        lambda: list(_identity(first, second))),
                _result("js-tv-bounds", _OWN, _OWN, lambda: _tv_bounds(first, second)),
                _result("pinsker-and-kin", _OWN, _OWN, lambda: _pinsker(first, second)),
            ]
        )  # fmt: skip
    except ArithmeticError as error:
        raise ValueError(f"{error}") from None


_OWN = "the engine, each quantity by its own integral"


def _result(id: str, left: str, right: str, rows: Callable[[], list[Comparison]]) -> CheckResult:
    """The result of a statement of the list, of rows on laws that the list does not have."""
    start, entry = time.perf_counter(), CHECKS[id]
    found = tuple(rows())
    words = entry.id, entry.group, entry.equation, entry.statement, entry.formula
    seconds = time.perf_counter() - start
    return CheckResult(*words, left, right, BOTH_ERRORS, found, seconds)


def _identity(p: Law, q: Law) -> Iterator[Comparison]:
    """V* beside −2 log 2 + 2 JSD by each road that applies."""
    value = measured(gan_value(p, q))
    refusals = []
    for name, road in ROADS.items():
        try:
            js = road(p, q)
        except NotApplicableError as refusal:
            refusals.append(f"{name}: {refusal}")
            continue
        yield equal(f"JSD {name}", value, 2 * js - LOG4)
    if len(refusals) == len(ROADS):
        raise ValueError(
            "no second way to the JSD of these laws: max V cannot be checked against it. "
            + " ".join(refusals)
        )


def _tv_bounds(p: Law, q: Law) -> list[Comparison]:
    js, tv = by_engine(p, q), by_engine(p, q, "tv")
    return [at_most("½TV² ≤ JSD", 0.5 * tv * tv, js), at_most("JSD ≤ log 2 · TV", js, LOG2 * tv)]


def _pinsker(p: Law, q: Law) -> list[Comparison]:
    kl, tv = by_engine(p, q, "kl"), by_engine(p, q, "tv")
    return [at_most("2TV² ≤ KL(p‖q)", 2 * tv * tv, kl)]
