r"""Laws of counts x of sum n in K cells: weights w_k(x_k) of the cells, and their product.

    multinomial                       w_k(x) = p_k^x / x!
    Dirichlet-multinomial             w_k(x) = Γ(a_k + x) / (Γ(a_k) x!)
    multivariate hypergeometric       w_k(x) = C(m_k, x)

    P(x) = Π_k w_k(x_k) / Z,   Z = [tⁿ] Π_k Σ_x w_k(x) t^x
         = 1/n!,   Γ(A + n)/(Γ(A) n!) with A = Σ a_k,   C(Σ m_k, n)

(Johnson, Kotz, Balakrishnan 1997, chapters 35, 39, 35.13). Nothing is enumerated: what a
divergence needs are coefficients of products of polynomials.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import torch
from flint import arb

from divkit.distributions.base import Law, positive
from divkit.distributions.counts.checks import whole
from divkit.distributions.families.multivariate import Vector, vector
from divkit.distributions.shapes.weights import choosing, power, rising
from divkit.distributions.support import MeasuredSet, Support
from divkit.lazy import deferred
from divkit.types import Ball, FloatArray, Tensor

special = deferred("scipy.special")

_ULP = 2.0**-52
SUM_SLIP = 1e-6
"""The distance from 1 at which a sum of probabilities may be: what float32 leaves."""


@dataclass(frozen=True)
class Compositions(MeasuredSet):
    """Vectors of K counts 0 ≤ x_k ≤ most_k of sum `total`; most_k ≤ total ≤ Σ most."""

    total: int
    most: tuple[int, ...]

    @property
    def dim(self) -> int:
        """K."""
        return len(self.most)

    @property
    def intrinsic(self) -> int:
        """0: they are atoms."""
        return 0

    @property
    def words(self) -> str:
        """See `MeasuredSet`."""
        return f"of counts of sum {self.total} in {self.dim} cells, at most {list(self.most)}"

    def contains(self, x: Tensor) -> Tensor:
        """See `MeasuredSet`."""
        whole = (x == x.round()).all(dim=1) & (x >= 0).all(dim=1)
        return whole & (x <= x.new_tensor(self.most)).all(dim=1) & (x.sum(dim=1) == self.total)

    def inside(self, other: Support) -> bool | None:
        """Whether every bound is within the other's, at one sum."""
        if not isinstance(other, Compositions):
            return None
        pairs = zip(self.most, other.most, strict=True)
        return self.total == other.total and all(a <= b for a, b in pairs)

    def apart(self, other: Support) -> bool | None:
        """Whether the sums differ, or the smaller of each two bounds cannot reach the sum."""
        if not isinstance(other, Compositions):
            return None
        room = sum(map(min, self.most, other.most))
        return self.total != other.total or room < self.total


class CountsLaw(Law):
    """The laws of the module: `total` n, and `log_weights` (K, n + 1) and log Z in floats."""

    @property
    @abstractmethod
    def support(self) -> Compositions:
        """All counts with positive probability."""

    @abstractmethod
    def log_weights(self, x: Tensor) -> Tensor:
        """log w_k(x_k), as (n, K)."""

    @abstractmethod
    def log_total(self) -> float:
        """log Z."""

    @abstractmethod
    def ball_weights(self) -> tuple[list[list[Ball]], Ball]:
        """The weights of each cell for x = 0 … its largest count, and Z."""

    @property
    def blur(self) -> float:
        """Log-gammas of counts are added and subtracted: roundings of the largest."""
        return 4 * _ULP * math.lgamma(self.support.total + 2) / 10

    @property
    def dim(self) -> int:
        """The number of cells K."""
        return self.support.dim

    def _log_prob(self, x: Tensor) -> Tensor:
        return self.log_weights(x).sum(dim=1) - self.log_total()


