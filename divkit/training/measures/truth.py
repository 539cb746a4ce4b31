"""The divergences between the data and a generator, exact where its law is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.callable.law import CallableLaw
from divkit.distributions.compose.product import Product
from divkit.distributions.support import Singular
from divkit.divergences import JS
from divkit.divergences.base import Divergence
from divkit.exact.api import divergence
from divkit.exact.calculating import calculates
from divkit.exact.method import NotApplicableError
from divkit.exact.monte_carlo.method import QuasiMonteCarlo
from divkit.games import Game
from divkit.generators.generator import Generator, UnknownLawError
from divkit.results import NotANumberError, Result
from divkit.training.measures.held_rows import HeldRows, estimated
from divkit.training.measures.lifted import lifted as together
from divkit.training.measures.lifted import most_by_draws
from divkit.training.measures.sampled import SampledCritic, SampledJS
from divkit.training.own_loss import AnyLoss
from divkit.types import Tensor

_POINTS = QuasiMonteCarlo(n=2**10)
"""Of a flow's density: 2¹⁴ in all, a second's worth, and errors of some 3e-4."""


@dataclass(frozen=True)
class Truth:
    """Divergences of p from the law of a generator.

    Parameters
    ----------
    kinds : divergences beside JSD, each where the exact engine has it.
    estimate : of the JSD from below, where no density is known.

    Examples
    --------
    >>> from divkit.divergences import KL
    >>> Truth(kinds=(KL,)).kinds[0].name
    'kl'
    """

    kinds: tuple[Divergence, ...] = ()
    estimate: SampledJS = field(default_factory=SampledJS)

    def known(
        self, p: Law, generator: Generator, theta: Tensor, rng: np.random.Generator
    ) -> KnownJS:
        """JSD, and how it is known: by the generator's law, or by a critic on its draws."""
        wide = theta.detach().to("cpu", torch.float64)

        def sample(n: int, stream: np.random.Generator) -> Tensor:
            return fresh_fakes(generator, wide, n, stream)

        if isinstance(p, HeldRows):
            return KnownJS(estimated(p, sample, rng), None)
        law = law_or_none(generator, theta)
        exact = None if law is None else exact_or_none(p, law, JS)
        if exact is not None:
            return KnownJS(exact, law)
        critic = self.estimate.fitted(p, sample, rng)
        return KnownJS(critic.js(), law, critic)

    def others(self, p: Law, law: Law | None) -> dict[str, Result]:
        """The divergences of `kinds` that the exact engine has."""
        if law is None:
            return {}
        found = {kind.name: exact_or_none(p, law, kind) for kind in self.kinds}
        return {name: result for name, result in found.items() if result is not None}


@dataclass(frozen=True, eq=False)
class KnownJS:
    """The JSD of p and a generator, with the law or the critic that it is of."""

    js: Result
    law: Law | None
    critic: SampledCritic | None = None


def fresh_fakes(generator: Generator, theta: Tensor, n: int, rng: np.random.Generator) -> Tensor:
    """n points (n, d) of a generator, of equal weight: drawn by weight where weights differ."""
    with torch.no_grad():
        x, weight = generator.push(theta, generator.draw(n, rng).to(theta))
    if len(x) == n and bool((weight == weight[0]).all()):
        return x
    share = weight.double().numpy()
    at = rng.choice(len(x), size=n, p=share / share.sum())
    return x[torch.from_numpy(at)]


def law_or_none(generator: Generator, theta: Tensor) -> Law | None:
    """The law of a generator; None where it is not known, or has no density at this θ.

    Raises
    ------
    NotANumberError
        If its parameters are so large that what the law is made of overflows.
    """
    try:
        with np.errstate(over="raise", invalid="raise"):
            return generator.law(theta)
    except UnknownLawError:
        return None
    except FloatingPointError as fault:
        raise NotANumberError(f"the generator's law leaves the floats: {fault}") from fault


def exact_or_none(p: Law, q: Law, kind: Divergence) -> Result | None:
    """The engine's answer, by draws of both densities if need be; None where no method applies.

    Where the density is another library's, and dear, draws come before boxes.
    """
    for method in (_POINTS, "auto") if is_dear(q) else ("auto",):
        try:
            return divergence(p, q, kind, method=method)
        except NotApplicableError:
            continue
    return None


def is_dear(law: Law) -> bool:
    """Whether the density is another library's, in the plane or beyond: a flow's, most often."""
    return isinstance(law, CallableLaw)


def entering(loss: AnyLoss, p: Law, q: Law, pack: int) -> tuple[Law, Law]:
    """The laws that enter a loss: pairs, packs, or p and q themselves."""
    if pack > 1:
        p, q = Product((p,) * pack), Product((q,) * pack)
    return loss.theorem.lifting.laws(p, q) if isinstance(loss.theorem, Game) else (p, q)


def bound(
    loss: AnyLoss, p: Law, known: KnownJS, *, pack: int = 1, slope: float | None = None
) -> Result | None:
    """The most that V can be against this generator, with its error; None where it is not known.

    A Wasserstein critic's needs its slope to be known: spectral norm gives it, a penalty does not.
    Where quadratures of a network do not reach, as for pairs and packs, it comes from draws, with
    a standard error, or, as of a law that can only be drawn from, as a limit from below.
    """
    game, law, lifted = loss.theorem, known.law, pack > 1 or loss.paired
    if game is None or isinstance(p, HeldRows):  # no law is known, so that no bound is
        return None
    name = f"max V of {loss.name}"
    if not isinstance(game, Game):
        if law is None or slope is None:
            return None
        found = exact_or_none(*entering(loss, p, law, pack), game.divergence)
        return None if found is None else _carried(found, slope * game.scale, game.shift, name)
    if JS.is_same_as(game.divergence) and not lifted:
        return _carried(known.js, game.scale, game.shift, name)
    found = None if law is None else _of_game(loss, game, p, law, pack)
    if found is not None:
        return _carried(found, game.scale, game.shift, name)
    if law is not None and calculates(law):
        return replace(most_by_draws(game, *entering(loss, p, law, pack)), name=name)
    if known.critic is None:
        return None
    critic = together(known.critic, loss.paired, pack) if lifted else known.critic
    return replace(critic.most(game), name=name)


def _of_game(loss: AnyLoss, game: Game, p: Law, law: Law, pack: int) -> Result | None:
    """The divergence of a game's theorem between what enters it."""
    kind = game.divergence
    if isinstance(law.support, Singular):
        return exact_or_none(p, law, kind)
    if calculates(law) and (pack > 1 or loss.paired):
        return None
    return exact_or_none(*entering(loss, p, law, pack), kind)


def _carried(found: Result, scale: float, shift: float, name: str) -> Result:
    return replace(found, diagnostics={}).affine(scale, shift, name=name)
