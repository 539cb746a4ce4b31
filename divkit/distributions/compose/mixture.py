r"""Mixtures of laws: p(x) = Σ_k w_k p_k(x).

Weights are used as the floats they are: they must be non-negative and sum to 1 within 1e-12, and
the mass of the mixture is their sum. `normalize=True` divides by it first. Components of weight
zero are dropped, so that a support, a tail or a feature is never that of an absent component.
Weights given in logs (`mixture_from_logs`) keep components whose weight underflows.

On the line a mixture inherits what the exact engine needs. At an end of the support its tail is
the heaviest among the components that reach that end, since Σ_k w_k p_k is of the order of its
largest term. Every finite end of a component's support inside the mixture's is a kink; where the
largest term changes lies a ridge (`divkit.distributions.compose.ridges`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from divkit.distributions.base import Feature, Law, Law1D
from divkit.distributions.compose import stacks
from divkit.distributions.compose.components import check_components, of_one_measure
from divkit.distributions.compose.ridges import ridges_between
from divkit.distributions.compose.thinning import thinned
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.log_weights import LogWeights, of_probs
from divkit.distributions.finite.weights import check_weights, normalized
from divkit.distributions.given import given_laws
from divkit.distributions.quantile import invert
from divkit.distributions.support import Blocks, Boxes, Support, edges, span, union
from divkit.distributions.tails import Tail, heaviest
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

if TYPE_CHECKING:
    from divkit.distributions.compose.mixed import MixedLaw

_mixed = deferred("divkit.distributions.compose.mixed")
_MOST_SHOWN = 8


@dataclass(frozen=True, repr=False)
class MixtureLaw(Law):
    """The base of mixtures on the line and in space; `mixture` makes one.

    Parameters
    ----------
    weights : non-negative floats that sum to 1 within 1e-12, used as they are.
    components : laws of one dimension, as many as weights.
    log_weights : what `mixture_from_logs` keeps; None where weights were given.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, they do not sum to 1, their number is not that of
        the components, dimensions differ, or laws with and without a density are mixed.
    TypeError
        If a component is not a law.
    """

    weights: tuple[float, ...]
    components: tuple[Law, ...]
    _: KW_ONLY
    log_weights: LogWeights | None = None

    def __post_init__(self) -> None:
        weights = self._weights()
        components = check_components(self.components)
        if len(weights) != len(components):
            raise ValueError(
                f"a mixture needs one weight a component; got {len(weights)} weights for "
                f"{len(components)} components."
            )
        present = [k for k, w in enumerate(weights) if self.log_weights is not None or w > 0]
        object.__setattr__(self, "weights", tuple(weights[k] for k in present))
        object.__setattr__(self, "components", tuple(components[k] for k in present))

    def _weights(self) -> tuple[float, ...]:
        if self.log_weights is None:
            return check_weights(self.weights)
        with np.errstate(all="ignore"):  # a weight may underflow: its log does not
            return tuple(np.exp(self.log_weights.normalised()[0]).tolist())

    @cached_property
    def log_shares(self) -> tuple[FloatArray, FloatArray]:
        """Logs of the weights (K,), and a bound of each one's error."""
        if self.log_weights is None:
            return np.log(np.array(self.weights)), of_probs(self.weights)[1]
        return self.log_weights.normalised()

    def __repr__(self) -> str:
        name = type(self).__name__
        if len(self.weights) > _MOST_SHOWN:
            return f"{name}({len(self.weights)} components, the first {self.components[0]!r})"
        return f"{name}(weights={self.weights!r}, components={self.components!r})"

    @property
    def dim(self) -> int:
        """Number of coordinates d, that of every component."""
        return self.components[0].dim

    @property
    def support_is_known(self) -> bool:
        """Whether all of the components' are."""
        return all(component.support_is_known for component in self.components)

    @property
    def nominal(self) -> frozenset[int]:
        """The components'; they agree."""
        return self.components[0].nominal

    @cached_property
    def support(self) -> Support:
        """The union of the components' supports."""
        return union(component.support for component in self.components)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Those of all components, without repetition; thinned where there are many."""
        return thinned(f for c in self.components for f in c.features)

    @cached_property
    def mean(self) -> FloatArray | None:
        """Σ w_k μ_k, where the components' means are known."""
        means = [component.mean for component in self.components]
        known = [m for m in means if m is not None]
        if len(known) < len(means):
            return None
        return np.asarray(np.array(self.weights) @ np.stack(known))

    @property
    def blur(self) -> float:
        """The components' worst, and what the log weights may be off."""
        given = () if self.log_weights is None else self.log_weights.radii
        return max(component.blur for component in self.components) + max(given, default=0.0)

    @cached_property
    def covariance(self) -> FloatArray | None:
        """Σ w_k [C_k + (μ_k − μ)(μ_k − μ)ᵀ], where the components' are known."""
        covariances = [c.covariance for c in self.components]
        known = [c for c in covariances if c is not None]
        if self.mean is None or len(known) < len(covariances):
            return None
        w = np.array(self.weights)
        with np.errstate(invalid="ignore"):  # inf − inf: NaN says that the moment is not known
            gaps = np.stack([c.mean for c in self.components if c.mean is not None]) - self.mean
            between = np.einsum("k,ki,kj->ij", w, gaps, gaps)
            return np.asarray(np.einsum("k,kij->ij", w, np.stack(known)) + between)

    def _sample(self, n: int, rng: np.random.Generator) -> Tensor:
        return stacks.sample(self.weights, self.components, n, rng)


