r"""Laws of shares: K numbers of sum 1, with densities in the first K − 1.

    Dirichlet            p(x) = Γ(Σ a_k) Π x_k^{a_k − 1} / Γ(a_k)
    logistic normal      log(x_k / x_K), k < K, normal                    (Aitchison, Shen 1980)
    relaxed one-hot      softmax of (l_k + Gumbel noise) / T              (Maddison et al. 2017)

The contrasts y_k of the last, w_k = T y_k − l_k + l_K and w_K = 0, have the density

    (K − 1)! T^{K−1} Π_k e^{−w_k} / (Σ_k e^{−w_k})^K.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law, positive
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Beta
from divkit.distributions.families.location_scale import Logistic
from divkit.distributions.families.multivariate import Vector, normal_law, vector
from divkit.distributions.maps.scalar import Affine
from divkit.distributions.shapes.charts import Chart, FirstShare, LogRatios
from divkit.distributions.shapes.coordinates import ChartImage
from divkit.distributions.shapes.manifolds import Simplex
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

special = deferred("scipy.special")


@dataclass(frozen=True)
class Dirichlet(Law):
    """The Dirichlet law on the simplex.

    Parameters
    ----------
    concentration : K ≥ 2 positive floats a_k.

    Raises
    ------
    ValueError
        If there are fewer than 2, or one is not positive.

    See Also
    --------
    divkit.Beta : of two parts.
    divkit.logistic_normal : shares that are correlated.
    divkit.DirichletMultinomial : counts with such chances.

    Examples
    --------
    >>> round(float(Dirichlet([1, 2, 3]).log_prob([[0.2, 0.3, 0.5]])[0]), 6)
    1.504077
    """

    concentration: Vector

    def __post_init__(self) -> None:
        values = vector("concentration", self.concentration)
        if len(values) < 2:
            raise ValueError(f"concentration must have 2 entries or more; got {values!r}.")
        checked = tuple(positive("concentration", a) for a in values)
        object.__setattr__(self, "concentration", checked)

    @property
    def dim(self) -> int:
        """The number of shares K."""
        return len(self.concentration)

    @property
    def support(self) -> Simplex:
        """The simplex."""
        return Simplex(self.dim)

    @cached_property
    def _array(self) -> FloatArray:
        return np.array(self.concentration)

    @cached_property
    def log_beta(self) -> float:
        """log B(a)."""
        return float(special.gammaln(self._array).sum() - special.gammaln(self._array.sum()))

    def _log_prob(self, x: Tensor) -> Tensor:
        powers = torch.special.xlogy(x.new_tensor(self._array - 1), x)
        absent = (powers == -math.inf).any(dim=1)
        safe = torch.where(absent[:, None], torch.zeros_like(powers), powers)
        return torch.where(absent, -math.inf, safe.sum(dim=1) - self.log_beta)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.dirichlet(self._array, n)

    def coordinates_in(self, chart: Chart) -> Law | None:
        """The first of two shares is Beta; the log ratios have a law of their own."""
        if chart == FirstShare():
            return Beta(*self.concentration)
        return DirichletContrasts(self.concentration) if chart == LogRatios(self.dim) else None

    @property
    def mean(self) -> FloatArray:
        """a / Σ a."""
        return np.asarray(self._array / self._array.sum())

    @property
    def covariance(self) -> FloatArray:
        """(diag(m) − m mᵀ) / (1 + Σ a), m the mean."""
        m = self.mean
        return np.asarray((np.diag(m) - np.multiply.outer(m, m)) / (1 + self._array.sum()))


@dataclass(frozen=True)
class DirichletContrasts(Law):
    """The law of log(x_k / x_K), k < K, for a Dirichlet x of K ≥ 3 shares.

    Its density is Π_k softmax(y)_k^{a_k} / B(a), y_K = 0. However small a share, its log is a
    number.
    """

    concentration: Vector

    @property
    def dim(self) -> int:
        """K − 1."""
        return len(self.concentration) - 1

    def _log_prob(self, y: Tensor) -> Tensor:
        finite = y.isfinite().all(dim=1)
        logs = torch.where(finite[:, None], y, 0.0)
        logs = torch.log_softmax(torch.cat([logs, torch.zeros_like(logs[:, :1])], dim=1), dim=1)
        value = logs @ y.new_tensor(self.concentration) - Dirichlet(self.concentration).log_beta
        return torch.where(finite, value, -math.inf)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Γ(a) = Γ(a + 1) U^{1/a}, whose log does not underflow."""
        a = np.array(self.concentration)
        shape = n, len(a)
        logs = np.log(rng.gamma(a + 1, size=shape)) + np.log1p(-rng.random(shape)) / a
        return np.asarray(logs[:, :-1] - logs[:, -1:])

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mean, with the standard deviations."""
        scales = np.sqrt(np.diag(self.covariance))
        return (Feature(tuple(self.mean.tolist()), tuple(scales.tolist())),)

    @property
    def mean(self) -> FloatArray:
        """ψ(a_k) − ψ(a_K)."""
        each = special.psi(np.array(self.concentration))
        return np.asarray(each[:-1] - each[-1])

    @property
    def covariance(self) -> FloatArray:
        """diag ψ′(a_k) + ψ′(a_K)."""
        each = special.polygamma(1, np.array(self.concentration))
        return np.asarray(np.diag(each[:-1]) + each[-1])


@dataclass(frozen=True)
class GumbelContrasts(Law):
    """(l_k − l_K + G_k − G_K)/T, k < K, of K independent standard Gumbel variables G.

    Parameters
    ----------
    contrasts : l_k − l_K, K − 1 ≥ 1 finite floats.
    temperature : T > 0.

    Raises
    ------
    ValueError
        If a contrast is not finite, or the temperature not positive.
    """

    contrasts: Vector
    temperature: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "contrasts", vector("contrasts", self.contrasts))
        object.__setattr__(self, "temperature", positive("temperature", self.temperature))

    @property
    def dim(self) -> int:
        """K − 1."""
        return len(self.contrasts)

    def _log_prob(self, y: Tensor) -> Tensor:
        k, heat = self.dim + 1, self.temperature
        w = heat * y - y.new_tensor(self.contrasts)
        finite = w.isfinite().all(dim=1)
        w = torch.where(finite[:, None], w, 0.0)
        w = torch.cat([w, torch.zeros_like(w[:, :1])], dim=1)
        logs = torch.log_softmax(-w, dim=1).sum(dim=1)
        return torch.where(finite, logs + math.lgamma(k) + (k - 1) * math.log(heat), -math.inf)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.of_noise(rng.gumbel(size=(n, self.dim + 1)))

    def of_noise(self, noise: FloatArray) -> FloatArray:
        """The contrasts (n, K − 1) of Gumbel noise (n, K)."""
        moved = np.array(self.contrasts) + noise[:, :-1] - noise[:, -1:]
        return np.asarray(moved / self.temperature)

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: the mean, with the standard deviations."""
        scale = math.pi / math.sqrt(3) / self.temperature
        return (Feature(tuple(self.mean.tolist()), (scale,) * self.dim),)

    @property
    def mean(self) -> FloatArray:
        """(l_k − l_K)/T."""
        return np.array(self.contrasts) / self.temperature

    @property
    def covariance(self) -> FloatArray:
        """π²/(6T²)·(1 + 11ᵀ)."""
        size = math.pi**2 / 6 / self.temperature**2
        return np.asarray(size * (np.eye(self.dim) + np.ones((self.dim, self.dim))))