@dataclass(frozen=True)
class Multinomial(CountsLaw):
    """Counts of n draws from a table of probabilities.

    Parameters
    ----------
    n : number of draws, an int ≥ 1.
    probs : K ≥ 2 probabilities, divided by their exact sum, which must be within 1e-6 of 1; 0 is
        a cell that never comes.
    logits : whether `probs` are logs of the probabilities, up to a constant.

    Raises
    ------
    ValueError
        If n is below 1, or a probability is negative or not finite, or they do not sum to 1.

    See Also
    --------
    divkit.Binomial : of two kinds.
    divkit.DirichletMultinomial : with chances that are drawn.
    divkit.categorical : one draw.

    Examples
    --------
    >>> round(float(Multinomial(2, [0.5, 0.5]).log_prob([[1, 1]])[0]), 6)
    -0.693147
    """

    n: int
    probs: Vector
    logits: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count("n", self.n))
        shares = vector("probs", self.probs)
        wrong = not self.logits and (min(shares) < 0 or not sum(shares) > 0)
        if len(shares) < 2 or wrong:
            raise ValueError(f"probs must hold 2 or more in [0, 1], not all 0; got {shares!r}.")
        total = 1.0 if self.logits else math.fsum(shares)
        if abs(total - 1) > SUM_SLIP:
            raise ValueError(
                f"probs must sum to 1 within {SUM_SLIP:g}; they sum to {total:.9g}. Divide them "
                f"by their sum, or pass their logs with logits=True."
            )
        object.__setattr__(self, "probs", shares)

    @cached_property
    def support(self) -> Compositions:
        """Counts of sum n, 0 where the probability is."""
        here = (p > 0 or self.logits for p in self.probs)
        return Compositions(self.n, tuple(self.n if there else 0 for there in here))

    @cached_property
    def shares(self) -> FloatArray:
        """The probabilities, divided by their sum."""
        if self.logits:
            return np.asarray(special.softmax(self.probs))
        return np.array(self.probs) / math.fsum(self.probs)

    def log_weights(self, x: Tensor) -> Tensor:
        """x log p − log x!."""
        if self.logits:
            return x * x.new_tensor(special.log_softmax(self.probs)) - torch.lgamma(x + 1)
        powers: Tensor = torch.special.xlogy(x, x.new_tensor(self.shares))
        return powers - torch.lgamma(x + 1)

    def log_total(self) -> float:
        """−log n!."""
        return -math.lgamma(self.n + 1)

    def ball_weights(self) -> tuple[list[list[Ball]], Ball]:
        """p^x/x!, and (Σ p)^n/n!."""
        odds = [arb(p).exp() if self.logits else arb(p) for p in self.probs]
        cells = [power(w, most) for w, most in zip(odds, self.support.most, strict=True)]
        return cells, power(sum(odds, arb(0)), self.n)[-1]

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return rng.multinomial(self.n, self.shares, n).astype(np.float64)

    @property
    def mean(self) -> FloatArray:
        """n p."""
        return np.asarray(self.n * self.shares)

    @property
    def covariance(self) -> FloatArray:
        """n (diag p − p pᵀ)."""
        p = self.shares
        return np.asarray(self.n * (np.diag(p) - np.multiply.outer(p, p)))


@dataclass(frozen=True)
class DirichletMultinomial(CountsLaw):
    """Counts of n draws from a table of probabilities that are Dirichlet (Pólya's urn).

    Parameters
    ----------
    n : number of draws, an int ≥ 1.
    concentration : K ≥ 2 positive floats a_k.

    Raises
    ------
    ValueError
        If n is below 1, or a concentration is not positive.

    See Also
    --------
    divkit.Multinomial : with known chances.
    divkit.BetaBinomial : of two kinds.

    Examples
    --------
    >>> import numpy as np
    >>> law = DirichletMultinomial(2, (1.0, 1.0, 1.0))
    >>> np.exp(law.log_prob([[1, 1, 0], [2, 0, 0]])).round(6)
    array([0.166667, 0.166667])
    """

    n: int
    concentration: Vector

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count("n", self.n))
        values = vector("concentration", self.concentration)
        if len(values) < 2:
            raise ValueError(f"concentration must have 2 entries or more; got {values!r}.")
        checked = tuple(positive("concentration", a) for a in values)
        object.__setattr__(self, "concentration", checked)

    @cached_property
    def support(self) -> Compositions:
        """All counts of sum n."""
        return Compositions(self.n, (self.n,) * len(self.concentration))

    def log_weights(self, x: Tensor) -> Tensor:
        """log Γ(a + x) − log Γ(a) − log x!."""
        a = x.new_tensor(self.concentration)
        return torch.lgamma(a + x) - torch.lgamma(a) - torch.lgamma(x + 1)

    def log_total(self) -> float:
        """log Γ(A + n) − log Γ(A) − log n!."""
        a = math.fsum(self.concentration)
        return math.lgamma(a + self.n) - math.lgamma(a) - math.lgamma(self.n + 1)

    def ball_weights(self) -> tuple[list[list[Ball]], Ball]:
        """Rising factorials."""
        sizes = [arb(a) for a in self.concentration]
        return [rising(a, self.n) for a in sizes], rising(sum(sizes, arb(0)), self.n)[-1]

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        shares = rng.dirichlet(np.array(self.concentration), n)
        return rng.multinomial(self.n, shares).astype(np.float64)

    @property
    def mean(self) -> FloatArray:
        """n a / A."""
        a = np.array(self.concentration)
        return np.asarray(self.n * a / a.sum())

    @property
    def covariance(self) -> FloatArray:
        """That of the multinomial of the mean, times (n + A)/(1 + A)."""
        a = np.array(self.concentration)
        p, total = a / a.sum(), a.sum()
        spread = np.diag(p) - np.multiply.outer(p, p)
        return np.asarray(self.n * (self.n + total) / (1 + total) * spread)


