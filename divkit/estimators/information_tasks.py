r"""Pairs of variables with known mutual information, as of the benchmark "Beyond Normal".

Czyż, Grabowski, Vogt, Beerenwinkel, Marx (2023). Invertible maps of x or of y alone leave the
information as it is, so that each base law makes many tasks:

    Gaussian:       I = ½ log(det Σ_x det Σ_y / det Σ)
    Student-t, ν:   that of its scale matrix, plus a term of ν, d and e alone (theirs, section 2)
    additive noise: y = x + u, x ~ U(0, 1), u ~ U(−ε, ε): I = ε − log 2ε for ε ≤ ½, 1/(4ε) above.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import special

from divkit.registry import Registry
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray

Pairs: TypeAlias = tuple[FloatArray, FloatArray]
Draw: TypeAlias = Callable[[int, np.random.Generator], Pairs]
Warp: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Task:
    """A law of pairs.

    Attributes
    ----------
    name : of the task.
    truth : mutual information in nats.
    draw : (n, generator) -> x (n, d), y (n, e).
    """

    name: str
    truth: float
    draw: Draw

    def sample(self, n: int, rng: RandomState = None) -> Pairs:
        """Draw n pairs."""
        return self.draw(n, as_generator(rng))

    def mapped(self, name: str, x: Warp, y: Warp) -> Task:
        """The task of (f(x), g(y)) for invertible f and g: the same truth."""

        def draw(n: int, rng: np.random.Generator) -> Pairs:
            a, b = self.draw(n, rng)
            return x(a), y(b)

        return Task(name, self.truth, draw)


TASKS: Registry[Task] = Registry("information task")


def gaussian(name: str, covariance: FloatArray, d: int) -> Task:
    """Normal pairs: the first d coordinates are x, the others y."""
    return Task(name, gaussian_information(covariance, d), _normal_draw(covariance, d, None))


def student(name: str, covariance: FloatArray, d: int, df: float) -> Task:
    """Student-t pairs with this scale matrix and df degrees of freedom."""
    e = len(covariance) - d
    half = [0.5 * df, 0.5 * (df + d + e), 0.5 * (df + d), 0.5 * (df + e)]
    signs = [1, 1, -1, -1]
    gammas = sum(s * math.lgamma(h) for s, h in zip(signs, half, strict=True))
    slopes = sum(s * h * float(special.digamma(h)) for s, h in zip(signs, half, strict=True))
    truth = gaussian_information(covariance, d) + gammas - slopes
    return Task(name, truth, _normal_draw(covariance, d, df))


def additive_noise(name: str, width: float) -> Task:
    """y = x + u, u uniform on ±width."""

    def draw(n: int, rng: np.random.Generator) -> Pairs:
        x = rng.uniform(size=(n, 1))
        return x, x + rng.uniform(-width, width, size=(n, 1))

    truth = width - math.log(2 * width) if width <= 0.5 else 1 / (4 * width)
    return Task(name, truth, draw)


def gaussian_information(covariance: FloatArray, d: int) -> float:
    """½ log(det Σ_x det Σ_y / det Σ)."""
    blocks = (covariance[:d, :d], covariance[d:, d:], covariance)
    first, second, whole = (float(np.linalg.slogdet(block)[1]) for block in blocks)
    return 0.5 * (first + second - whole)


def _normal_draw(covariance: FloatArray, d: int, df: float | None) -> Draw:
    root = np.linalg.cholesky(covariance)

    def draw(n: int, rng: np.random.Generator) -> Pairs:
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


def _itself(z: FloatArray) -> FloatArray:
    return z


def _half_cube(z: FloatArray) -> FloatArray:
    return np.sign(z) * np.abs(z) ** 1.5


def _wiggly(z: FloatArray) -> FloatArray:
    return z + 0.4 * np.sin(z) + 0.2 * np.sin(1.7 * z + 1)


def _bimodal(z: FloatArray) -> FloatArray:
    return np.asarray(np.sign(z) * (1 + np.abs(z)))


def _uniform(z: FloatArray) -> FloatArray:
    return np.asarray(special.ndtr(z))


def _spiral(z: FloatArray) -> FloatArray:
    """The first two coordinates turned by an angle that grows with the squared radius."""
    angle = (z**2).sum(axis=1)
    out, c, s = z.copy(), np.cos(angle), np.sin(angle)
    out[:, 0], out[:, 1] = c * z[:, 0] - s * z[:, 1], s * z[:, 0] + c * z[:, 1]
    return out


def _swiss_roll(z: FloatArray) -> FloatArray:
    """A line rolled up in the plane."""
    t = 1.5 * math.pi * (1 + 2 * special.ndtr(z[:, 0]))
    return np.stack([t * np.cos(t), t * np.sin(t)], axis=1) / 21


_PLAIN = gaussian("gaussian-1x1", dense(1, 1, 0.75), 1)
_SPARSE = gaussian("gaussian-sparse-3x3", sparse(3, 3, 0.8, 2), 3)
_STUDENT = student("student-3x3-df3", sparse(3, 3, 0.8, 2), 3, 3.0)
for _task in (
    _PLAIN,
    gaussian("gaussian-dense-3x3", dense(3, 3, 0.5), 3),
    gaussian("gaussian-dense-5x5", dense(5, 5, 0.5), 5),
    _SPARSE,
    student("student-1x1-df1", dense(1, 1, 0.75), 1, 1.0),
    _STUDENT,
    _STUDENT.mapped("asinh-student-3x3-df3", np.arcsinh, np.arcsinh),
    _PLAIN.mapped("half-cube-1x1", _half_cube, _half_cube),
    _SPARSE.mapped("half-cube-3x3", _half_cube, _half_cube),
    _PLAIN.mapped("wiggly-1x1", _wiggly, _wiggly),
    _PLAIN.mapped("bimodal-1x1", _bimodal, _bimodal),
    _PLAIN.mapped("uniform-margins-1x1", _uniform, _uniform),
    _SPARSE.mapped("spiral-3x3", _spiral, _itself),
    _PLAIN.mapped("swiss-roll-2x1", _swiss_roll, _uniform),
    additive_noise("additive-noise-0.1", 0.1),
    additive_noise("additive-noise-0.75", 0.75),
):
    TASKS.register(_task.name, _task)
