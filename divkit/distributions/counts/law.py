"""The base of laws of counts: log probabilities at whole numbers with their errors, and tails."""

from __future__ import annotations

import math
from abc import abstractmethod
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law
from divkit.distributions.counts.gammas import Sized
from divkit.distributions.counts.ratio import Between, Ratio
from divkit.distributions.counts.tables import CountTable
from divkit.distributions.progressions import Progression
from divkit.distributions.support import Atoms, Lattice
from divkit.distributions.tails import Tail
from divkit.types import FloatArray, Tensor

MOST_LISTED = 1024
"""Atoms that a support lists one by one."""


class CountLaw(Law):
    """A law on the whole numbers from `ends[0]` to `ends[1]`, positive at each of them.

    A leaf writes `_log_pmf` and `mode`, and says of an infinite tail how it falls.

    >>> from divkit.distributions import Poisson
    >>> Poisson(3.0).ends
    (0, inf)
    """

    @property
    def dim(self) -> int:
        """Always 1."""
        return 1

    @property
    @abstractmethod
    def ends(self) -> tuple[float, float]:
        """The least and the greatest count, ±inf where there is none."""

    @property
    @abstractmethod
    def center(self) -> tuple[float, float]:
        """A place in the bulk, and how far the law spreads around it."""

    @abstractmethod
    def _log_pmf(self, k: FloatArray) -> Sized:
        """Log probabilities at whole numbers between the ends (n,), each with its error."""

    def between(self, side: int) -> Between | None:
        """Bounds of p(v+1)/p(v) in v = side·k, towards an infinite end; None if not known."""
        return None

    def asymptote(self, side: int) -> Ratio | None:
        """The ratio, in v = side·k, of a sequence that is p up to a factor between two constants.

        None where the law stops on that side, or nothing is known.
        """
        return None

    def tail(self, side: int) -> Tail | None:
        """The tail in v = side·k → ∞; None where the law stops, or nothing is known."""
        found = self.asymptote(side)
        return None if found is None else found.tail()

    def log_pmf(self, k: Any) -> Sized:
        """Log probabilities at whole numbers, −inf beyond the ends, and bounds of their errors."""
        counts = np.asarray(k, dtype=np.float64)
        inside = (counts >= float(self.ends[0])) & (counts <= float(self.ends[1]))
        logs, errors = np.full(counts.shape, -math.inf), np.zeros(counts.shape)
        with np.errstate(all="ignore"):
            found = self._log_pmf(counts[inside])
        logs[inside], errors[inside] = found.value, found.error
        return Sized(logs, errors)

    @cached_property
    def support(self) -> Atoms | Lattice:
        """The whole numbers between the ends, listed where they are at most 1024."""
        low, high = self.ends
        if high - low < MOST_LISTED:
            return Atoms(tuple((float(k),) for k in range(int(low), int(high) + 1)))
        return Lattice((Progression(0, 1, low, high),))  # type: ignore[arg-type]  # made exact

    @property
    def features(self) -> tuple[Feature, ...]:
        """One: where the law has its bulk."""
        place, scale = self.center
        return (Feature((place,), (scale,)),)

    def _log_prob(self, x: Tensor) -> Tensor:
        values = x[:, 0]
        whole = (values == values.round()) & values.isfinite()
        counts = torch.where(whole, values, torch.full_like(values, float(self.center[0])))
        logs = torch.from_numpy(self.log_pmf(counts.detach().cpu().double().numpy()).value)
        return torch.where(whole, logs.to(x), torch.full_like(values, -math.inf))

    @cached_property
    def _table(self) -> CountTable:
        return CountTable(self)

    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x), elementwise, from sums of the probabilities."""
        return self._table.cdf(np.asarray(x, dtype=np.float64))

    def sf(self, x: Any) -> FloatArray:
        """P(X > x), elementwise; it keeps its digits in the upper tail."""
        return self._table.sf(np.asarray(x, dtype=np.float64))

    def ppf(self, u: Any) -> FloatArray:
        """The least count with P(X ≤ k) ≥ u, elementwise; NaN where u is not in [0, 1]."""
        return self._table.ppf(np.asarray(u, dtype=np.float64))

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor | FloatArray:
        return self.ppf(rng.random(n))
