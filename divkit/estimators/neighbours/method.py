r"""KL and JSD from nearest neighbours.

With ρ_i the distance from x_i to its k-th neighbour among the other x and ν_i that among y,

    KL ≈ (1/n) Σ d log(ν_i/ρ_i) + log(m/(n−1))

(Wang, Kulkarni, Verdú 2009, equation 5). Equal k leaves unequal radii, and so a bias where the
densities bend; with one radius for both, ε_i = max(ρ_i, ν_i), that holds k_i of the x and l_i of
the y, KL ≈ (1/n) Σ [ψ(k_i) − ψ(l_i)] + log(m/(n−1)) has less (their section IV). The JSD is
½KL(p‖m) + ½KL(q‖m) with m counted in the same ball, p + q ∝ k/(n−1) + l/m, so that no point can
pay more than log 2.

The standard error adds the spread of the terms over x to that of the density ratio over y,
r(y_j) ≈ (m/(nk)) × the number of x that have y_j among their k neighbours; and a bias, judged from
half-samples and from 2k (`divkit.estimators.neighbours.bias`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from divkit.divergences.base import Divergence, FDivergence
from divkit.divergences.quantities import JENSEN_SHANNON, Quantity
from divkit.estimators.common.outcome import base_divergence, mapped, outcome
from divkit.estimators.cross_fit import LogRatio
from divkit.estimators.neighbours.bias import bias, rate
from divkit.estimators.neighbours.search import nearest, whitened, within
from divkit.estimators.registry import NotEstimableError
from divkit.registry import require_of_use
from divkit.results import Result
from divkit.rng import RandomState
from divkit.samples import Pair, two_samples
from divkit.types import FloatArray, Samples

_SEED = 0
"""Of the halves that the bias is judged by: the same rows, the same error."""


@dataclass(frozen=True)
class NearestNeighbour:
    """KL, reverse KL, Jeffreys and JSD by k nearest neighbours.

    Parameters
    ----------
    k : neighbours; None for 5 for KL, and ⌈√min(n, m)⌉ for the JSD.
    radius : "own" (each sample's k-th neighbour) or "common" (one ball for both, less bias).
    jitter : noise that breaks ties, in units of spread; ties are an error without it.
    rng : of that noise.
    level : of the interval.

    Raises
    ------
    ValueError
        If k is not a positive int, or radius unknown; when called, if the samples are not fit to
        be used, have ties, or not more than k rows.
    NotEstimableError
        If the divergence is none of these.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> x, y = Normal(0, 1).sample(300, rng=0), Normal(1, 1).sample(300, rng=1)
    >>> found = NearestNeighbour(k=5)(x, y, KL)  # truth 0.5
    >>> found.interval[0] < 0.5 < found.interval[1]
    True
    """

    k: int | None = None
    radius: Literal["own", "common"] = "own"
    jitter: float | None = None
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.k is not None and (int(self.k) != self.k or self.k < 1):
            raise ValueError(f"k must be a positive int or None; got {self.k!r}.")
        if self.radius not in _RADII:
            raise ValueError(f"radius must be 'own' or 'common'; got {self.radius!r}.")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        start = time.perf_counter()
        base = base_divergence(divergence, self)
        of_kl = base.quantity != JENSEN_SHANNON
        require_of_use(self, "radius", of_kl, "kl, reverse_kl or jeffreys")
        pair = two_samples(x, y, above=self.k or 5, ties=False, jitter=self.jitter, rng=self.rng)
        a, b = whitened(pair)
        value, spread = self._read(base, a, b, 1)
        off = self._bias(base, a, b)
        notes: list[str] = []
        if off is None:
            notes.append("too few rows to judge the bias: the error is the samples' alone")
        elif off > spread:
            notes.append(
                f"bias dominates: about {off:.2g} by half-samples and 2k, against a sampling "
                f"error of {spread:.2g}"
            )
        if of_kl:
            notes += _saturated(value, pair)
        result = outcome(
            value, math.hypot(spread, off or 0.0), base, self, self.level, pair, start,
            k=self._neighbours(base, a, b), warnings=notes,
            errors={"samples": spread, "bias": off},
        )  # fmt: skip
        return mapped(divergence, result)

    def _neighbours(self, divergence: FDivergence, x: FloatArray, y: FloatArray) -> int:
        default = (
            math.ceil(math.sqrt(min(len(x), len(y))))
            if divergence.quantity == JENSEN_SHANNON
            else 5
        )
        return self.k or default

    def _read(
        self, divergence: FDivergence, x: FloatArray, y: FloatArray, times: int
    ) -> tuple[float, float]:
        """The value with `times` as many neighbours, and its standard error."""
        k = times * self._neighbours(divergence, x, y)
        match divergence.quantity:
            case Quantity("js", 0.5):
                parts = [self._js(x, y, k)]
            case Quantity("kl"):
                parts = [self._kl(x, y, k)]
            case Quantity("reverse_kl"):
                parts = [self._kl(y, x, k)]
            case Quantity("jeffreys"):
                parts = [self._kl(x, y, k), self._kl(y, x, k)]
            case _:
                raise NotEstimableError(
                    f"{self!r} estimates kl, reverse_kl, jeffreys and js; got {divergence!r}."
                )
        value, error = sum(v for v, _ in parts), math.hypot(*(e for _, e in parts))
        return divergence.at_one + divergence.factor * value, divergence.factor * error

    def _bias(self, divergence: FDivergence, x: FloatArray, y: FloatArray) -> float | None:
        """The size of the bias; None for too few rows to halve."""
        if min(len(x), len(y)) // 2 <= 2 * self._neighbours(divergence, x, y):
            return None
        gamma = rate(x.shape[1], growing=self.k is None and divergence.quantity == JENSEN_SHANNON)
        rng = np.random.default_rng(_SEED)
        return bias(lambda a, b, times: self._read(divergence, a, b, times)[0], x, y, gamma, rng)

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence) -> LogRatio:
        """Return d log(ν/ρ) + log(m/n), by distances to the k-th of whitened y and of x.

        k is ⌈√min(n, m)⌉ by default, whatever the divergence: few neighbours make a log ratio
        noisy, which a value read from it cannot mend.
        """
        del divergence
        k = self.k or math.ceil(math.sqrt(min(len(x), len(y))))

        def ratio(z: FloatArray) -> FloatArray:
            own, other = (nearest(z, among, k)[0][:, -1] for among in (x, y))
            if not (own.all() and other.all()):
                raise ValueError(
                    f"a row has {k} others at distance 0, and so no ratio of distances. Break "
                    "the ties (divkit.samples.one_sample(x, jitter=1e-3).x), or take a larger k."
                )
            return np.asarray(x.shape[1] * np.log(other / own) + math.log(len(y) / len(x)))

        return ratio

    def _kl(self, x: FloatArray, y: FloatArray, k: int) -> tuple[float, float]:
        n, m = len(x), len(y)
        own, _ = nearest(x, x, k + 1)
        other, rows = nearest(x, y, k)
        if not other[:, -1].all():
            raise ValueError(
                f"x and y share rows, so that {int((other[:, -1] == 0).sum())} rows have {k} of "
                "the other sample at distance 0. Draw them apart, or pass jitter= or a larger k."
            )
        terms = _RADII[self.radius](x, y, own[:, -1], other[:, -1])
        ratio = np.bincount(rows.reshape(-1), minlength=m) * (m / (n * k))
        error = math.sqrt(float(terms.var()) / n + float(ratio.var()) / m)
        return float(terms.mean()) + math.log(m / (n - 1)), error

    def _js(self, x: FloatArray, y: FloatArray, k: int) -> tuple[float, float]:
        parts = [_against_mixture(p, q, k) for p, q in ((x, y), (y, x))]
        value = 0.5 * sum(float(part.mean()) for part in parts)
        return value, 0.5 * math.sqrt(sum(float(part.var()) / len(part) for part in parts))


def _common_ball(x: FloatArray, y: FloatArray, own: FloatArray, other: FloatArray) -> FloatArray:
    """ψ(k_i) − ψ(l_i) of the points within the larger distance, x_i itself left out."""
    edge = np.nextafter(np.maximum(own, other), np.inf)
    k = within(x, x, np.nextafter(edge, np.inf)) - 1
    l = within(x, y, np.nextafter(edge, np.inf))
    return np.asarray(special.digamma(k) - special.digamma(l))


_RADII: Mapping[str, Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "own": lambda x, y, own, other: x.shape[1] * np.log(other / own),  # d log(ν_i/ρ_i)
    "common": _common_ball,
}


def _against_mixture(x: FloatArray, y: FloatArray, k: int) -> FloatArray:
    """log p/m at each x_i, from its ball to the k-th other x."""
    n, m = len(x), len(y)
    radius = nearest(x, x, k + 1)[0][:, -1]
    share = k / (n - 1)
    mixed = 0.5 * (share + within(x, y, radius) / m)
    return np.asarray(math.log(share) - np.log(mixed))


def _saturated(value: float, pair: Pair) -> list[str]:
    """A KL of about log m cannot be distinguished from a larger one by neighbours."""
    ceiling = math.log(min(len(pair.x), len(pair.y)))
    if value < ceiling:
        return []
    return [
        f"the value exceeds log n = {ceiling:.3g}: neighbours cannot show how large the "
        "divergence is beyond it; take it as a lower bound at best"
    ]
