r"""A value function as data, with the theorem it obeys.

A game pays the critic a(c) on a point of P and b(c) on a point of Q, where c is the critic's
output, and its theorem says what the best critic earns:

    max over c of E_p a(c) + E_q b(c) = shift + scale · D_f(P‖Q),   attained at c = optimal(l),

l = log p − log q. For the GAN a = log σ(c), b = log σ(−c), optimal(l) = l, and the right side is
−2 log 2 + 2 JSD (Goodfellow et al. 2014, theorem 1). The maximum may be taken point by point, so
that the theorem is one about numbers: at a point where p/q = u, the best of u·a(c) + b(c) is
scale · f(u) and a linear term. Construction checks it on a grid of u.

P and Q are the laws that enter the game: those of the data and the generator themselves, or what
a `Lifting` makes of them (pairs of points, for one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import torch
from torch.nn.functional import logsigmoid

from divkit import markup
from divkit.divergences.base import FDivergence
from divkit.games.lifting import IDENTITY, Lifting
from divkit.remade import Remade
from divkit.types import Tensor

Payoff: TypeAlias = Callable[[Tensor], Tensor]


def itself(c: Tensor) -> Tensor:
    """Return c."""
    return c


class Theorem(Remade):
    """The theorem of a value function: max V = shift + scale · divergence(P‖Q)."""

    name: str
    scale: float
    shift: float

    def __repr__(self) -> str:
        return self.name

    def _repr_html_(self) -> str:
        """The theorem, for a notebook."""
        own: Any = self
        shift = f"{self.shift:g} + " if self.shift else ""
        rows = [("theorem", f"max V = {shift}{self.scale:g} · {own.divergence!r}")]
        label, source = (getattr(own, each, "") for each in ("label", "source"))
        rows += [("V", label)] if label else []
        return markup.facts([*rows, *([("source", source)] if source else [])], self.name)

    def bound(self, divergence: float) -> float:
        """Shift + scale · divergence, the most that any critic of the class can earn."""
        return self.shift + self.scale * divergence

    def implied(self, value: float) -> float:
        """The divergence that V would mean if the critic were the best: (V − shift)/scale."""
        return (value - self.shift) / self.scale


@dataclass(frozen=True, eq=False, repr=False)
class Game(Theorem):
    """A value function of a critic, and what its maximum is.

    Attributes
    ----------
    name, label : the registry's name, and the value function as it is printed.
    on_p, on_q : a and b, elementwise on the critic's outputs.
    divergence, scale, shift : max V = shift + scale · divergence(P‖Q).
    optimal : the best output, as a function of l = log p − log q; ±inf where the maximum is a
        supremum that outputs only approach.
    source : paper and equation.
    lifting : what enters the game in place of the two laws.
    on_g : g; a generator descends E_q g in training. None where none is named, and then the game
        has no name among those that train.
    logistic : whether a and b are the GAN's own, log σ(c) and log σ(−c), whatever laws
        enter: closed forms of slopes, curvatures and gaps hold for it.

    Raises
    ------
    ValueError
        If the pointwise maximum of u·a + b is not shift + scale · f up to a linear term, or is
        not attained at optimal(log u), or the payoffs are not logistic as stated.

    Examples
    --------
    >>> from divkit.games import GAN
    >>> GAN.scale, GAN.shift
    (2.0, -1.3862943611198906)
    """

    name: str
    label: str
    on_p: Payoff
    on_q: Payoff
    divergence: FDivergence
    scale: float
    shift: float
    optimal: Payoff = itself
    source: str = ""
    lifting: Lifting = IDENTITY
    on_g: Payoff | None = None
    logistic: bool = False

    def __post_init__(self) -> None:
        _check(self)


def sign_like(l: Tensor) -> Tensor:
    """±inf with the sign of l: the supremum of a game whose best critic is a step.

    >>> import torch
    >>> sign_like(torch.tensor([-2.0, 3.0]))
    tensor([-inf, inf])
    """
    return torch.where(l > 0, torch.inf, -torch.inf).to(l)


def _check(game: Game) -> None:
    """Demand u a(c*) + b(c*) = shift·(u+1)/2 + scale·f(u) + κ(u − 1) on a grid of ratios u.

    The shift is earned half on p and half on q; κ is free, since ∫(p − q) = 0.
    """
    u = torch.logspace(-2, 2, 81, dtype=torch.float64)
    u = u[(u - 1).abs() > 1e-3]
    best = game.optimal(u.log())
    earned = u * game.on_p(best) + game.on_q(best)
    wanted = 0.5 * game.shift * (u + 1) + game.scale * game.divergence.f(u)
    slope = (earned - wanted) / (u - 1)
    if not bool(((slope - slope[0]).abs() <= 1e-9 * (1 + slope.abs())).all()):
        raise ValueError(
            f"game {game.name!r}: its maximum is not shift + scale · {game.divergence}."
        )
    for other in (best - 1e-3, best + 1e-3, torch.zeros_like(u), -u.log(), 2 * u.log()):
        moved = u * game.on_p(other) + game.on_q(other)
        if bool((moved > earned + 1e-12 * (1 + earned.abs())).any()):
            raise ValueError(f"game {game.name!r}: `optimal` does not maximise its value.")
    if game.logistic:
        c = torch.linspace(-9, 9, 37, dtype=torch.float64)
        if not (game.on_p(c).equal(logsigmoid(c)) and game.on_q(c).equal(logsigmoid(-c))):
            raise ValueError(f"game {game.name!r}: its payoffs are not logistic.")


def mirrored(payoff: Payoff) -> Payoff:
    """Return c ↦ payoff(−c)."""
    return partial(_mirrored, payoff)


def _mirrored(payoff: Payoff, c: Tensor) -> Tensor:
    return payoff(-c)


def plus(constant: float, payoff: Payoff) -> Payoff:
    """Return constant + payoff."""
    return partial(_plus, constant, payoff)


def _plus(constant: float, payoff: Payoff, c: Tensor) -> Tensor:
    return constant + payoff(c)


def minus(payoff: Payoff, inner: Payoff = itself) -> Payoff:
    """Return c ↦ −payoff(inner(c))."""
    return partial(_minus, payoff, inner)


def _minus(payoff: Payoff, inner: Payoff, c: Tensor) -> Tensor:
    return -payoff(inner(c))
