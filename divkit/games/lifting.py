r"""Liftings of the laws P and Q to the laws that enter a game: themselves, pairs or packs.

A relativistic critic compares a real point x with a fake one y, by an antisymmetric logit
f(x, y) = −f(y, x). That is a game of the laws P×Q and Q×P on pairs, whose log ratio is

    log [p(x) q(y)] − log [q(x) p(y)] = l(x) − l(y),

so that the best critic of pairs is a difference C(x) − C(y) with C = l: the class that a
relativistic GAN trains loses nothing.

A packed critic sees k points of one law at once (Lin et al. 2018): a game of P^k and Q^k, whose
log ratio is the sum of l over the pack, so that a class of deep sets loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from divkit.distributions.base import Law
from divkit.distributions.compose.product import Product
from divkit.types import Tensor


class Lifting(Protocol):
    """A map of two laws, and of samples of them, to what the critic sees; a frozen value.

    >>> from divkit.games import Packs
    >>> Packs(2).laws("normal(0, 1)", "normal(1, 1)")[0].dim
    2
    """

    def __hash__(self) -> int:
        """Liftings are keys of tables."""
        ...

    def laws(self, p: Law, q: Law) -> tuple[Law, Law]:
        """The laws that enter the game."""
        ...

    def samples(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Independent samples of them, from samples x (n, d) of P and y (m, d) of Q."""
        ...


@dataclass(frozen=True)
class Identity:
    """The laws themselves.

    >>> from divkit.games import GAN
    >>> GAN.lifting
    Identity()
    """

    def laws(self, p: Law, q: Law) -> tuple[Law, Law]:
        """P and Q."""
        return p, q

    def samples(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The samples as they are."""
        return x, y


@dataclass(frozen=True)
class Pairs:
    """P×Q against Q×P: a real point beside a fake one, in either order.

    >>> from divkit import Normal
    >>> p, q = Pairs().laws(Normal(0, 1), Normal(1, 1))
    >>> p.dim
    2
    """

    def laws(self, p: Law, q: Law) -> tuple[Law, Law]:
        """P×Q and Q×P, on twice the coordinates."""
        return Product((p, q)), Product((q, p))

    def samples(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Pairs (x_i, y_i) from the first half of the rows, (y_i, x_i) from the second.

        Each row is used once, so that the two samples are independent. Rows beyond the shorter
        sample, and the last of an odd number, are left out.
        """
        half = min(len(x), len(y)) // 2
        first = torch.cat([x[:half], y[:half]], dim=1)
        second = torch.cat([y[half : 2 * half], x[half : 2 * half]], dim=1)
        return first, second


@dataclass(frozen=True)
class Packs:
    """P^k against Q^k: `pack` independent points of one law at a time.

    Raises
    ------
    ValueError
        If pack is not a positive int.

    Examples
    --------
    >>> from divkit import Normal
    >>> p, q = Packs(2).laws(Normal(0, 1), Normal(1, 1))
    >>> p.dim
    2
    """

    pack: int = 2

    def __post_init__(self) -> None:
        if isinstance(self.pack, bool) or int(self.pack) != self.pack or self.pack < 1:
            raise ValueError(f"pack must be a positive int; got {self.pack!r}.")

    def laws(self, p: Law, q: Law) -> tuple[Law, Law]:
        """P^k and Q^k, on k times the coordinates."""
        return Product((p,) * self.pack), Product((q,) * self.pack)

    def samples(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Packs of consecutive rows; each row is used once, and what fills no pack is left out."""
        first, second = (s[: len(s) // self.pack * self.pack] for s in (x, y))
        width = self.pack * x.shape[1]
        return first.reshape(-1, width), second.reshape(-1, width)


IDENTITY = Identity()
