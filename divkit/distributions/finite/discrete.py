"""Finite laws: log probabilities on finitely many points of R^d."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray

from divkit.distributions.base import Law
from divkit.distributions.finite.log_weights import LogWeights, beyond_rounding, rounding
from divkit.distributions.finite.points import check_distinct, counts_to, keys_of, point_rows
from divkit.distributions.finite.sums import exact_sum
from divkit.distributions.finite.weights import check_shares
from divkit.distributions.held import frozen, held, hold
from divkit.distributions.support import Atoms
from divkit.types import FloatArray, Tensor

_MOST_SHOWN = 16
_LEAST_SHARE = 1e-290  # quotients by what is smaller may leave the range of floats


@held(atoms="points", probs="masses")
@dataclass(frozen=True, repr=False, eq=False)
class FiniteLaw(Law):
    """P(X = atom_k) = prob_k; `log_prob` is the log probability, −inf off the atoms.

    Log probabilities are the truth. Made by `from_logs`, a law keeps atoms whose probability
    underflows: they are in the support, and every divergence sees them. Atoms and probabilities
    are held as read-only arrays, `points` (K, d) and `masses` (K,); their tuples are made when
    they are asked for.

    Parameters
    ----------
    atoms : K distinct finite points of R^d, as (K, d) or, on the line, (K,).
    probs : K probabilities that sum to 1 within 1e-12, used as they are; atoms of probability 0
        are dropped.
    log_weights : what `from_logs` keeps; None where probs were given.

    Raises
    ------
    ValueError
        If shapes do not fit, an atom repeats or is not finite, or probs are no probabilities.

    Examples
    --------
    >>> FiniteLaw([0, 1], [0.25, 0.75]).log_prob([0.0, 0.5]).tolist()
    [-1.3862943611198906, -inf]
    """

    atoms: tuple[tuple[float, ...], ...]
    probs: tuple[float, ...]
    _: KW_ONLY
    log_weights: LogWeights | None = None
    if TYPE_CHECKING:
        points: ClassVar[FloatArray]
        masses: ClassVar[FloatArray]
        _excess: ClassVar[float]

    def __post_init__(self) -> None:
        atoms, given = point_rows(self.atoms), self.log_weights
        if given is None:
            masses, excess = check_shares(self.probs, name="probs")
            vars(self)["_excess"] = beyond_rounding(excess)
            present = masses > 0
        else:
            present = given.values > -math.inf
            given = given.present()
            with np.errstate(all="ignore"):
                masses = np.exp(given.normalised()[0])
        self._settle(atoms, present, masses, given)

    def _settle(
        self,
        atoms: FloatArray,
        present: NDArray[np.bool_],
        masses: FloatArray,
        given: LogWeights | None,
    ) -> None:
        if len(atoms) != len(present):
            raise ValueError(
                f"atoms and probs must be as many; got {len(atoms)} atoms for {len(present)} "
                "probs."
            )
        check_distinct(atoms)
        if not present.all():
            atoms = atoms[present]
            masses = masses[present] if given is None else masses
        hold(self, points=atoms, masses=masses)
        object.__setattr__(self, "log_weights", given)

    @classmethod
    def from_logs(
        cls,
        atoms: Iterable[object],
        logs: Iterable[float],
        *,
        radii: Iterable[float] = (),
        source: str = "",
    ) -> Self:
        """Return the law with P(X = atom_k) ∝ e^{log_k}: logits, or log probabilities.

        Parameters
        ----------
        atoms : K distinct finite points of R^d, as (K, d) or, on the line, (K,).
        logs : K numbers below inf, used as they are; the sum of their exponentials is divided
            off in logs. An atom of log −inf is dropped; one of −800 stays.
        radii : how far each log may be off its truth, where it was computed; none means exact.
        source : what they were computed from; see `LogWeights`.

        Raises
        ------
        ValueError
            If shapes do not fit, an atom repeats or is not finite, a log is NaN or +inf, or all
            are −inf.

        Examples
        --------
        >>> FiniteLaw.from_logs([0, 1], [0.0, -800.0]).log_prob([0.0, 1.0]).tolist()
        [0.0, -800.0]
        """
        return cls(atoms, (), log_weights=LogWeights(logs, radii, source))  # type: ignore[arg-type]

    @classmethod
    def from_probs(cls, atoms: Iterable[object], probs: Iterable[float]) -> Self:
        """Return the law of these atoms, in whatever array or sequence they come."""
        return cls(atoms, probs)  # type: ignore[arg-type]  # checked when made

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.log_weights is not None and self.log_weights.source:
            return f"{name}({len(self.points)} atoms of {self.log_weights.source})"
        if len(self.points) > _MOST_SHOWN:
            first = tuple(self.points[0].tolist())
            return f"{name}({len(self.points)} atoms in R^{self.dim}, the first {first})"
        if self.log_weights is not None:
            return f"{name}.from_logs({self.atoms!r}, {self.log_weights.logs!r})"
        return f"{name}(atoms={self.atoms!r}, probs={self.probs!r})"

    @property
    def dim(self) -> int:
        """Number of coordinates of an atom."""
        return int(self.points.shape[1])

    @cached_property
    def support(self) -> Atoms:
        """The atoms."""
        return Atoms.of(self.points)

    @cached_property
    def logs(self) -> tuple[FloatArray, FloatArray]:
        """Log probabilities (K,) in the order of the atoms, and a bound of each one's error."""
        if self.log_weights is not None:
            return self.log_weights.normalised()
        logs = np.log(self.masses)
        if self._excess:
            logs -= math.log1p(self._excess)
        return logs, rounding(logs)

    @cached_property
    def shares(self) -> FloatArray | None:
        """Probabilities over their sum (K,), each to 5u; None where they underflow, or of logs."""
        if self.log_weights is not None or self.masses.min() < _LEAST_SHARE:
            return None
        with np.errstate(under="ignore"):
            return frozen(self.masses / (1 + self._excess)) if self._excess else self.masses

    @cached_property
    def log_probs(self) -> Tensor:
        """The log probabilities, in the order of the atoms (K,)."""
        return torch.from_numpy(self.logs[0].copy())

    @cached_property
    def _sorted_keys(self) -> tuple[NDArray[np.void], NDArray[np.intp]]:
        keys = keys_of(self.points)
        order = np.argsort(keys)
        return keys[order], order

    def index(self, x: Tensor) -> Tensor:
        """Which atom each row of x (n, d) is, −1 for none, as (n,) integers."""
        keys, order = self._sorted_keys
        wanted = keys_of(x.detach().cpu().numpy())
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return torch.as_tensor(np.where(keys[place] == wanted, order[place], -1)).to(x.device)

    def _log_prob(self, x: Tensor) -> Tensor:
        which = self.index(x)
        logs = self.log_probs.to(x)[which.clamp(min=0)]
        return torch.where(which >= 0, logs, torch.full_like(logs, -math.inf))

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        with np.errstate(under="ignore"):
            shares = self.masses / exact_sum(self.masses)
        chosen: FloatArray = self.points[rng.choice(len(shares), size=n, p=shares)]
        return chosen

    @cached_property
    def mean(self) -> FloatArray:
        """Σ p_k a_k."""
        with np.errstate(under="ignore"):  # a probability may underflow
            return np.asarray(self.masses @ self.points)

    @cached_property
    def covariance(self) -> FloatArray:
        """Σ p_k (a_k − mean)(a_k − mean)ᵀ."""
        gaps = self.points - self.mean
        with np.errstate(under="ignore"):
            return np.asarray((gaps.T * self.masses) @ gaps)


