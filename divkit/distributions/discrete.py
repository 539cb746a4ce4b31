"""Finite laws: probabilities on finitely many points of R^d."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.base import Law
from divkit.distributions.support import Atoms
from divkit.distributions.weights import check_weights
from divkit.types import FloatArray, Tensor

_MOST_SHOWN = 16


@dataclass(frozen=True, repr=False)
class FiniteLaw(Law):
    """P(X = atom_k) = prob_k; `log_prob` is the log probability, −inf off the atoms.

    Parameters
    ----------
    atoms : K distinct finite points of R^d, as (K, d) or, on the line, (K,).
    probs : K probabilities that sum to 1 within 1e-12, used as they are; atoms of probability 0
        are dropped.

    Raises
    ------
    ValueError
        If shapes do not fit, an atom repeats or is not finite, or probs are no probabilities.

    >>> FiniteLaw([0, 1], [0.25, 0.75]).log_prob([0.0, 0.5]).tolist()
    [-1.3862943611198906, -inf]
    """

    atoms: tuple[tuple[float, ...], ...]
    probs: tuple[float, ...]

    def __post_init__(self) -> None:
        atoms, probs = _points(self.atoms), check_weights(self.probs, name="probs")
        if len(atoms) != len(probs):
            raise ValueError(
                f"atoms and probs must be as many; got {len(atoms)} atoms for {len(probs)} probs."
            )
        _check_distinct(atoms)
        present = np.array(probs) > 0
        object.__setattr__(self, "atoms", tuple(map(tuple, atoms[present].tolist())))
        object.__setattr__(self, "probs", tuple(p for p in probs if p > 0))

    def __repr__(self) -> str:
        name = type(self).__name__
        if len(self.atoms) > _MOST_SHOWN:
            return f"{name}({len(self.atoms)} atoms in R^{self.dim}, the first {self.atoms[0]})"
        return f"{name}(atoms={self.atoms!r}, probs={self.probs!r})"

    @property
    def dim(self) -> int:
        """Number of coordinates of an atom."""
        return len(self.atoms[0])

    @cached_property
    def support(self) -> Atoms:
        """The atoms."""
        return Atoms(self.atoms)

    @cached_property
    def log_probs(self) -> Tensor:
        """The log probabilities, in the order of the atoms (K,)."""
        return torch.tensor(self.probs, dtype=torch.float64).log()

    @cached_property
    def _points(self) -> FloatArray:
        return np.array(self.atoms, dtype=np.float64)

    @cached_property
    def _sorted_keys(self) -> tuple[NDArray[np.void], NDArray[np.intp]]:
        keys = _keys(self._points)
        order = np.argsort(keys)
        return keys[order], order

    def index(self, x: Tensor) -> Tensor:
        """Which atom each row of x (n, d) is, −1 for none, as (n,) integers."""
        keys, order = self._sorted_keys
        wanted = _keys(x.detach().cpu().numpy())
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return torch.as_tensor(np.where(keys[place] == wanted, order[place], -1)).to(x.device)

    def _log_prob(self, x: Tensor) -> Tensor:
        which = self.index(x)
        logs = self.log_probs.to(x)[which.clamp(min=0)]
        return torch.where(which >= 0, logs, torch.full_like(logs, -math.inf))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        shares = np.array(self.probs) / math.fsum(self.probs)
        chosen: FloatArray = self._points[rng.choice(len(shares), size=n, p=shares)]
        return chosen

    @cached_property
    def mean(self) -> FloatArray:
        """Σ p_k a_k."""
        return np.asarray(np.array(self.probs) @ self._points)

    @cached_property
    def covariance(self) -> FloatArray:
        """Σ p_k (a_k − mean)(a_k − mean)ᵀ."""
        gaps = self._points - self.mean
        return np.asarray((gaps.T * np.array(self.probs)) @ gaps)


def categorical(probs: Sequence[float]) -> FiniteLaw:
    """Return the law of k = 0, 1, … with these probabilities.

    Raises
    ------
    ValueError
        If probs are negative or do not sum to 1 within 1e-12.
    """
    return FiniteLaw(tuple((float(k),) for k in range(len(probs))), tuple(probs))


def bernoulli(p: float) -> FiniteLaw:
    """Return the law of 1 with probability p, 0 otherwise.

    Raises
    ------
    ValueError
        If p is not in [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be in [0, 1]; got {p!r}.")
    return categorical((1.0 - float(p), float(p)))


def _points(atoms: Iterable[object]) -> FloatArray:
    array = np.asarray(list(atoms), dtype=np.float64)
    if array.ndim == 1 and array.size:
        array = array[:, None]
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"atoms must have shape (K, d); got {array.shape}.")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ValueError(f"atoms must be finite; row {row} is {array[row].tolist()}.")
    return array + 0.0  # −0 becomes 0


def _check_distinct(atoms: FloatArray) -> None:
    keys = _keys(atoms)
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if same.size:
        first, second = int(order[same[0]]), int(order[same[0] + 1])
        raise ValueError(
            f"atoms must be distinct; row {second} repeats row {first}, {atoms[first].tolist()}. "
            f"Add their probabilities."
        )


def _keys(points: FloatArray) -> NDArray[np.void]:
    """Each row as one comparable value: its bytes, with −0 as 0."""
    rows = np.ascontiguousarray(points + 0.0)
    return rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
