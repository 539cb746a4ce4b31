r"""DrawnPairs of variables with known mutual information, as of the benchmark "Beyond Normal".

Czyż, Grabowski, Vogt, Beerenwinkel, Marx (2023). Invertible maps of x or of y alone leave the
information as it is, so that each base law makes many tasks:

    Gaussian:       I = ½ log(det Σ_x det Σ_y / det Σ)
    Student-t, ν:   that of its scale matrix, plus a term of ν, d and e alone (theirs, section 2)
    additive noise: y = x + u, x ~ U(0, 1), u ~ U(−ε, ε): I = ε − log 2ε for ε ≤ ½, 1/(4ε) above.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from scipy import special

from divkit.registry import Registry
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray

DrawnPairs: TypeAlias = tuple[FloatArray, FloatArray]
Draw: TypeAlias = Callable[[int, np.random.Generator], DrawnPairs]
Warp: TypeAlias = Callable[[FloatArray], FloatArray]
Pointwise: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]


def _itself(z: FloatArray) -> FloatArray:
    return z


@dataclass(frozen=True, eq=False)
class InformationTask:
    """A law of pairs.

    Attributes
    ----------
    name : of the task.
    truth : mutual information in nats.
    draw : (n, generator) -> base pairs (n, d), (n, e), before the maps.
    pointwise : base pairs -> log p(x, y) − log p(x) p(y) of each (n,), whose mean is the truth.
    maps : of x and of y; invertible, so that neither truth nor pointwise changes.

    Examples
    --------
    >>> from divkit.problems import TASKS
    >>> sorted(TASKS)[0]
    'additive-noise-0.1'
    """

    name: str
    truth: float
    draw: Draw
    pointwise: Pointwise
    maps: tuple[Warp, Warp] = (_itself, _itself)

    def sample(self, n: int, rng: RandomState = None) -> DrawnPairs:
        """Draw n pairs."""
        x, y = self.draw(n, as_generator(rng))
        return self.maps[0](x), self.maps[1](y)

    def informations(self, n: int, rng: RandomState = None) -> FloatArray:
        """The pointwise informations (n,) of the pairs that `sample` draws from the same state.

        Their mean is the oracle's estimate, which attains the bound √(Var/n) on the error.
        """
        return self.pointwise(*self.draw(n, as_generator(rng)))

    def mapped(self, name: str, x: Warp, y: Warp) -> InformationTask:
        """The task of (f(x), g(y)) for invertible f and g: the same truth."""
        first, second = self.maps
        maps = (lambda z: x(first(z)), lambda z: y(second(z)))
        return replace(self, name=name, maps=maps)


TASKS: Registry[InformationTask] = Registry("information task")


def gaussian(name: str, covariance: FloatArray, d: int) -> InformationTask:
    """Normal pairs: the first d coordinates are x, the others y.

    >>> import numpy as np
    >>> task = gaussian("pair", np.array([[1.0, 0.5], [0.5, 1.0]]), 1)
    >>> round(task.truth, 9)
    0.143841036
    """
    truth = gaussian_information(covariance, d)

    def pointwise(x: FloatArray, y: FloatArray) -> FloatArray:
        whole, first, second = _squares(covariance, x, y)
        return truth + 0.5 * (first + second - whole)

    return InformationTask(name, truth, _normal_draw(covariance, d, None), pointwise)


def student(name: str, covariance: FloatArray, d: int, df: float) -> InformationTask:
    """Student-t pairs with this scale matrix and df degrees of freedom.

    >>> import numpy as np
    >>> student("pair", np.array([[1.0, 0.5], [0.5, 1.0]]), 1, 3.0).truth > 0.14
    True
    """
    e = len(covariance) - d
    half = [0.5 * df, 0.5 * (df + d + e), 0.5 * (df + d), 0.5 * (df + e)]
    signs = [1, 1, -1, -1]
    gammas = sum(s * math.lgamma(h) for s, h in zip(signs, half, strict=True))
    slopes = sum(s * h * float(special.digamma(h)) for s, h in zip(signs, half, strict=True))
    base = gaussian_information(covariance, d) + gammas

    def pointwise(x: FloatArray, y: FloatArray) -> FloatArray:
        logs = [np.log1p(square / df) for square in _squares(covariance, x, y)]
        return np.asarray(base - half[1] * logs[0] + half[2] * logs[1] + half[3] * logs[2])

    return InformationTask(name, base - slopes, _normal_draw(covariance, d, df), pointwise)


def additive_noise(name: str, width: float) -> InformationTask:
    """y = x + u, u uniform on ±width.

    >>> round(additive_noise("noise", 0.5).truth, 9)
    0.5
    """

    def draw(n: int, rng: np.random.Generator) -> DrawnPairs:
        x = rng.uniform(size=(n, 1))
        return x, x + rng.uniform(-width, width, size=(n, 1))

    def pointwise(_: FloatArray, y: FloatArray) -> FloatArray:
        return np.asarray(-np.log(np.minimum(y + width, 1) - np.maximum(y - width, 0)))[:, 0]

    truth = width - math.log(2 * width) if width <= 0.5 else 1 / (4 * width)
    return InformationTask(name, truth, draw, pointwise)


def _squares(covariance: FloatArray, x: FloatArray, y: FloatArray) -> list[FloatArray]:
    """Squared distances from 0 (n,) of (x, y), of x and of y, in units of their scale matrices."""
    d = x.shape[1]
    cases = ((covariance, np.hstack([x, y])), (covariance[:d, :d], x), (covariance[d:, d:], y))
    return [np.einsum("ij,ji->i", z, np.linalg.solve(block, z.T)) for block, z in cases]


def gaussian_information(covariance: FloatArray, d: int) -> float:
    """½ log(det Σ_x det Σ_y / det Σ)."""
    blocks = (covariance[:d, :d], covariance[d:, d:], covariance)
    first, second, whole = (float(np.linalg.slogdet(block)[1]) for block in blocks)
    return 0.5 * (first + second - whole)


def _normal_draw(covariance: FloatArray, d: int, df: float | None) -> Draw:
    root = np.linalg.cholesky(covariance)

    def draw(n: int, rng: np.random.Generator) -> DrawnPairs:
        z = rng.normal(size=(n, len(root))) @ root.T
        if df is not None:
            z /= np.sqrt(rng.chisquare(df, size=(n, 1)) / df)
        return z[:, :d], z[:, d:]

    return draw


def dense(d: int, e: int, correlation: float) -> FloatArray:
    """Unit variances, every correlation the same."""
    return np.asarray(correlation + (1 - correlation) * np.eye(d + e), dtype=np.float64)


def sparse(d: int, e: int, correlation: float, pairs: int) -> FloatArray:
    """Unit variances; x_i and y_i correlated for the first few i, all else independent."""
    out = np.eye(d + e)
    for i in range(pairs):
        out[i, d + i] = out[d + i, i] = correlation
    return out


def _half_cube(z: FloatArray) -> FloatArray:
    return np.sign(z) * np.abs(z) ** 1.5


def _wiggly_x(z: FloatArray) -> FloatArray:
    return z + 0.4 * np.sin(z) + 0.2 * np.sin(1.7 * z + 1) + 0.03 * np.sin(3.3 * z - 2.5)


def _wiggly_y(z: FloatArray) -> FloatArray:
    return z - 0.4 * np.sin(0.4 * z) + 0.17 * np.sin(1.3 * z + 3.5) + 0.02 * np.sin(4.3 * z - 2.5)


def _bimodal(share: float, low: float, high: float) -> Warp:
    """Φ(z) to the quantile of share·N(low, 1) + (1 − share)·N(high, 1), linear between knots."""
    knots = np.linspace(low - 12, high + 12, 4001)
    levels = special.ndtri(
        share * special.ndtr(knots - low) + (1 - share) * special.ndtr(knots - high)
    )
    inside = np.isfinite(levels)
    return lambda z: np.interp(z, levels[inside], knots[inside])


def _uniform(z: FloatArray) -> FloatArray:
    return np.asarray(special.ndtr(z))


def _spiral(first: int, speed: float = 1 / 3) -> Warp:
    """Coordinates `first` and the next turned by an angle of speed times the squared radius."""

    def turned(z: FloatArray) -> FloatArray:
        angle = speed * (z**2).sum(axis=1)
        out, c, s = z.copy(), np.cos(angle), np.sin(angle)
        a, b = z[:, first], z[:, first + 1]
        out[:, first], out[:, first + 1] = c * a - s * b, s * a + c * b
        return out

    return turned


def _swiss_roll(z: FloatArray) -> FloatArray:
    """A line rolled up in the plane."""
    t = 1.5 * math.pi * (1 + 2 * special.ndtr(z[:, 0]))
    return np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 21


def _all_tasks() -> Iterator[InformationTask]:
    plain = gaussian("gaussian-1x1", dense(1, 1, 0.75), 1)
    yield plain
    yield plain.mapped("uniform-margins-1x1", _uniform, _uniform)
    yield plain.mapped("half-cube-1x1", _half_cube, _half_cube)
    yield plain.mapped("wiggly-1x1", _wiggly_x, _wiggly_y)
    yield plain.mapped("bimodal-1x1", _bimodal(0.3, 0, 5), _bimodal(0.5, -1, 3))
    yield plain.mapped("swiss-roll-2x1", _swiss_roll, _uniform)
    yield additive_noise("additive-noise-0.1", 0.1)
    yield additive_noise("additive-noise-0.75", 0.75)
    for d in (2, 3, 5):
        yield gaussian(f"gaussian-dense-{d}x{d}", dense(d, d, 0.5), d)
    for d in (2, 3, 5):
        yield (pairs := gaussian(f"gaussian-sparse-{d}x{d}", sparse(d, d, 0.8, 2), d))
        if d > 2:
            yield from _bent(pairs, f"{d}x{d}")
    for d, df in ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3)):
        yield (heavy := student(f"student-{d}x{d}-df{df}", np.eye(2 * d), d, float(df)))
        if (d, df) in ((1, 1), (2, 1), (3, 2), (5, 2)):
            yield heavy.mapped(f"asinh-{heavy.name}", np.arcsinh, np.arcsinh)
    yield student("student-dense-1x1-df1", dense(1, 1, 0.75), 1, 1.0)
    yield student("student-sparse-3x3-df3", sparse(3, 3, 0.8, 2), 3, 3.0)


def _bent(pairs: InformationTask, shape: str) -> Iterator[InformationTask]:
    flat = pairs.mapped(f"uniform-margins-{shape}", _uniform, _uniform)
    yield flat
    yield pairs.mapped(f"half-cube-{shape}", _half_cube, _half_cube)
    yield pairs.mapped(f"spiral-{shape}", _spiral(0), _spiral(1))
    yield flat.mapped(f"spiral-uniform-{shape}", _spiral(0), _spiral(1))


for _task in _all_tasks():
    TASKS.register(_task.name, _task)
