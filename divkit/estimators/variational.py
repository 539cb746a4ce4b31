r"""Trained critics read by a variational bound: f-GAN and NWJ, Donsker–Varadhan, MINE, SMILE.

A critic's logit l̂ estimates log p − log q. It trains on the GAN's value, or on the f-GAN's of the
divergence, on some folds, and is read on the others:

    f_gan:  E_p T − E_q f*(T), T = f'(e^l̂)            (for KL, NWJ: E_p l̂ + 1 − E_q e^l̂)
    dv:     E_p l̂ − log E_q e^l̂                        (Donsker, Varadhan 1983)
    smile:  E_p l̂ − log E_q e^{l̂ cut to ±clip}          (Song, Ermon 2020; no bound any more)

MINE (Belghazi et al. 2018) is dv read on the rows it was trained on, folds = 1: biased upwards.
What is read on other rows is a lower bound in the mean (f_gan) or nearly (dv), but for smile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch

from divkit.critics import CriticClass, EarlyStopping, LevenbergMarquardt, from_samples, train
from divkit.divergences import KL
from divkit.divergences.base import Divergence, FDivergence
from divkit.estimators.common.outcome import base_divergence
from divkit.estimators.cross_fit import LogRatio, dual_value
from divkit.estimators.cross_fitted import Value, cross_fitted
from divkit.estimators.registry import NotEstimableError
from divkit.games import GAN, Game
from divkit.games.standard import f_gan
from divkit.registry import require_of_use
from divkit.results import Result
from divkit.rng import RandomState, as_generator
from divkit.types import FloatArray, Samples

_STOP_ON = 4


@dataclass(frozen=True)
class CriticReading:
    """A bound that reads a critic: whether of KL alone, and whether its logits are cut."""

    of_kl: bool = False
    cut: bool = False


@dataclass(frozen=True)
class CriticGame:
    """A game that a critic trains on, and whether p and q are alike in it."""

    of: Callable[[FDivergence], Game]
    symmetric: bool = False


_READINGS: Mapping[str, CriticReading] = {
    "f_gan": CriticReading(),
    "dv": CriticReading(of_kl=True),
    "smile": CriticReading(of_kl=True, cut=True),
}
_GAMES: Mapping[str, CriticGame] = {
    "gan": CriticGame(lambda divergence: GAN, symmetric=True),
    "f_gan": CriticGame(f_gan),
}


@dataclass(frozen=True)
class Variational:
    """A trained critic, read by a variational bound.

    Parameters
    ----------
    bound : "f_gan" for any f-divergence, "dv" or "smile" for KL.
    critic : a name or class of `divkit.critics`.
    on : the game it trains on, "gan" or "f_gan".
    folds : of cross-fitting; 1 reads the rows that were trained on.
    clip : of smile, in nats.
    rng : of folds and starts.
    level : of the interval.

    Raises
    ------
    ValueError
        If bound or on is unknown, or clip not positive.
    NotEstimableError
        When called, if the bound is not one for the divergence.

    Examples
    --------
    >>> from divkit import Normal
    >>> from divkit.divergences import KL
    >>> x, y = Normal(0, 1).sample(80, rng=0), Normal(1, 1).sample(80, rng=1)
    >>> found = Variational(critic="linear", folds=2)(x, y, KL)  # truth 0.5
    >>> found.interval[0] < 0.5 < found.interval[1]
    True
    """

    bound: Literal["f_gan", "dv", "smile"] = "f_gan"
    critic: str | CriticClass = "mlp"
    on: Literal["gan", "f_gan"] = "gan"
    folds: int = 3
    clip: float = 5.0
    rng: RandomState = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.bound not in _READINGS or self.on not in _GAMES:
            raise ValueError(
                "bound must be 'f_gan', 'dv' or 'smile', and on 'gan' or 'f_gan'; got "
                f"{self.bound!r}, {self.on!r}."
            )
        if not self.clip > 0:
            raise ValueError(f"clip must be positive; got {self.clip!r}.")
        require_of_use(self, "clip", _READINGS[self.bound].cut, "bound='smile'")

    def __call__(self, x: Samples, y: Samples, divergence: Divergence) -> Result:
        """Return the estimate from x (n, d) of P and y (m, d) of Q."""
        base, reading = base_divergence(divergence, self), _READINGS[self.bound]
        if not reading.of_kl:
            value: Value = dual_value
        elif base.is_same_as(KL):
            clip = self.clip if reading.cut else math.inf
            value = partial(_donsker, clip=clip)
        else:
            raise NotEstimableError(f"{self!r} is a bound on kl; got {divergence!r}.")
        above = 2 * _STOP_ON * self.folds
        return cross_fitted(self, x, y, divergence, above=above, value=value)

    def log_ratio(self, x: FloatArray, y: FloatArray, divergence: FDivergence) -> LogRatio:
        """Return the logit of a critic trained on x (n, d) and y (m, d).

        The GAN's game, in which p and q are alike, takes for p the sample with the innermost
        row, so that a swap changes signs alone.
        """
        rng = as_generator(self.rng)
        if _GAMES[self.on].symmetric and _innermost(y) < _innermost(x):
            opposite = self._trained(y, x, divergence, rng)
            return lambda z: -opposite(z)
        return self._trained(x, y, divergence, rng)

    def _trained(
        self, x: FloatArray, y: FloatArray, divergence: FDivergence, rng: np.random.Generator
    ) -> LogRatio:
        held_x, held_y = (rng.permutation(len(s)) % _STOP_ON == 0 for s in (x, y))
        stop = from_samples(*(torch.from_numpy(s) for s in (x[held_x], y[held_y])))
        points = from_samples(*(torch.from_numpy(s) for s in (x[~held_x], y[~held_y])))
        solver = EarlyStopping(LevenbergMarquardt(steps=200, seconds=30.0), stop, patience=10)
        game = _GAMES[self.on].of(divergence)
        seed = int(rng.integers(2**31))
        done = train(points, critic=self.critic, game=game, maximiser=solver, seed=seed)

        def ratio(z: FloatArray) -> FloatArray:
            with torch.no_grad():
                return np.asarray(done.critic(torch.from_numpy(z)).numpy())

        return ratio


def _innermost(z: FloatArray) -> float:
    """The least squared distance of whitened rows (n, d) from the centre."""
    return float(np.einsum("ij,ij->i", z, z).min())


def _donsker(
    divergence: FDivergence, at_x: FloatArray, at_y: FloatArray, clip: float
) -> tuple[float, float]:
    """E_p l − log E_q e^{l cut to ±clip}, and its standard error by the delta method."""
    del divergence
    cut = np.clip(at_y, -clip, clip)
    top = float(cut.max())
    raised = np.exp(cut - top)
    value = float(at_x.mean()) - math.log(float(raised.mean())) - top
    relative = raised / raised.mean()
    return value, math.sqrt(float(at_x.var()) / len(at_x) + float(relative.var()) / len(at_y))
