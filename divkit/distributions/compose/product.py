"""Independent coordinates: p(x) = Π_i p_i(x_i), each factor a law on its own coordinates."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law
from divkit.distributions.given import given_law
from divkit.distributions.support import Support
from divkit.distributions.support import product as product_support
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

linalg = deferred("scipy.linalg")

MOST_ATOMS = 2**22
_MOST_FEATURES = 64


@dataclass(frozen=True)
class Product(Law):
    """The law of independent blocks of coordinates, log p = Σ_i log p_i.

    Parameters
    ----------
    factors : laws, of one coordinate or more each; a factor that is a product itself is opened.

    Raises
    ------
    ValueError
        If there is no factor.
    TypeError
        If a factor is not a law.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> float(Product((Normal(), Normal(1, 1))).log_prob([[0.0, 1.0]])[0])
    -1.8378770664093453
    """

    factors: tuple[Law, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", tuple(_opened(self.factors)))
        if not self.factors:
            raise ValueError("factors must hold at least one law; got none.")

    @property
    def dim(self) -> int:
        """The sum of the factors' dimensions."""
        return sum(factor.dim for factor in self.factors)

    @property
    def blur(self) -> float:
        """The sum of the factors'."""
        return sum(factor.blur for factor in self.factors)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Which coordinates each factor has."""
        ends = accumulate((factor.dim for factor in self.factors), initial=0)
        return tuple(slice(a, b) for a, b in pairwise(ends))

    @property
    def support_is_known(self) -> bool:
        """Whether all of the factors' are."""
        return all(factor.support_is_known for factor in self.factors)

    @property
    def nominal(self) -> frozenset[int]:
        """Those of the factors, at their places."""
        pairs = zip(self.factors, self.slices, strict=True)
        return frozenset(part.start + k for factor, part in pairs for k in factor.nominal)

    @cached_property
    def support(self) -> Support:
        """The product of the supports; in blocks where boxes and atoms would be too many."""
        return product_support(factor.support for factor in self.factors)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Every combination of the factors' where these are at most 64; else the k-th of each.

        Pairing the k-th of every factor, in turn, still shows every feature of every factor on its
        own axes, without being exponentially many.
        """
        each = [factor.features for factor in self.factors]
        if math.prod(map(len, each)) <= _MOST_FEATURES:
            return tuple(_joined(pick) for pick in itertools.product(*each))
        longest = max(map(len, each))
        return tuple(_joined([own[k % len(own)] for own in each]) for k in range(longest))

    @cached_property
    def mean(self) -> FloatArray | None:
        """The factors' means, one after the other."""
        means = [m for factor in self.factors if (m := factor.mean) is not None]
        return np.concatenate(means) if len(means) == len(self.factors) else None

    @cached_property
    def covariance(self) -> FloatArray | None:
        """The factors' covariances on the diagonal blocks, 0 elsewhere."""
        blocks = [c for factor in self.factors if (c := factor.covariance) is not None]
        return linalg.block_diag(*blocks) if len(blocks) == len(self.factors) else None

    def _log_prob(self, x: Tensor) -> Tensor:
        pairs = zip(self.factors, self.slices, strict=True)
        logs = torch.stack([factor.log_prob(x[:, part]) for factor, part in pairs], dim=-1)
        absent = (logs == -math.inf).any(dim=-1)  # 0 · ∞ = 0: an infinite density elsewhere loses
        safe = torch.where(absent[:, None], torch.zeros_like(logs), logs)
        return torch.where(absent, torch.full_like(logs[:, 0], -math.inf), safe.sum(dim=-1))

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return torch.cat([factor.sample(n, rng) for factor in self.factors], dim=1)


def product(factors: Iterable[Any]) -> Law:
    """Return the law of independent blocks: the factor itself where there is one, else a Product.

    A factor may be whatever `divkit.as_law` reads.

    Returns
    -------
    Law
        Of all coordinates, in order.

    Raises
    ------
    ValueError
        If there is no factor.
    TypeError
        If a factor is not a law.

    See Also
    --------
    divkit.mixture : of laws of one space.
    divkit.transformed : of the joint law.

    Examples
    --------
    >>> law = product(["normal(0, 1)", "exponential(2)"])
    >>> law.dim, law.log_prob([[0.0, 1.0]])
    (2, array([-2.22579135]))
    """
    whole = Product(tuple(factors))
    return whole if len(whole.factors) > 1 else whole.factors[0]


def _opened(factors: Iterable[Any]) -> Iterable[Law]:
    for k, given in enumerate(factors):
        factor = given_law(given, f"factors must be laws; place {k} holds")
        yield from factor.factors if isinstance(factor, Product) else (factor,)


def _joined(parts: Sequence[Feature]) -> Feature:
    return Feature(
        tuple(c for part in parts for c in part.center),
        tuple(s for part in parts for s in part.scale),
    )