def logistic_normal(loc: Any, cov: Any) -> ChartImage:
    """The law of shares whose log ratios to the last one are N(loc, cov).

    Parameters
    ----------
    loc : K − 1 finite floats.
    cov : covariance (K − 1, K − 1), symmetric positive definite.

    Returns
    -------
    Law
        On the simplex.

    Raises
    ------
    ValueError
        If shapes do not fit, or cov is not symmetric positive definite.

    See Also
    --------
    divkit.Dirichlet : shares without correlations.
    divkit.relaxed_one_hot : shares near a corner.

    Examples
    --------
    >>> logistic_normal([0.0], [[1.0]]).log_prob([[0.5, 0.5]])
    array([0.46735583])
    """
    mean = np.array(vector("loc", loc))
    return ChartImage(normal_law(mean, np.asarray(cov, dtype=float)), LogRatios(len(mean) + 1))


def relaxed_one_hot(temperature: float, logits: Sequence[float], logs: bool = False) -> ChartImage:
    """The law of softmax((logits + Gumbel noise)/temperature); with `logs`, of its logarithm.

    Returns
    -------
    Law
        On the simplex, or of logarithms of shares.

    Raises
    ------
    ValueError
        If there are fewer than two logits, or one is not finite, or the temperature not positive.

    See Also
    --------
    divkit.Gumbel : its noise.
    divkit.Dirichlet : another law on the simplex.

    Examples
    --------
    >>> relaxed_one_hot(0.5, [0.0, 0.0]).log_prob([[0.5, 0.5]])
    array([-0.69314718])
    """
    values, heat = vector("logits", logits), positive("temperature", temperature)
    if len(values) < 2:
        raise ValueError(f"logits must have 2 entries or more; got {values!r}.")
    contrasts = tuple(l - values[-1] for l in values[:-1])
    base = GumbelContrasts(contrasts, heat)
    return ChartImage(_on_line(base) if base.dim == 1 else base, LogRatios(len(values), logs))


def _on_line(base: GumbelContrasts) -> Law:
    """Of two cells the contrast is logistic."""
    return transformed(Logistic(base.contrasts[0], 1.0), Affine(0.0, 1 / base.temperature))
