r"""Games on labelled points: critics of rows (x, e_y) that have slopes in x alone.

A label is given, not made: R1 and R2 are taken on ∂f/∂x at the row's label, instance noise is
added to x, and G is pulled through x. What would mix labels is refused: points between a real row
and a fake one have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from divkit.distributions.base import Law
from divkit.generators.conditional import ConditionalGenerator
from divkit.generators.generator import Generator
from divkit.training.gan.critic import CriticSweep, NetworkCritic, PlayedCritic
from divkit.training.measures.held_rows import label_weights, labels_of
from divkit.training.options import Options
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class LabelledCritic:
    """A critic of rows (x, e_y), whose slopes in e_y are none.

    Parameters
    ----------
    inner : of rows of as many coordinates.
    labels : coordinates of e_y, the last ones of a row.
    """

    inner: PlayedCritic
    labels: int

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.inner.size

    @property
    def pack(self) -> int:
        """Rows that it sees at once."""
        return self.inner.pack

    @property
    def slope(self) -> float | None:
        """That of the inner critic."""
        return self.inner.slope

    def start(self, rng: np.random.Generator) -> Tensor:
        """A start of the inner critic."""
        return self.inner.start(rng)

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """f (..., n/pack)."""
        return self.inner.logits(theta, self._shown(x))

    def sweep(self, theta: Tensor, x: Tensor) -> LabelledSweep:
        """One forward sweep."""
        return LabelledSweep(self.inner.sweep(theta, self._shown(x)), self.labels)

    def _shown(self, x: Tensor) -> Tensor:
        """Rows with labels that a network, which scales all coordinates alike, sees as 0 and 1."""
        points = x.shape[-1] - self.labels
        hot = x[..., points:].detach()
        if isinstance(self.inner, NetworkCritic):
            hot = self.inner.centre + self.inner.spread * hot
        return torch.cat([x[..., :points], hot], -1)


@dataclass(frozen=True, eq=False)
class LabelledSweep:
    """A sweep over rows (x, e_y)."""

    inner: CriticSweep
    labels: int

    @property
    def logits(self) -> Tensor:
        """f (..., n/pack)."""
        return self.inner.logits

    def pull(self, u: Tensor) -> Tensor:
        """Jᵀu in θ (..., P)."""
        return self.inner.pull(u)

    def points(self, u: Tensor) -> Tensor:
        """u_i ∂f/∂x_i, 0 in e_y, (..., n, d + K)."""
        moved = self.inner.points(u)
        split = moved.shape[-1] - self.labels
        return torch.cat([moved[..., :split], torch.zeros_like(moved[..., split:])], -1)

    def curve(self, v: Tensor) -> Tensor:
        """∂/∂θ Σ v_i·∂f/∂x_i (..., P)."""
        return self.inner.curve(v)


def labelled_generator(
    p: Law, generator: Generator | nn.Module | None, noise: Any, place: tuple[float, float]
) -> Generator:
    """Return the generator of a game on labelled points: conditional, or made so.

    Raises
    ------
    ValueError
        If it is one without labels.
    """
    weights, dim = label_weights(p), p.dim - labels_of(p)
    if generator is None:
        centre, spread = place
        return ConditionalGenerator.network(dim, weights, noise, centre=centre, spread=spread)
    if isinstance(generator, nn.Module):
        return ConditionalGenerator.of(generator, dim, weights, noise)
    if not isinstance(generator, ConditionalGenerator) or noise is not None:
        raise ValueError(
            f"the data are rows (x, label): generator must be None, a torch module of rows "
            f"(z, e_y), or a ConditionalGenerator with noise of its own; got {generator!r}."
        )
    return generator


def require_labels(p: Law, generator: Generator, critic: PlayedCritic, options: Options) -> None:
    """Check that both sides of a game know of the data's labels, or that there are none.

    Raises
    ------
    ValueError
        If one does not, or an option would mix labels.
    """
    count = labels_of(p)
    if isinstance(generator, ConditionalGenerator) and count != generator.labels:
        raise ValueError(
            f"the generator has {generator.labels} labels, the data {count or 'none'}: pass "
            "labelled data (divkit.distributions.labelled, or rows with labels=)."
        )
    if not count:
        return
    if not isinstance(generator, ConditionalGenerator):
        raise ValueError(f"the data have {count} labels; {generator!r} knows of none.")
    if not isinstance(critic, LabelledCritic):
        raise ValueError(f"the data have {count} labels; {critic!r} is no critic of such rows.")
    if options.penalties.gradient:
        raise ValueError(
            "a gradient penalty takes points between real ones and fakes, and these have no "
            "label. Take r1 and r2, which are taken at labels that are there."
        )
    if options.penalties.spectral:
        raise ValueError("spectral norm is of critics without labels. Leave spectral out.")
