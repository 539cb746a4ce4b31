r"""A game on a metric: the critic is held to slope 1, and earns Wasserstein's distance.

    max over 1-Lipschitz T of E_p T − E_q T = W1(P, Q)

(Kantorovich and Rubinstein; Villani 2003, theorem 1.14). On the line, by parts,

    E_p T − E_q T = ∫ T'(x) (G(x) − F(x)) dx ≤ ∫ |F − G|,   attained at T' = sign(G − F).

Such a game is no game of densities, and T means no log ratio. But its slopes play one: with
T' = tanh(c), which keeps every T of the class 1-Lipschitz, c(x) earns tanh(c) on the measure
(G − F)₊ dx and −tanh(c) on (F − G)₊ dx, and the best it can do is twice the total variation of
the two, ∫|F − G|.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch

from divkit.divergences import TV, W1
from divkit.divergences.base import IPM, is_metric
from divkit.games.base import Game, Theorem, sign_like
from divkit.remade import remember
from divkit.types import Tensor


@dataclass(frozen=True, eq=False, repr=False)
class MetricGame(Theorem):
    """E_p T − E_q T over a class of functions of slope at most `scale`, and its maximum.

    Attributes
    ----------
    name, label : the name, and the value function as it is printed.
    divergence, scale, shift : max V = shift + scale · divergence(P, Q).
    slopes : the game that T' = scale · tanh(c) plays with (G − F)₊ dx and (F − G)₊ dx.
    source : paper and equation.

    Raises
    ------
    ValueError
        If the slopes' game does not earn `scale` times the mass between F and G.

    Examples
    --------
    >>> from divkit.games import lipschitz
    >>> lipschitz().divergence.name
    'w1'
    """

    name: str
    label: str
    divergence: IPM
    slopes: Game
    scale: float = 1.0
    shift: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        slopes = self.slopes
        theorem = (slopes.shift, slopes.scale) == (self.shift, 2 * self.scale)
        if not (theorem and slopes.divergence.is_same_as(TV) and is_metric(self.divergence, "w1")):
            raise ValueError(
                f"game {self.name!r}: its maximum is not shift + scale · {self.divergence}."
            )


def _slope(slope: float, c: Tensor) -> Tensor:
    return slope * torch.tanh(c)


def slopes_game(slope: float) -> Game:
    """The value of T' = slope · tanh(c) between F and G: 2 · slope · TV of the two parts."""
    return Game(
        f"slopes({slope:g})",
        "∫ (G − F) T′ dx, T′ = slope · tanh c",
        partial(_slope, slope),
        partial(_slope, -slope),
        TV,
        scale=2 * slope,
        shift=0.0,
        optimal=sign_like,
        source="Villani 2003, theorem 1.14",
    )


def lipschitz(slope: float = 1.0) -> MetricGame:
    """WGAN with critics of slope at most `slope`: max V = slope · W1.

    Returns
    -------
    MetricGame
        With its metric W1, and the factor between it and max V.

    Raises
    ------
    ValueError
        If the slope is not in (0, inf).

    Examples
    --------
    >>> lipschitz(2.0).scale
    2.0
    """
    if not 0 < slope < float("inf"):
        raise ValueError(f"slope must be in (0, inf); got {slope!r}.")
    slopes = slopes_game(slope)
    name = "wgan" if slope == 1 else f"wgan({slope:g})"
    label = f"E_p T − E_q T, |T′| ≤ {slope:g}"
    return MetricGame(name, label, W1, slopes, slope, 0.0, "Arjovsky et al. 2017, equation 2")


WGAN = lipschitz()


def _wgan() -> MetricGame:
    return WGAN


remember(WGAN, _wgan, always=True)
