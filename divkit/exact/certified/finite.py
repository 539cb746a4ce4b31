"""Divergences of finite laws as sums over atoms in ball arithmetic."""

from __future__ import annotations

from flint import arb

from divkit.distributions.finite.discrete import FiniteLaw
from divkit.exact.balls.shares import log_shares
from divkit.exact.certified.forms import PairIntegral
from divkit.exact.method import NotApplicableError
from divkit.types import Ball


def log_probabilities(law: FiniteLaw) -> dict[tuple[float, ...], Ball]:
    """Atoms and the logs of their probabilities."""
    return dict(zip(law.atoms, log_shares(law.probs, law.log_weights), strict=True))


def finite_sum(form: PairIntegral, p: FiniteLaw, q: FiniteLaw) -> Ball:
    """Σ φ(log p, log q) over the atoms of both laws.

    Raises
    ------
    NotApplicableError
        If an atom of one law alone makes the sum infinite.
    """
    first, second = log_probabilities(p), log_probabilities(q)
    total = arb(0)
    for atom in first.keys() | second.keys():
        if atom in first and atom in second:
            total += form.value(first[atom], second[atom])
            continue
        log, factor = (
            (first[atom], form.alone[0]) if atom in first else (second[atom], form.alone[1])
        )
        if factor is None:
            raise NotApplicableError("one law has mass where the other has none: infinite.")
        total += log.exp() * factor
    return total


def finite_tv(p: FiniteLaw, q: FiniteLaw) -> Ball:
    """½ Σ |p − q|."""
    first, second = (
        {atom: log.exp() for atom, log in log_probabilities(law).items()} for law in (p, q)
    )
    atoms = first.keys() | second.keys()
    return sum((abs(first.get(a, arb(0)) - second.get(a, arb(0))) for a in atoms), arb(0)) / 2
