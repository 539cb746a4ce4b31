"""Capabilities of finite laws: the affinity, by sums over the atoms of both."""

from __future__ import annotations

import math

import numpy as np

from divkit.distributions.finite.discrete import FiniteLaw
from divkit.exact.affinity.family import EPS, LogAffinity, from_defect
from divkit.exact.capabilities.base import Capabilities, declare
from divkit.types import FloatArray


def _affinity(p: FiniteLaw, q: FiniteLaw, omega: FloatArray) -> LogAffinity:
    """1 − ρ = Σ ½(√p − √q)² + √(pq) [2 sin²(ωl/2) + i sin ωl] over the atoms of both."""
    atoms = sorted({*p.atoms, *q.atoms})
    own = [dict(zip(law.atoms, law.probs, strict=True)) for law in (p, q)]
    a, b = (np.array([table.get(atom, 0.0) for atom in atoms]) for table in own)
    both = (a > 0) & (b > 0)
    change = np.where(both, (a - b) / np.where(both, b, 1.0), 0.0)
    ratio = np.where(np.abs(change) < 0.5, np.log1p(np.maximum(change, -0.5)), 0.0)
    far = both & (np.abs(change) >= 0.5)
    ratio[far] = np.log(a[far]) - np.log(b[far])
    half, root = 0.5 * np.multiply.outer(omega, ratio), np.sqrt(a) * np.sqrt(b)
    square = 0.5 * np.where(both, root * 4 * np.sinh(0.25 * ratio) ** 2, a + b)
    wave = 2 * root * np.sin(half)
    defect = (
        square.sum() + (wave * np.sin(half)).sum(axis=1) + 1j * (wave * np.cos(half)).sum(axis=1)
    )
    lack = abs(math.fsum(a) - 1) + abs(math.fsum(b) - 1)
    blur = 8 * EPS * (square.sum() + (1 + omega) * float((root * np.abs(ratio)).sum()))
    return from_defect(defect, blur + lack)


declare(FiniteLaw, Capabilities[FiniteLaw](affinity=_affinity))
