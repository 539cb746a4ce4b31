r"""What a critic and a generator are paid in training, beside the theorem that bounds V.

The critic climbs V = E_p a(c) + E_q b(c), the generator descends E_q g(c). In a minimax game g is
b; the non-saturating generator has g = −a (Goodfellow et al. 2014, section 3; for an f-GAN that is
Nowozin et al. 2016, section 3.2: maximise E_q g_f). A relativistic pair pays c = C(x) − C(y) on
real points and C(y) − C(x) on fakes (Jolicoeur-Martineau 2019).

`theorem` is the house game whose maximum is that of V over all critics, so that at every moment

    V ≤ theorem.bound(divergence between the data and the generator).

Least squares and hinge are trained on the raw output, as in their papers; the best output is
bounded, so that the maximum is that of `divkit.games`, which train a squashed one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences.table import TRIANGULAR, TV, rows
from divkit.games import (
    GAN,
    HINGE,
    LSGAN,
    RELATIVISTIC,
    WGAN,
    Game,
    MetricGame,
    f_gan,
    smoothed_gan,
)
from divkit.games.arena import Pairs
from divkit.games.base import Payoff
from divkit.registry import Registry
from divkit.remade import Remade, remade, remember
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class Duel(Remade):
    """Payoffs of the two sides.

    Attributes
    ----------
    name, label : the registry's name, and both objectives as they are printed.
    theorem : the game whose value the critic climbs, and whose maximum bounds V.
    on_g : g; the generator descends E_q g.
    slopes : a', b', g' where they are written out; autograd finds them otherwise.

    Raises
    ------
    ValueError
        If a written slope is not the derivative of its payoff.
    """

    name: str
    label: str
    theorem: Game | MetricGame
    on_g: Payoff
    slopes: tuple[Payoff, Payoff, Payoff] | None = None

    def __post_init__(self) -> None:
        if self.slopes is not None:
            c = torch.linspace(-5, 5, 12, dtype=torch.float64)  # no kink of hinge among them
            for payoff, slope in zip((self.on_p, self.on_q, self.on_g), self.slopes, strict=True):
                if not torch.allclose(slope(c), derivative(payoff, c), rtol=1e-12, atol=1e-14):
                    raise ValueError(f"duel {self.name!r}: a slope is not its payoff's.")

    def __repr__(self) -> str:
        return self.name

    @property
    def on_p(self) -> Payoff:
        """a: what c earns on a real point."""
        return self.theorem.on_p if isinstance(self.theorem, Game) else _itself

    @property
    def on_q(self) -> Payoff:
        """b: what c earns on a fake."""
        return self.theorem.on_q if isinstance(self.theorem, Game) else torch.neg

    @property
    def paired(self) -> bool:
        """Whether c is a difference of a real and a fake point's outputs."""
        return isinstance(self.theorem, Game) and isinstance(self.theorem.arena, Pairs)

    def outputs(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """The c that is paid on real and on fake points, from critic outputs (..., n) each."""
        return (real - fake, fake - real) if self.paired else (real, fake)

    def value(self, real: Tensor, fake: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """V (...,) at critic outputs (..., n) with weights."""
        on, off = self.outputs(real, fake)
        return (a * self.on_p(on)).sum(-1) + (b * self.on_q(off)).sum(-1)

    def climb(self, real: Tensor, fake: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """∂V/∂(outputs) on real and on fake points."""
        on, off = self.outputs(real, fake)
        up, down = a * self._slope(0, on), b * self._slope(1, off)
        return (up - down, down - up) if self.paired else (up, down)

    def descend(self, real: Tensor, fake: Tensor, b: Tensor) -> Tensor:
        """∂/∂(outputs on fakes) of E_q g."""
        return b * self._slope(2, self.outputs(real, fake)[1])

    def loss(self, real: Tensor, fake: Tensor, b: Tensor) -> Tensor:
        """E_q g (...,)."""
        return (b * self.on_g(self.outputs(real, fake)[1])).sum(-1)

    def _slope(self, k: int, c: Tensor) -> Tensor:
        if self.slopes is not None:
            return self.slopes[k](c)
        return derivative((self.on_p, self.on_q, self.on_g)[k], c)


def derivative(payoff: Payoff, c: Tensor) -> Tensor:
    """The derivative of an elementwise payoff."""
    c = c.detach().requires_grad_(True)
    with torch.enable_grad():
        paid = payoff(c).sum()
    if not paid.requires_grad:
        return torch.zeros_like(c)
    return torch.autograd.grad(paid, c)[0]


def _itself(c: Tensor) -> Tensor:
    return c


def _minus(payoff: Payoff) -> Payoff:
    return lambda c: -payoff(c)


@remade
def minimax(game: Game, name: str = "", slopes: tuple[Payoff, Payoff] | None = None) -> Duel:
    """A house game; the generator descends what the critic climbs."""
    three = None if slopes is None else (*slopes, slopes[1])
    return Duel(name or game.name, f"D climbs, G descends {game.label}", game, game.on_q, three)


@remade
def non_saturating(
    game: Game, name: str = "", slopes: tuple[Payoff, Payoff] | None = None
) -> Duel:
    """A house game; the generator climbs E_q a(c) instead."""
    three = None if slopes is None else (*slopes, _minus(slopes[0]))
    label = f"D climbs {game.label}, G climbs what D is paid on P"
    return Duel(name or f"{game.name}, non-saturating", label, game, _minus(game.on_p), three)


def _falling(c: Tensor) -> Tensor:
    return torch.sigmoid(-c)


def _rising(c: Tensor) -> Tensor:
    return -torch.sigmoid(c)


_GAN_SLOPES = (_falling, _rising)
NON_SATURATING = non_saturating(GAN, "gan", _GAN_SLOPES)
MINIMAX = minimax(GAN, "gan-minimax", _GAN_SLOPES)
WASSERSTEIN = Duel(
    "wgan",
    "D climbs, G descends E_p T − E_q T",
    WGAN,
    torch.neg,
    (torch.ones_like, lambda c: -torch.ones_like(c), lambda c: -torch.ones_like(c)),
)
RAW_LEAST_SQUARES = Game(
    "lsgan on the raw output",
    "−½E_p(D − 1)² − ½E_q(D + 1)²",
    lambda c: -0.5 * (c - 1) ** 2,
    lambda c: -0.5 * (c + 1) ** 2,
    TRIANGULAR,
    scale=LSGAN.scale,
    shift=LSGAN.shift,
    optimal=lambda l: torch.tanh(0.5 * l),
    source=LSGAN.source,
)
LEAST_SQUARES = Duel(
    "lsgan",
    "D climbs −½E_p(D − 1)² − ½E_q(D + 1)², G descends ½E_q D²",
    RAW_LEAST_SQUARES,
    lambda c: 0.5 * c**2,
    (lambda c: 1 - c, lambda c: -1 - c, _itself),
)
RAW_HINGE = Game(
    "hinge on the raw output",
    "−E_p max(0, 1 − D) − E_q max(0, 1 + D)",
    lambda c: -torch.relu(1 - c),
    lambda c: -torch.relu(1 + c),
    TV,
    scale=HINGE.scale,
    shift=HINGE.shift,
    optimal=torch.sign,
    source=HINGE.source,
)
HINGED = Duel(
    "hinge",
    f"D climbs {RAW_HINGE.label}, G climbs E_q D",
    RAW_HINGE,
    torch.neg,
    (
        lambda c: (c < 1).to(c.dtype),
        lambda c: -(c > -1).to(c.dtype),
        lambda c: -torch.ones_like(c),
    ),
)
RELATIVISTIC_PAIR = Duel(
    "relativistic",
    "D climbs E log σ(C(x) − C(y)), G climbs E log σ(C(y) − C(x))",
    RELATIVISTIC,
    lambda c: -logsigmoid(c),
    (lambda c: 0.5 * _falling(c), lambda c: 0.5 * _rising(c), lambda c: -_falling(c)),
)


@remade
def smoothed(amount: float) -> Duel:
    """The GAN with real label 1 − α; the generator climbs E_q log D."""
    game = smoothed_gan(amount)
    label = f"D climbs {game.label}, G climbs E_q log D"
    return Duel(game.name, label, game, lambda c: -logsigmoid(c))


DUELS: Registry[Duel] = Registry("game")
for _duel, _aliases in (
    (NON_SATURATING, ("non-saturating", "ns-gan")),
    (MINIMAX, ("minimax",)),
    (WASSERSTEIN, ()),
    (LEAST_SQUARES, ()),
    (HINGED, ()),
    (RELATIVISTIC_PAIR, ("rpgan",)),
):
    DUELS.register(_duel.name, _duel, *_aliases)
for _row in rows():
    DUELS.register(f"f-gan({_row.name})", minimax(f_gan(_row)))


def duel_of(name: str) -> Duel:
    """Return the duel of this name."""
    return DUELS[name]


def theorem_of(name: str) -> Game | MetricGame:
    """Return the theorem of the duel of this name."""
    return DUELS[name].theorem


for _duel in DUELS.values():
    remember(_duel, duel_of, _duel.name, always=True)
    remember(_duel.theorem, theorem_of, _duel.name)
