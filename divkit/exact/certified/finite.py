"""Divergences of finite laws as sums over atoms in ball arithmetic."""

from __future__ import annotations

from typing import Any

from flint import arb

from divkit.distributions.discrete import FiniteLaw
from divkit.exact.certified.forms import Form
from divkit.exact.method import NotApplicableError

Ball = Any


def probabilities(law: FiniteLaw) -> dict[tuple[float, ...], Ball]:
    """Atoms and their probabilities, divided by their exact sum."""
    total = sum((arb(w) for w in law.probs), arb(0))
    return {atom: arb(w) / total for atom, w in zip(law.atoms, law.probs, strict=True)}


def finite_sum(form: Form, p: FiniteLaw, q: FiniteLaw) -> Ball:
    """Σ φ(log p, log q) over the atoms of both laws.

    Raises
    ------
    NotApplicableError
        If an atom of one law alone makes the sum infinite.
    """
    first, second = probabilities(p), probabilities(q)
    total = arb(0)
    for atom in first.keys() | second.keys():
        if atom in first and atom in second:
            total += form.value(first[atom].log(), second[atom].log())
            continue
        weight, factor = (
            (first[atom], form.alone[0]) if atom in first else (second[atom], form.alone[1])
        )
        if factor is None:
            raise NotApplicableError("one law has mass where the other has none: infinite.")
        total += weight * factor
    return total


def finite_tv(p: FiniteLaw, q: FiniteLaw) -> Ball:
    """½ Σ |p − q|."""
    first, second = probabilities(p), probabilities(q)
    atoms = first.keys() | second.keys()
    return sum((abs(first.get(a, arb(0)) - second.get(a, arb(0))) for a in atoms), arb(0)) / 2
