"""Words of a refusal: what the pair is and what would work, before the methods' reasons.

The sentence is of the kind of the pair: laws on sets of different kinds, a metric off the line or
over too many atoms, a dimension in which only draws are left. Reasons that say no more than that
are left out; of the others, methods are named without their settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from divkit.distributions.base import Law
from divkit.distributions.shapes.manifolds import Circle
from divkit.distributions.support import Blocks, Boxes, MeasuredSet, Unknown
from divkit.divergences.base import IPM, Divergence

_ESTIMATE = 'divkit.estimate(p.sample(n), q.sample(n), "{kind!r}") estimates it from draws'
_ONE_SET = "pass both on one of these sets, as by divkit.law(log_prob, support=...)"
_ANGLES = (
    "pass the one on the circle as of numbers, divkit.law(law.log_prob, support=(-pi, pi)), or "
    "the other as a law of angles"
)


def refusal(p: Law, q: Law, divergence: Divergence, reasons: Mapping[str, str]) -> str:
    """Return the message: the kind of pair and a way out first, then each method's reason."""
    names = f"a {type(p).__name__} and a {type(q).__name__}"
    hint = _hint(p, q, divergence, " ".join(reasons.values()))
    told, others = [], []
    for name, why in reasons.items():
        method = f"{name.partition('(')[0]}()"
        if f"got {divergence!r}" in why.replace("'", ""):
            others.append(method)
        else:
            told.append(f"{method}: {_short(why.removeprefix(f'{method} '))}.")
    rest = [f"For other divergences: {', '.join(others)}."] if others else []
    return " ".join(
        [f"no method applies to {divergence!r} between {names}{hint}. Tried:", *told, *rest]
    )


def _short(why: str) -> str:
    """A reason without a full stop, and without what it repeats."""
    return "; ".join(dict.fromkeys(why.rstrip(".").split("; ")))


def _hint(p: Law, q: Law, divergence: Divergence, reasons: str) -> str:
    for rule in _RULES:
        said = rule(p, q, divergence, reasons)
        if said:
            return f": {said}"
    return ""


def _on_different_sets(p: Law, q: Law, divergence: Divergence, reasons: str) -> str:
    homes = [_home(law) for law in (p, q)]
    kinds = [type(law.support) for law in (p, q)]
    if not any(issubclass(kind, MeasuredSet) for kind in kinds) or homes[0] == homes[1]:
        return ""
    return (
        f"p lives {homes[0]}, q {homes[1]}, and no one measure is known that both have densities "
        f"against; {_ANGLES if Circle in kinds else _ONE_SET}"
    )


def _too_many_atoms(p: Law, q: Law, divergence: Divergence, reasons: str) -> str:
    if "sums over all atoms" not in reasons:
        return ""
    return (
        f"{divergence!r} of counts is a sum over every count, here too many; f-divergences such "
        f"as js or kl have no such limit, and {_ESTIMATE.format(kind=divergence)}"
    )


def _metric_off_the_line(p: Law, q: Law, divergence: Divergence, reasons: str) -> str:
    if not isinstance(divergence, IPM):
        return ""
    where = _home(p) if isinstance(p.support, MeasuredSet) else f"in dimension {p.dim}"
    if p.dim == 1 and where.startswith("in dimension"):
        return ""
    draws = _ESTIMATE.format(kind=divergence)
    return (
        f"divkit has no value of {divergence!r} {where} for these families; f-divergences such as "
        "js or kl it may have" + (f", and {draws}" if _flat(p, q) else "")
    )


def _high_dimension(p: Law, q: Law, divergence: Divergence, reasons: str) -> str:
    if isinstance(divergence, IPM) or p.dim < 2 or not _flat(p, q):
        return ""
    bounded = "js, hellinger2 or tv, which are bounded, go by quasi-Monte Carlo"
    draws = _ESTIMATE.format(kind=divergence)
    return f"in dimension {p.dim} laws of no common family leave draws: {bounded}; {draws}"


def _flat(p: Law, q: Law) -> bool:
    """Whether both laws have densities in R^d."""
    return all(isinstance(law.support, Boxes | Unknown) for law in (p, q))


def _home(law: Law) -> str:
    """Where a law lives, in words."""
    support = law.support
    if isinstance(support, MeasuredSet):
        return f"on {support.words.removeprefix('of ')}"
    if isinstance(support, Boxes):
        return "on the line" if law.dim == 1 else f"in R^{law.dim}"
    if isinstance(support, Blocks):
        return f"in blocks of R^{law.dim}"
    return f"on a {type(support).__name__.lower()} set of R^{law.dim}"


_RULES: tuple[Callable[[Law, Law, Divergence, str], str], ...] = (
    _too_many_atoms,
    _metric_off_the_line,
    _on_different_sets,
    _high_dimension,
)
