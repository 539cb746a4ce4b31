"""The affinity within one family in ball arithmetic, from what is declared of its laws."""

from __future__ import annotations

from typing import Any

from divkit.distributions.base import Law
from divkit.distributions.support import is_discrete
from divkit.exact.capabilities.base import declared, look_up
from divkit.exact.closed_form.count_families import CountMember


def family_affinity(p: Law, q: Law) -> Any:
    """Return α -> ρ(α) on Re α = ½ within the family of p in ball arithmetic, or None."""
    for kind, capabilities in declared(type(p)):
        if capabilities.balls is not None and capabilities.balls.affinity is not None:
            return capabilities.balls.affinity(p, q) if isinstance(q, kind) else None
    return _of_counts(p, q)


def _of_counts(p: Law, q: Law) -> Any:
    """Of two laws of counts of one exponential family."""
    if not (is_discrete(p.support) and is_discrete(q.support)):
        return None
    known = [look_up(law, lambda c: c.member) for law in (p, q)]
    if known[0] is None or known[1] is None:
        return None
    first, second = known[0](p), known[1](q)
    if not (isinstance(first, CountMember) and isinstance(second, CountMember)):
        return None
    return (lambda alpha: first.log_rho(second, alpha).exp()) if first.kin == second.kin else None