@dataclass(frozen=True, repr=False)
class Mixture(MixtureLaw):
    """A mixture of laws on R^d, d ≥ 2, or of finite laws; make one by `mixture`.

    Raises
    ------
    TypeError
        If the components are densities on the line: those make a `Mixture1D`.

    Examples
    --------
    >>> mixture([0.25, 0.75], [[0.5, 0.5], [0.9, 0.1]]).weights
    (0.25, 0.75)
    """

    def __post_init__(self) -> None:
        MixtureLaw.__post_init__(self)
        if all(isinstance(component, Law1D) for component in self.components):
            raise TypeError(
                "laws on the line make a Mixture1D; call mixture(weights, components)."
            )

    @cached_property
    def _stack(self) -> stacks.GaussianStack | stacks.SpaceStack:
        return stacks.stack_in_space(self.log_shares[0], self.components)

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._stack.log_prob(x)


@dataclass(frozen=True, repr=False)
class Mixture1D(MixtureLaw, Law1D):
    """A mixture of densities on the line, itself one; make one by `mixture`.

    Raises
    ------
    TypeError
        If a component is not a `Law1D`.

    Examples
    --------
    >>> law = mixture([0.25, 0.75], ["normal(0, 1)", "normal(3, 1)"])
    >>> law.weights, law.log_prob([0.0])
    ((0.25, 0.75), array([-2.27244921]))
    """

    def __post_init__(self) -> None:
        MixtureLaw.__post_init__(self)
        for k, component in enumerate(self.components):
            if not isinstance(component, Law1D):
                raise TypeError(
                    f"component {k} of a Mixture1D must be a law on the line with a density; "
                    f"got {component!r}. Call mixture(weights, components)."
                )

    @cached_property
    def lines(self) -> tuple[Law1D, ...]:
        """The components, known to be laws on the line."""
        return tuple(c for c in self.components if isinstance(c, Law1D))

    @cached_property
    def _stack(self) -> stacks.Stack:
        return stacks.stack(self.weights, self.lines, self.log_shares[0])

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        return self._stack.log_prob_at(anchor, offset.reshape(-1)).reshape(offset.shape)

    def cdf(self, x: Any) -> FloatArray:
        """Σ w_k F_k(x)."""
        points = np.asarray(x, float)
        return self._stack.cdf(points.reshape(-1)).reshape(points.shape)

    def sf(self, x: Any) -> FloatArray:
        """Σ w_k (1 − F_k(x)), as accurate in the upper tail as the components' own."""
        points = np.asarray(x, float)
        return self._stack.sf(points.reshape(-1)).reshape(points.shape)

    def ppf(self, u: Any) -> FloatArray:
        """The least x with F(x) ≥ u, to the last bits; it lies among the components' quantiles."""
        levels = np.asarray(u, float)
        flat = levels.reshape(-1)
        low, high = self._stack.quantile_range(flat)
        return invert(self._stack.cdf, self._stack.sf, flat, low, high).reshape(levels.shape)

    @cached_property
    def ends(self) -> tuple[float, float] | None:
        """The lowest and the highest point of the support; None if a component's is unknown."""
        return _ends(self.support)

    @cached_property
    def tails(self) -> tuple[Tail | None, Tail | None]:
        """At each end the heaviest of the components that reach it; None if one is unknown."""
        if self.ends is None:
            return (None, None)
        return (self._tail(0, self.ends[0]), self._tail(1, self.ends[1]))

    def _tail(self, side: int, end: float) -> Tail | None:
        reaching = [c for c in self._bearers(side) if _reaches(c, side, end)]
        known = [tail for c in reaching if (tail := c.tails[side]) is not None]
        return heaviest(known) if len(known) == len(reaching) else None

    def _bearers(self, side: int) -> list[Law1D]:
        """The components, of all normal ones only the widest and outermost: its tail is theirs."""
        normals = [c for c in self.lines if isinstance(c, Normal)]
        others: list[Law1D] = [c for c in self.lines if not isinstance(c, Normal)]
        outwards = 1 if side else -1
        widest = sorted(normals, key=lambda c: (c.scale, outwards * c.loc))[-1:]
        return [*others, *widest]

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """The components' kinks, and the ends of their supports inside the mixture's."""
        kinks = {kink for c in self.lines for kink in c.kinks}
        for component in self.lines:
            if isinstance(component.support, Boxes):
                kinks |= set(edges(component.support))
        return tuple(sorted(kinks - set(self.ends or ())))

    @cached_property
    def ridges(self) -> tuple[Feature, ...]:
        """The components' own, and where the largest component changes."""
        own = {ridge for c in self.lines for ridge in c.ridges}
        between = set(ridges_between(self.weights, self.lines))
        return tuple(sorted(own | between, key=lambda ridge: (ridge.center, ridge.scale)))

    @cached_property
    def reach(self) -> tuple[float, float]:
        """From the lowest to the highest of the components'."""
        reaches = [component.reach for component in self.lines]
        return (min(low for low, _ in reaches), max(high for _, high in reaches))

    def displacement(self, anchor: float) -> float:
        """The components' worst."""
        return max(component.displacement(anchor) for component in self.lines)

    @property
    def anchored(self) -> bool:
        """Whether all components are."""
        return all(component.anchored for component in self.lines)


