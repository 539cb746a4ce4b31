r"""Losses of one's own: two functions of logits, as they stand in people's loops.

    lost_D = critic_loss(D(x), D(G(z))),   lost_G = generator_loss(D(G(z)))

D climbs V = −lost_D. With a theorem, max V = shift + scale · D_f(P‖Q), they make a game whose
bound stands beside V, and the theorem is checked: lost_D must be a mean over real points plus a
mean over fakes, −E_p a(c) − E_q b(c), whose pointwise maximum is the one that is claimed. Without
a theorem V is the number that is climbed and nothing else: no bound is claimed.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import torch

from divkit.divergences import named
from divkit.divergences.base import FDivergence
from divkit.games import Game
from divkit.games.base import Payoff, itself
from divkit.training.losses import LOSSES, Loss
from divkit.types import Tensor

CriticLoss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Outputs on real points (n,) and on fakes (m,) -> what D minimises, a scalar."""
GeneratorLoss: TypeAlias = Callable[..., Tensor]
"""Outputs on fakes (m,), or on real points and on fakes -> what G minimises, a scalar."""

_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class OwnLoss:
    """Two functions without a theorem, each of a whole minibatch; no bound of V is claimed.

    Parameters
    ----------
    critic_loss, generator_loss : see the module.
    name : for printing.

    Raises
    ------
    TypeError
        If one is not callable.
    ValueError
        If one gives no scalar that follows its outputs.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> loss = own_loss(lambda real, fake: fake.mean() - real.mean(), lambda fake: -fake.mean())
    >>> isinstance(loss, OwnLoss), loss.theorem is None
    (True, True)
    """

    critic_loss: CriticLoss
    generator_loss_of: GeneratorLoss
    name: str = "own losses"

    theorem = None
    paired = True  # both kinds of outputs enter at once, of as many points

    def __post_init__(self) -> None:
        for name in ("critic_loss", "generator_loss_of"):
            if not callable(getattr(self, name)):
                said = name.removesuffix("_of")
                raise TypeError(f"{said} must be a function; got {getattr(self, name)!r}.")
        real, fake = (torch.tensor([0.3, -0.2], dtype=torch.float64) for _ in range(2))
        for name, lost in (("critic_loss", self.lost), ("generator_loss", self.answered)):
            ends = (real.clone().requires_grad_(), fake.clone().requires_grad_())
            found = lost(*ends)
            if found.shape or not found.requires_grad or not bool(found.isfinite()):
                raise ValueError(
                    f"{name} must give one finite number that follows D's outputs, as "
                    f"softplus(-fake).mean() does; got {found!r}."
                )

    @property
    def label(self) -> str:
        """Both objectives as they are printed."""
        return "D climbs −critic_loss, G descends generator_loss; no theorem"

    def lost(self, real: Tensor, fake: Tensor) -> Tensor:
        """Loss of D, a scalar, at outputs (n,) and (m,)."""
        return _scalar(self.critic_loss(real, fake))

    def answered(self, real: Tensor, fake: Tensor) -> Tensor:
        """Loss of G, a scalar."""
        wide = len(_positional(self.generator_loss_of)) > 1
        found = self.generator_loss_of(real, fake) if wide else self.generator_loss_of(fake)
        return _scalar(found)

    def value(self, real: Tensor, fake: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """V (...,), each member's by itself; weights are even where this is trained."""
        return -_each(self.lost, real, fake)

    def generator_loss(self, real: Tensor, fake: Tensor, b: Tensor) -> Tensor:
        """Loss of G (...,)."""
        return _each(self.answered, real, fake)

    def climb(self, real: Tensor, fake: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """∂V/∂(outputs) on real and on fake points."""
        up = _slopes(self.lost, real, fake)
        return -up[0], -up[1]

    def descend(self, real: Tensor, fake: Tensor, b: Tensor) -> Tensor:
        """∂/∂(outputs on fakes) of what G descends."""
        return _slopes(self.answered, real, fake)[1]

    def estimate(self, real: Tensor, fake: Tensor, batch: int) -> tuple[float, float | None]:
        """V of minibatches, and its standard error; None where there is but one."""
        count = max(1, min(len(real), len(fake)) // batch)
        pairs = zip(real.tensor_split(count), fake.tensor_split(count), strict=True)
        found = torch.stack([-self.lost(x, y) for x, y in pairs])
        return float(found.mean()), float(found.std()) / math.sqrt(count) if count > 1 else None


AnyLoss: TypeAlias = Loss | OwnLoss
Pays: TypeAlias = str | AnyLoss | tuple[CriticLoss, GeneratorLoss]
"""A game as it is asked for: a name, a loss, or two functions."""


def own_loss(
    critic_loss: CriticLoss,
    generator_loss: GeneratorLoss,
    *,
    divergence: str | FDivergence | None = None,
    shift: float = 0.0,
    scale: float = 1.0,
    optimal: Payoff = itself,
    name: str = "own losses",
) -> AnyLoss:
    """Losses of one's own, with their theorem or without one.

    Parameters
    ----------
    critic_loss : outputs on real points (n,) and on fakes (m,) -> what D minimises, a scalar.
    generator_loss : outputs on fakes, or on real points and on fakes -> what G minimises.
    divergence, shift, scale : the theorem, max over D of −critic_loss = shift + scale · D_f(P‖Q);
        none where no divergence is given, and then no bound is claimed.
    optimal : the best output as a function of log p − log q.
    name : for printing.

    Raises
    ------
    TypeError, ValueError
        If a loss is none, or the theorem does not hold.

    Examples
    --------
    >>> from torch.nn.functional import softplus
    >>> def critic(real, fake):
    ...     return softplus(-real).mean() + softplus(fake).mean()
    >>> own_loss(critic, lambda fake: -fake.mean()).theorem is None
    True
    >>> jensen = own_loss(
    ...     critic, lambda fake: -fake.mean(), divergence="js", scale=2, shift=-2 * math.log(2)
    ... )
    >>> jensen.theorem.bound(0.0)
    -1.3862943611198906
    """
    free = OwnLoss(critic_loss, generator_loss, name)
    if divergence is None:
        return free
    kind = named(divergence) if isinstance(divergence, str) else divergence
    if not isinstance(kind, FDivergence):
        raise ValueError(f"the theorem of a loss is of an f-divergence; got {kind!r}.")
    if len(_positional(generator_loss)) > 1:
        raise ValueError("with a theorem, generator_loss is a function of outputs on fakes alone.")
    _require_means(free)
    half = 0.5 * float(critic_loss(_ZERO, _ZERO))
    label = f"{name}: max over D of −critic_loss is {shift:g} + {scale:g} {kind.name}"
    game = Game(
        name, label, partial(_on_p, critic_loss, half), partial(_on_q, critic_loss, half),
        kind, scale, shift, optimal,
    )  # fmt: skip
    return Loss(name, label, game, partial(_on_g, generator_loss))


def as_loss(game: Pays) -> AnyLoss:
    """The loss of a name, a pair of functions (critic_loss, generator_loss), or one as it is."""
    if isinstance(game, str):
        return LOSSES[game]
    return own_loss(*game) if isinstance(game, tuple) else game


_ZERO = torch.zeros(1, dtype=torch.float64)


def _on_p(lost: CriticLoss, half: float, c: Tensor) -> Tensor:
    return half - _pointwise(lambda x: lost(x, _ZERO.to(x)), c)


def _on_q(lost: CriticLoss, half: float, c: Tensor) -> Tensor:
    return half - _pointwise(lambda x: lost(_ZERO.to(x), x), c)


def _on_g(lost: GeneratorLoss, c: Tensor) -> Tensor:
    return _pointwise(lost, c)


def _pointwise(lost: Callable[[Tensor], Tensor], c: Tensor) -> Tensor:
    """A loss of each output by itself, in the shape of the outputs."""
    found: Tensor = torch.vmap(lambda x: _scalar(lost(x[None])))(c.reshape(-1))
    return found.reshape(c.shape)


def _require_means(loss: OwnLoss) -> None:
    """Check that what D minimises is a mean over real points plus one over fakes, and G's too.

    Raises
    ------
    ValueError
        If it is not: no theorem about the two laws can hold.
    """
    real, fake = (torch.linspace(-2, hi, 7, dtype=torch.float64) for hi in (1.5, 3.0))
    one = torch.stack([loss.lost(c[None], d[None]) for c in real for d in fake]).reshape(7, 7)
    sums = one[:, :1] + one[:1] - one[0, 0]
    answers = torch.stack([loss.answered(real, d[None]) for d in fake])
    pairs = [(one, sums), (loss.answered(real, fake), answers.mean())]
    try:
        pairs += [(loss.lost(real[:n], fake), one[:n].mean()) for n in (7, 3)]
    except RuntimeError:  # it pairs points, which are no means
        pairs = [(one, sums + 1)]
    if not all(torch.allclose(a, b, rtol=_SAME, atol=_SAME) for a, b in pairs):
        raise ValueError(
            "a theorem is about losses that are means over real points and over fakes; these are "
            "none. Leave the divergence out: V is climbed without a bound."
        )


def _scalar(found: Any) -> Tensor:
    """One number as a scalar; anything else as it is."""
    given = torch.as_tensor(found)
    return given.reshape(()) if given.numel() == 1 else given


def _positional(call: Callable[..., Any]) -> list[inspect.Parameter]:
    """Parameters without a default that are given by place; one where they cannot be told."""
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        every = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in every if p.kind in by_place and p.default is p.empty]


def _each(lost: CriticLoss, real: Tensor, fake: Tensor) -> Tensor:
    """A loss of each member's outputs (..., n)."""
    if real.ndim == 1:
        return lost(real, fake)
    return torch.stack([_each(lost, x, y) for x, y in zip(real, fake, strict=True)])


def _slopes(lost: CriticLoss, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """∂lost/∂(outputs) on both kinds of points, each member's."""
    ends = tuple(c.detach().requires_grad_(True) for c in (real, fake))
    with torch.enable_grad():
        total = _each(lost, *ends).sum()
    first, second = torch.autograd.grad(total, ends, materialize_grads=True)
    return first, second