@dataclass(frozen=True)
class MultivariateHypergeometric(CountsLaw):
    """Counts of n draws without replacement from K kinds.

    Parameters
    ----------
    kinds : how many there are of each of K ≥ 2 kinds, ints ≥ 0.
    n : number of draws, an int from 1 to their sum.

    Raises
    ------
    ValueError
        If a number is negative, or n is not between 1 and their sum.

    See Also
    --------
    divkit.Multinomial : with replacement.
    divkit.Hypergeometric : of two kinds.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(MultivariateHypergeometric((2, 3), 2).log_prob([[1, 1], [0, 2]])).round(6)
    array([0.6, 0.3])
    """

    kinds: tuple[int, ...]
    n: int

    def __post_init__(self) -> None:
        kinds = tuple(count("kinds", m, least=0) for m in _listed(self.kinds))
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "n", count("n", self.n))
        if len(kinds) < 2 or self.n > sum(kinds):
            raise ValueError(f"n must be in [1, {sum(kinds)}], of 2 kinds or more; got {self!r}.")

    @cached_property
    def support(self) -> Compositions:
        """Counts of sum n, at most as many as there are."""
        return Compositions(self.n, tuple(min(m, self.n) for m in self.kinds))

    def log_weights(self, x: Tensor) -> Tensor:
        """log C(m, x)."""
        m = x.new_tensor(self.kinds)
        return torch.lgamma(m + 1) - torch.lgamma(x + 1) - torch.lgamma(m - x + 1)

    def log_total(self) -> float:
        """log C(Σ m, n)."""
        total = sum(self.kinds)
        logs = (math.lgamma(k + 1) for k in (self.n, total - self.n))
        return math.lgamma(total + 1) - sum(logs)

    def ball_weights(self) -> tuple[list[list[Ball]], Ball]:
        """Binomial coefficients."""
        pairs = zip(self.kinds, self.support.most, strict=True)
        return [choosing(arb(m), most) for m, most in pairs], choosing(
            arb(sum(self.kinds)), self.n
        )[-1]

    @property
    def blur(self) -> float:
        """As of all laws of counts, by the number there is."""
        return 4 * _ULP * math.lgamma(sum(self.kinds) + 2) / 10

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        way: Any = "marginals" if sum(self.kinds) < 10**9 else "count"
        draws = rng.multivariate_hypergeometric(self.kinds, self.n, n, method=way)
        return draws.astype(np.float64)

    @property
    def mean(self) -> FloatArray:
        """n m / Σ m."""
        return np.asarray(self.n * np.array(self.kinds) / sum(self.kinds))

    @property
    def covariance(self) -> FloatArray:
        """That of the multinomial, times (N − n)/(N − 1)."""
        total = sum(self.kinds)
        p = np.array(self.kinds) / total
        share = (total - self.n) / (total - 1) if total > 1 else 0.0
        return np.asarray(self.n * share * (np.diag(p) - np.multiply.outer(p, p)))


def count(name: str, value: Any, least: int = 1) -> int:
    """Return an int of at least `least`, else raise a ValueError."""
    if not isinstance(value, Integral) and not (isinstance(value, float) and value.is_integer()):
        raise ValueError(f"{name} must be a whole number; got {value!r}.")
    return whole(name, int(value), least)


def _listed(values: Any) -> Sequence[Any]:
    return np.asarray(values).reshape(-1).tolist()