def mixture(
    weights: Sequence[float], components: Sequence[Law], *, normalize: bool = False
) -> Mixture | Mixture1D | MixedLaw:
    """Return the mixture Σ_k w_k p_k of laws.

    Parameters
    ----------
    weights : non-negative floats that sum to 1 within 1e-12, used as they are.
    components : laws of one dimension, as many as weights.
    normalize : divide the weights by their sum first.

    Returns
    -------
    Law
        A `Mixture1D` of densities on the line, a `MixedLaw` of atoms and these, a `Mixture` of
        other laws that refer to one measure.

    Raises
    ------
    ValueError
        If weights or components do not make a mixture; see `MixtureLaw`.
    TypeError
        If a component is not a law.

    See Also
    --------
    divkit.product : of independent coordinates.
    divkit.NormalMixtureBatch : thousands at once.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> float(mixture([0.5, 0.5], [Normal(-1, 1), Normal(1, 1)]).cdf(0.0))
    0.5
    """
    shares = normalized(weights) if normalize else check_weights(weights)
    laws = given_laws(components, "components")
    blocks = any(isinstance(law.support, Blocks) for law in laws)
    if len(laws) == len(shares) and (blocks or not of_one_measure(laws)):
        found: MixedLaw | None = _mixed.mixed(shares, laws)
        if found is not None:
            return found
    kind = Mixture1D if all(isinstance(law, Law1D) for law in laws) else Mixture
    return kind(shares, laws)


def mixture_from_logs(
    logs: Sequence[float], components: Sequence[Any], radii: Sequence[float] = ()
) -> Mixture | Mixture1D:
    """Return Σ_k w_k p_k with w_k ∝ e^{log_k}: a weight that underflows keeps its component.

    Parameters
    ----------
    logs : numbers below inf, one for each component; a component of log −inf is dropped.
    components : laws of one dimension, or whatever `divkit.as_law` reads.
    radii : how far each log may be off its truth; none means exact. Sums over finite laws carry
        it into their error, integrals as the law's blur.

    Raises
    ------
    ValueError
        If a log is NaN or +inf, all are −inf, or the components do not make a mixture.
    TypeError
        If a component is not a law.

    Examples
    --------
    >>> law = mixture_from_logs([0.0, -2000.0], ["normal(0, 1)", "normal(9, 1)"])
    >>> len(law.components)
    2
    """
    laws = check_components(components)
    given = LogWeights(tuple(logs), tuple(radii))
    if len(given.logs) != len(laws):
        raise ValueError(
            f"a mixture needs one log weight a component; got {len(given.logs)} for {len(laws)}."
        )
    kept = tuple(law for law, log in zip(laws, given.logs, strict=True) if log > -math.inf)
    kind = Mixture1D if all(isinstance(law, Law1D) for law in kept) else Mixture
    return kind((), kept, log_weights=given.present())


def _reaches(law: Law1D, side: int, end: float) -> bool:
    own = _ends(law.support)
    return own is not None and own[side] == end


def _ends(support: Support) -> tuple[float, float] | None:
    return span(support) if isinstance(support, Boxes) else None
