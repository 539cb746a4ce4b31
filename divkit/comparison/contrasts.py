r"""The directions along which two samples differ most.

On half of the rows, candidates are found: the discriminant direction Σ⁻¹(μ_x − μ_y), which sees a
shift, and the generalised eigenvectors of the two covariances, Σ_x w = λ Σ_y w, of the largest
|log λ|, which see a change of spread (Fukunaga and Koontz 1970). On the other half the JSD of the
projections is estimated. It is honest, since the direction was chosen without those rows, and, up
to its own error, at most the JSD of the laws (data processing).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from divkit.comparison.features import name_of
from divkit.estimators.api import estimate
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.samples import Pair, judged
from divkit.types import FloatArray

_LEAST = 8
"""Rows of each sample that each half needs, a dimension."""


@dataclass(frozen=True)
class Contrast:
    """A direction, and how far apart the projections are.

    Attributes
    ----------
    kind : "shift" or "spread".
    weights : of the standardised columns, in their order, of unit length.
    columns : names of the columns.
    js : JSD of the projections on rows that did not choose the direction.

    Examples
    --------
    >>> from divkit.results import Result
    >>> js = Result.normal(0.2, 0.01, "a sample", level=0.95, name="js")
    >>> Contrast("shift", (0.6, -0.8), ("height", "weight"), js).leading(1)
    (('weight', -0.8),)
    """

    kind: str
    weights: tuple[float, ...]
    columns: tuple[str, ...]
    js: Result

    def leading(self, count: int = 3) -> tuple[tuple[str, float], ...]:
        """The columns with the largest weights."""
        pairs = sorted(zip(self.columns, self.weights, strict=True), key=lambda p: -abs(p[1]))
        return tuple(pairs[:count])

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "kind": self.kind,
            "weights": dict(zip(self.columns, self.weights, strict=True)),
            "js": self.js.to_dict(),
        }


def contrasts(
    pair: Pair, *, method: str = "auto", rng: RandomState = 0, level: float = 0.95, count: int = 3
) -> tuple[Contrast, ...]:
    """Return at most `count` directions, the greatest JSD first; () on the line or of few rows.

    Columns with atoms are categories, which have no direction: the others are looked at.

    >>> import numpy as np
    >>> from divkit.samples import two_samples
    >>> x, y = np.random.default_rng(0).normal(size=(2, 80, 2))
    >>> found = contrasts(two_samples(x, y + [2, 0]), count=1)[0]
    >>> found.kind, found.leading(1)[0][0]
    ('shift', 'column 0')
    """
    shown = [k for k in range(pair.dim) if pair.atoms is None or not pair.atoms.on_atoms(k)]
    d = len(shown)
    if d < 2 or min(len(pair.x), len(pair.y)) < 2 * _LEAST * d:
        return ()
    rows, generator = pair.standardised, as_generator(rng)
    parts = rows.x[:, shown], rows.y[:, shown]
    (x, x_fresh), (y, y_fresh) = (_halves(part, generator) for part in parts)
    names = tuple(name_of(pair, k) for k in shown)
    results = [
        Contrast(
            kind,
            tuple(w.tolist()),
            names,
            estimate(judged(x_fresh @ w), judged(y_fresh @ w), "js", method, rng=rng, level=level),
        )
        for kind, w in _candidates(x, y, count)
    ]
    return tuple(sorted(results, key=lambda contrast: -contrast.js.value))


def _halves(rows: FloatArray, generator: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    order = generator.permutation(len(rows))
    return rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]]


def _candidates(x: FloatArray, y: FloatArray, count: int) -> list[tuple[str, FloatArray]]:
    """The discriminant direction, then the count − 1 of the most unlike spread."""
    first, second = np.cov(x.T), np.cov(y.T)
    shift = linalg.solve(first + second, x.mean(axis=0) - y.mean(axis=0), assume_a="pos")
    ratio, vectors = linalg.eigh(first, second)
    order = np.argsort(-np.abs(np.log(ratio)), kind="stable")[: count - 1]
    directions = [("shift", shift), *(("spread", vectors[:, k]) for k in order)]
    return [(kind, _signed(w / np.linalg.norm(w))) for kind, w in directions]


def _signed(w: FloatArray) -> FloatArray:
    """With its largest weight positive."""
    return np.asarray(w * np.sign(w[np.abs(w).argmax()]))
