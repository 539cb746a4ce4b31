r"""Sums of many floats in arrays, with the bound of their rounding.

Both fold an array upon itself, half onto half, until few numbers are left, which `math.fsum` adds.
Each fold rounds every sum once, so that after m folds

    |computed − Σ x_k| ≤ γ_m Σ |x_k| + u |Σ x_k|,      γ_m = m u/(1 − m u),   u = 2⁻⁵³

(Higham 2002, Accuracy and Stability of Numerical Algorithms, section 4.2). The exact sum folds
what each addition loses too (Knuth's two-sum), and is off by no more than its own last rounding
and γ_m² Σ |x_k|. The order of the additions is written down here, as that of NumPy's own sum
is not promised.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.types import FloatArray

UNIT = 2.0**-53
BLOCK = 2**15
"""The number of terms to form at once: their arrays stay in a cache."""
_FEW = 256


def folds(n: int) -> int:
    """The number of times that a sum of n numbers is folded."""
    return max(math.ceil(math.log2(n / _FEW)), 0) if n > _FEW else 0


def folded(values: FloatArray) -> list[float]:
    """At most 256 numbers of the same sum, each off by `folds` roundings."""
    for _ in range(folds(len(values))):
        half, odd = divmod(len(values), 2)
        total = values[:half] + values[half + odd :]
        values = np.append(total, values[half]) if odd else total
    few: list[float] = values.tolist()
    return few


def exact_parts(values: FloatArray) -> list[float]:
    """Few numbers whose sum is that of the values, but for γ² Σ |x|."""
    blocks = range(0, len(values), BLOCK)
    return [part for start in blocks for part in _exact_parts(values[start : start + BLOCK])]


def _exact_parts(values: FloatArray) -> list[float]:
    lost: FloatArray | None = None
    for _ in range(folds(len(values))):
        half, odd = divmod(len(values), 2)
        a, b = values[:half], values[half + odd :]
        total = a + b
        back = total - a
        slip = (a - (total - back)) + (b - back)
        if lost is not None:
            slip += lost[:half]
            slip += lost[half + odd :]
        if odd:
            rest = 0.0 if lost is None else lost[half]
            total, slip = np.append(total, values[half]), np.append(slip, rest)
        values, lost = total, slip
    parts: list[float] = values.tolist()
    return parts if lost is None else parts + lost.tolist()


def exact_sum(values: FloatArray, *more: float) -> float:
    """Σ values + Σ more, to one rounding of what `exact_parts` gives."""
    return math.fsum([*more, *exact_parts(values)])


class BlockSum:
    """A sum that grows by blocks of terms, each with a bound of its own error."""

    def __init__(self) -> None:
        self._values: list[float] = []
        self._noises: list[float] = []
        self._slips: list[float] = []

    def add(self, terms: FloatArray, noise: FloatArray) -> None:
        """Add a block."""
        self._values += folded(terms)
        self._noises += folded(noise)
        if depth := folds(len(terms)):
            self._slips.append(depth * UNIT * math.fsum(folded(np.abs(terms))))

    @property
    def value(self) -> float:
        """Σ terms."""
        return math.fsum(self._values)

    @property
    def error(self) -> float:
        """Σ noise, what the folds round, and 1e-12 of these for their own rounding."""
        return (1 + 1e-12) * math.fsum([*self._noises, *self._slips])
