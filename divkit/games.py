r"""Value functions as data, each with the theorem it obeys.

A game pays the critic a(c) on a point of P and b(c) on a point of Q, where c is the critic's
output, and its theorem says what the best critic earns:

    max over c of E_p a(c) + E_q b(c) = shift + scale · D_f(P‖Q),   attained at c = optimal(l),

l = log p − log q. For the GAN a = log σ(c), b = log σ(−c), optimal(l) = l, and the right side is
−2 log 2 + 2 JSD (Goodfellow et al. 2014, theorem 1).

The least-squares game maximises −½E_p(D − β)² − ½E_q(D − α)² with D = α + (β − α)σ(c). At c = l,

    −½(β−α)² ∫ [p q² + q p²]/(p+q)² = −½(β−α)² ∫ pq/(p+q) = −¼(β−α)² + ⅛(β−α)² Δ,

since Δ = ∫(p−q)²/(p+q) = 2 − 4∫pq/(p+q) (Mao et al. 2017). The hinge game is piecewise linear in
c, so its best c is ±1 and −2∫min(p, q) = −2 + 2 TV (Lim and Ye 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences.base import FDivergence
from divkit.divergences.stable import LOG2
from divkit.divergences.table import JS, TRIANGULAR, TV, rows
from divkit.registry import Registry
from divkit.types import Tensor

Payoff = Callable[[Tensor], Tensor]


def _itself(l: Tensor) -> Tensor:
    return l


@dataclass(frozen=True, eq=False)
class Game:
    """A value function of a critic, and what its maximum is.

    Attributes
    ----------
    name, label : the registry's name, and the value function as it is printed.
    on_p, on_q : a and b, elementwise on the critic's outputs.
    divergence, scale, shift : max V = shift + scale · divergence(P‖Q).
    optimal : the best output, as a function of l = log p − log q.
    source : paper and equation.

    Raises
    ------
    ValueError
        If the pointwise maximum of u·a + b is not shift + scale · f up to a linear term, or is
        not attained at optimal(log u).
    """

    name: str
    label: str
    on_p: Payoff
    on_q: Payoff
    divergence: FDivergence
    scale: float
    shift: float
    optimal: Payoff = _itself
    source: str = ""

    def __post_init__(self) -> None:
        _check(self)

    def __repr__(self) -> str:
        return self.name

    def bound(self, divergence: float) -> float:
        """Shift + scale · divergence, the most that any critic can earn."""
        return self.shift + self.scale * divergence

    def implied(self, value: float) -> float:
        """The divergence that V would mean if the critic were the best: (V − shift)/scale."""
        return (value - self.shift) / self.scale


def _check(game: Game) -> None:
    """Demand u a(c*) + b(c*) = shift·(u+1)/2 + scale·f(u) + κ(u − 1) on a grid of ratios u.

    The shift is earned half on p and half on q; κ is free, since ∫(p − q) = 0.
    """
    u = torch.logspace(-2, 2, 81, dtype=torch.float64)
    u = u[(u - 1).abs() > 1e-3]
    best = game.optimal(u.log())
    earned = u * game.on_p(best) + game.on_q(best)
    f = game.divergence.f(u)
    wanted = 0.5 * game.shift * (u + 1) + game.scale * f
    slope = (earned - wanted) / (u - 1)
    if not bool(((slope - slope[0]).abs() <= 1e-9 * (1 + slope.abs())).all()):
        raise ValueError(
            f"game {game.name!r}: its maximum is not shift + scale · {game.divergence}."
        )
    for step in (-1e-3, 1e-3):
        moved = u * game.on_p(best + step) + game.on_q(best + step)
        if bool((moved > earned + 1e-12 * (1 + earned.abs())).any()):
            raise ValueError(f"game {game.name!r}: `optimal` does not maximise its value.")


GAN = Game(
    "gan",
    "E_p log D + E_q log(1 − D)",
    logsigmoid,
    lambda c: logsigmoid(-c),
    JS,
    scale=2.0,
    shift=-2 * LOG2,
    source="Goodfellow et al. 2014, theorem 1",
)


def least_squares(alpha: float = -1.0, beta: float = 1.0) -> Game:
    """LSGAN with target β on data and α on fakes; D = α + (β − α)σ(c).

    Raises
    ------
    ValueError
        If α = β: such a game tells nothing.
    """
    if alpha == beta:
        raise ValueError(f"alpha and beta must differ; got {alpha!r} for both.")
    width = (beta - alpha) ** 2
    return Game(
        f"lsgan({alpha:g}, {beta:g})",
        "−½E_p(D − β)² − ½E_q(D − α)²",
        lambda c: -0.5 * width * torch.sigmoid(-c) ** 2,
        lambda c: -0.5 * width * torch.sigmoid(c) ** 2,
        TRIANGULAR,
        scale=width / 8,
        shift=-width / 4,
        source="Mao et al. 2017, equation 9",
    )


LSGAN = least_squares()
HINGE = Game(
    "hinge",
    "−E_p max(0, 1 − c) − E_q max(0, 1 + c)",
    lambda c: -torch.relu(1 - c),
    lambda c: -torch.relu(1 + c),
    TV,
    scale=2.0,
    shift=-2.0,
    optimal=torch.sign,
    source="Lim and Ye 2017, theorem 1",
)


def f_gan(divergence: FDivergence) -> Game:
    """The game of f-GAN: E_p f'(e^c) − E_q f*(f'(e^c)), whose maximum is D_f itself."""
    return Game(
        f"f-gan({divergence.name})",
        "E_p T − E_q f*(T), T = f′(e^c)",
        divergence.witness,
        lambda c: -divergence.conjugate_at(c),
        divergence,
        scale=1.0,
        shift=0.0,
        source="Nowozin, Cseke, Tomioka 2016, equation 6",
    )


GAMES: Registry[Game] = Registry("game")
for _game in (GAN, LSGAN, HINGE, *(f_gan(row) for row in rows())):
    GAMES.register(_game.name, _game)
