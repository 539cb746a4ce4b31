r"""Losses of a critic and a generator in training, beside the theorem that bounds V.

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

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch.nn.functional import logsigmoid

from divkit.divergences import TRIANGULAR, TV
from divkit.games import (
    GAMES,
    GAN,
    HINGE,
    LSGAN,
    RELATIVISTIC,
    WGAN,
    Game,
    MetricGame,
    smoothed_gan,
)
from divkit.games.base import Payoff, itself, minus, mirrored, plus
from divkit.games.lifting import Pairs
from divkit.registry import Registry
from divkit.remade import Remade, name_functions, remade, remember
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class Loss(Remade):
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

    Examples
    --------
    >>> from divkit.gan import LOSSES
    >>> LOSSES["gan"].theorem.name
    'gan'
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
                    raise ValueError(f"loss {self.name!r}: a slope is not its payoff's.")

    def __repr__(self) -> str:
        return self.name

    @property
    def on_p(self) -> Payoff:
        """a: what c earns on a real point."""
        return self.theorem.on_p if isinstance(self.theorem, Game) else itself

    @property
    def on_q(self) -> Payoff:
        """b: what c earns on a fake."""
        return self.theorem.on_q if isinstance(self.theorem, Game) else torch.neg

    @property
    def paired(self) -> bool:
        """Whether c is a difference of a real and a fake point's outputs."""
        return isinstance(self.theorem, Game) and isinstance(self.theorem.lifting, Pairs)

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

    def generator_loss(self, real: Tensor, fake: Tensor, b: Tensor) -> Tensor:
        """E_q g (...,)."""
        return (b * self.on_g(self.outputs(real, fake)[1])).sum(-1)

    def estimate(self, real: Tensor, fake: Tensor, batch: int) -> tuple[float, float | None]:
        """V at outputs (n,) on fresh points, and its standard error, whatever the batches."""
        on, off = self.outputs(real, fake)
        a, b = self.on_p(on), self.on_q(off)
        if self.paired:  # the two payoffs of a pair are one draw
            return float((a + b).mean()), float((a + b).std()) / math.sqrt(len(a))
        spread = math.sqrt(float(a.var() / len(a) + b.var() / len(b)))
        return float(a.mean() + b.mean()), spread

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


@remade
@cache
def minimax(game: Game, name: str = "", slopes: tuple[Payoff, Payoff] | None = None) -> Loss:
    """A house game; the generator descends what the critic climbs.

    >>> from divkit.games import GAN
    >>> minimax(GAN).name
    'gan'
    """
    three = None if slopes is None else (*slopes, slopes[1])
    return Loss(name or game.name, f"D climbs, G descends {game.label}", game, game.on_q, three)


def non_saturating(
    game: Game, name: str = "", slopes: tuple[Payoff, Payoff] | None = None
) -> Loss:
    """A house game; the generator climbs E_q a(c) instead.

    >>> from divkit.games import GAN
    >>> non_saturating(GAN).label
    'D climbs E_p log D + E_q log(1 − D), G climbs what D is paid on P'
    """
    three = None if slopes is None else (*slopes, minus(slopes[0]))
    label = f"D climbs {game.label}, G climbs what D is paid on P"
    return Loss(name or f"{game.name}, non-saturating", label, game, minus(game.on_p), three)


def _falling(c: Tensor) -> Tensor:
    return torch.sigmoid(-c)


def _rising(c: Tensor) -> Tensor:
    return -torch.sigmoid(c)


_GAN_SLOPES = (_falling, _rising)
NON_SATURATING = non_saturating(GAN, "gan", _GAN_SLOPES)
MINIMAX = minimax(GAN, "gan-minimax", _GAN_SLOPES)
WASSERSTEIN = Loss(
    "wgan",
    "D climbs, G descends E_p T − E_q T",
    WGAN,
    torch.neg,
    (torch.ones_like, minus(torch.ones_like), minus(torch.ones_like)),
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
LEAST_SQUARES = Loss(
    "lsgan",
    "D climbs −½E_p(D − 1)² − ½E_q(D + 1)², G descends ½E_q D²",
    RAW_LEAST_SQUARES,
    lambda c: 0.5 * c**2,
    (plus(1.0, torch.neg), plus(-1.0, torch.neg), itself),
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


def _below_one(c: Tensor) -> Tensor:
    return (c < 1).to(c.dtype)


HINGED = Loss(
    "hinge",
    f"D climbs {RAW_HINGE.label}, G climbs E_q D",
    RAW_HINGE,
    torch.neg,
    (_below_one, minus(mirrored(_below_one)), minus(torch.ones_like)),
)


def _half_falling(c: Tensor) -> Tensor:
    return 0.5 * _falling(c)


RELATIVISTIC_PAIR = Loss(
    "relativistic",
    "D climbs E log σ(C(x) − C(y)), G climbs E log σ(C(y) − C(x))",
    RELATIVISTIC,
    minus(logsigmoid),
    (_half_falling, minus(mirrored(_half_falling)), minus(_falling)),
)


def smoothed(amount: float) -> Loss:
    """The GAN with real label 1 − α; the generator climbs E_q log D.

    >>> smoothed(0.1).name
    'label_smoothed(0.1)'
    """
    game = smoothed_gan(amount)
    label = f"D climbs {game.label}, G climbs E_q log D"
    return Loss(game.name, label, game, minus(logsigmoid))


def _further() -> list[tuple[Loss, tuple[str, ...]]]:
    """Every game of the table that names its generator's loss, and has no loss of its own."""
    own = {loss.theorem for loss in _OWN}
    return [
        (trained(game), (name,))
        for name, game in GAMES.items()
        if game.on_g is not None and game not in own
    ]


@remade
@cache
def trained(game: Game) -> Loss:
    """A game of the table, with the generator's loss that it names."""
    if game.on_g is None:
        raise ValueError(f"game {game.name!r} names no loss of a generator: pass on_g to Game.")
    return Loss(game.name, f"D climbs, G descends {game.label}", game, game.on_g)


_OWN = (NON_SATURATING, MINIMAX, WASSERSTEIN, LEAST_SQUARES, HINGED, RELATIVISTIC_PAIR)
_SYSTEMS = {"ideal": "Ideal", "likelihood": "Likelihood", "vae": "VariationalSystem",
            "autoencoder": "Copying"}  # fmt: skip


def _without_critic(name: str) -> str | None:
    if name not in _SYSTEMS:
        return None
    return (
        f"It trains no critic: divkit.gan.train_system(p, divkit.gan.{_SYSTEMS[name]}(…)), or "
        f"`divkit train --game {name}`."
    )


LOSSES: Registry[Loss] = Registry("game", _further, elsewhere=_without_critic)
"""The games that train by name: these, and every game of `GAMES` that has a generator's loss."""

LOSSES.register(NON_SATURATING.name, NON_SATURATING, "non-saturating", "ns-gan")
LOSSES.register(MINIMAX.name, MINIMAX, "minimax")
for _loss in (WASSERSTEIN, LEAST_SQUARES, HINGED):
    LOSSES.register(_loss.name, _loss)
LOSSES.register(RELATIVISTIC_PAIR.name, RELATIVISTIC_PAIR, "rpgan")


def loss_of(name: str) -> Loss:
    """Return the loss of this name."""
    return LOSSES[name]


for _loss in _OWN:
    remember(_loss, loss_of, _loss.name, always=True)
name_functions(globals())