def categorical(probs: Sequence[float]) -> FiniteLaw:
    """Return the law of k = 0, 1, … with these probabilities.

    Returns
    -------
    FiniteLaw
        On 0, 1, …, in the order of the probabilities.

    Raises
    ------
    ValueError
        If probs are negative or do not sum to 1 within 1e-12.

    See Also
    --------
    divkit.as_law : tables, dictionaries and series of probabilities.
    divkit.count_law : of infinitely many outcomes.

    Examples
    --------
    >>> from divkit import tv_distance
    >>> round(tv_distance(categorical([0.2, 0.8]), categorical([0.5, 0.5])).value, 12)
    0.3
    """
    return FiniteLaw.from_probs(counts_to(len(probs)), probs)


def bernoulli(p: float) -> FiniteLaw:
    """Return the law of 1 with probability p, 0 otherwise.

    Returns
    -------
    FiniteLaw
        On 0 and 1.

    Raises
    ------
    ValueError
        If p is not in [0, 1].

    See Also
    --------
    divkit.binomial : of several trials.
    divkit.categorical : of several outcomes.

    Examples
    --------
    >>> from divkit import js_divergence
    >>> print(f"{js_divergence(bernoulli(0.2), bernoulli(0.5)):.6f}")
    0.050672
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p must be in [0, 1]; got {p!r}.")
    return categorical((1.0 - float(p), float(p)))
