r"""The JSD between a law p whose density is known and one that can only be drawn from.

For every critic c that was fixed before points were drawn, with σ(t) = 1/(1 + e^{−t}),

    log 2 + ½ E_p[log σ(c)] + ½ E_q[log σ(−c)] ≤ JSD(p‖q),

with equality at c = log p − log q (Goodfellow et al. 2014, equation 6 and theorem 1). The critic
is made on draws of its own in three stages. `LINEAR` is a logistic regression on the coordinates,
their products and log p − log N(x; mean and covariance of q): the log ratio itself where q is
Gaussian, whatever p is. Gradient-boosted trees see the coordinates, log p and what `LINEAR` says.
A last logistic regression, on rows that neither has seen, weighs the two. Off the support of p
the critic is −∞, which is what the log ratio is there.

Fresh points then give the value, and a lower confidence limit by betting (`divkit.betting`) that
is valid for all p and q. Nothing bounds from above what no critic has found, so that the result
is one-sided: JSD is at least the lower end of the interval; its upper end is log 2.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.betting import Batch, lower_limit
from divkit.critics.held_out import mean_payoff, paired_payoffs, payoff_range, squash
from divkit.critics.lower_bound_choice import tune
from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.divergences import JS
from divkit.floats import own_rules
from divkit.games import GAN, Game
from divkit.results import Result, require_level
from divkit.rng import RandomState, as_generator
from divkit.threads import on_one_thread
from divkit.types import FloatArray, Tensor

Draw = Callable[[int, np.random.Generator], Any]
"""Draws n points of a law: (n, d), an array or a tensor."""

_FLAT = 1e-12
"""Share of the largest variance that a direction of q has at least, where points are whitened."""
_PRODUCTS = 32
"""Coordinates up to which all products of two are features; squares alone beyond."""
_LARGEST, _WIDEST = 1e12, 30.0
"""Features are cut at the one, which any critic may do, and logits at the other, for the value."""
_FEWEST = 50
"""Points of q on the support of p from which a critic is fitted there."""


@dataclass(frozen=True)
class SampledJS:
    """A lower limit, and an estimate from below, of the JSD of a law and a sampler.

    Parameters
    ----------
    fakes : draws of each law on which critics are fitted; half as many again weigh them.
    fresh : draws of each law on which the critic is read.
    level : confidence of the lower limit.
    trees : gradient-boosted trees at most; fewer where rows left out stop gaining.

    Raises
    ------
    ValueError
        If a size is too small, or level not in (0, 1).

    Examples
    --------
    >>> from divkit import Normal
    >>> measure = SampledJS(fakes=400, fresh=400, trees=10)
    >>> found = measure(Normal(0, 1), Normal(3, 1).sample, rng=0)
    >>> found.one_sided, found.interval[0] < 0.526
    ('lower', True)
    """

    fakes: int = 20_000
    fresh: int = 20_000
    level: float = 0.95
    trees: int = 150

    def __post_init__(self) -> None:
        for name, least in (("fakes", 200), ("fresh", 100), ("trees", 1)):
            number = getattr(self, name)
            if isinstance(number, bool) or int(number) != number or number < least:
                raise ValueError(f"{name} must be an int of at least {least}; got {number!r}.")
        require_level(self.level)

    @own_rules
    @on_one_thread
    def fitted(self, p: Any, draw: Draw, rng: RandomState = 0) -> SampledCritic:
        """Fit a critic on draws, and read it on others.

        Raises
        ------
        ValueError
            If draws are not (n, d), not finite, or the same whatever rng is given.
        """
        start, random = time.perf_counter(), as_generator(rng)
        law, sizes = as_law(p), (self.fakes, self.fakes // 2, self.fresh)
        fit, weigh, read = (Drawn(law, *draws_of(law, draw, n, random)) for n in sizes)
        _require_fresh(draw, min(weigh.y, read.y, key=len))
        critic = _fitted(fit, weigh, self.trees, int(random.integers(2**31)))
        seen = {"critic": critic.words, "seconds": time.perf_counter() - start}
        return SampledCritic(self, _logits(critic, weigh), _logits(critic, read), seen)

    def __call__(self, p: Any, draw: Draw, rng: RandomState = 0) -> Result:
        """Bound JSD(p‖q) from below, nats: see `fitted`."""
        return self.fitted(p, draw, rng).js()


@dataclass(frozen=True, eq=False)
class SampledCritic:
    """The logits of a fitted critic, which every game can be read from.

    Attributes
    ----------
    made_by : the choices.
    weighed, read : logits at draws of p and of q: those that chose, and fresh ones.
    seen : diagnostics.
    """

    made_by: SampledJS
    weighed: tuple[Tensor, Tensor]
    read: tuple[Tensor, Tensor]
    seen: Mapping[str, Any]

    def js(self) -> Result:
        """JSD from below, nats."""
        found = self.most(GAN)
        low, high = (GAN.implied(end) for end in found.interval)
        return replace(
            found,
            value=GAN.implied(found.value),
            error=found.error / GAN.scale,
            interval=(low, high),
            name=JS.name,
        )

    def most(self, game: Game) -> Result:
        """max V of a game of the laws themselves, from below, up to its last possible value."""
        level, fresh = self.made_by.level, self.made_by.fresh
        weighed, read = (_best_outputs(game, *side) for side in (self.weighed, self.read))
        tuned = tune(game, *weighed, fresh, level)
        kept = (squash(part, tuned.bound, tuned.scale) for part in read)
        paid = Batch(paired_payoffs(game, *kept), *payoff_range(game, tuned.bound), tuned.guess)
        limit = lower_limit([paid], level)
        least, most = (game.bound(end) for end in (game.divergence.at_one, game.divergence.upper))
        value, error = mean_payoff(game, *(squash(part, _WIDEST) for part in read))
        return Result.bound(
            value,
            (min(max(limit, least), most), most),
            repr(self.made_by),
            error=error,
            level=level,
            diagnostics={"estimate": True, "limit": limit, **self.seen},
            name=f"max V of {game.name}",
            unit=game.divergence.unit,
        )


def _best_outputs(game: Game, on_p: Tensor, on_q: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs of a game's best critic at log ratios."""
    return game.optimal(on_p), game.optimal(on_q)


def sampled_js(
    p: Any,
    draw: Draw,
    *,
    rng: RandomState = 0,
    fakes: int = 20_000,
    fresh: int = 20_000,
    level: float = 0.95,
    trees: int = 150,
) -> Result:
    r"""JSD(p‖q) of a law p and of q that can only be drawn from, as a limit from below.

    Parameters
    ----------
    p : whatever `divkit.distributions.as_law` takes.
    draw : `draw(n, rng)` returns n independent points of q, (n, d).
    rng : of all draws.
    fakes, fresh, level, trees : as for `SampledJS`.

    Returns
    -------
    Result
        One-sided: `interval[0]` is a lower confidence limit for all p and q (Waudby-Smith, Ramdas
        2024); the value is what the critic is worth on fresh points, at most JSD in the mean, with
        its standard error.

    Raises
    ------
    TypeError
        If p is no law.
    ValueError
        If draws are not (n, d), not finite, or the same whatever rng is given, or a size is too
        small.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> found = sampled_js(Normal(0, 1), Normal(1, 1).sample, fakes=2000, fresh=2000)
    >>> found.one_sided, found.interval[0] < 0.1114 < found.interval[1]
    ('lower', True)
    """
    return SampledJS(fakes, fresh, level, trees)(p, draw, rng)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws x of p and y of q, (n, d) each."""

    p: Law
    x: FloatArray
    y: FloatArray

    @cached_property
    def inside(self) -> FloatArray:
        """The draws of q at which p has a density."""
        return self.y[log_density(self.p, self.y) > -math.inf]


@dataclass(frozen=True, eq=False)
class Views:
    """Features of points, from the law p and the moments of draws of q.

    Attributes
    ----------
    p : the known law.
    centre, axes : (d,), (d, d): (x − centre) @ axes are coordinates in which q is white.
    constant : the log density at its mean of the Gaussian with q's moments.
    """

    p: Law
    centre: FloatArray
    axes: FloatArray
    constant: float

    @classmethod
    def of(cls, p: Law, y: FloatArray) -> Views:
        """From draws y (n, d) of q."""
        variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(y, rowvar=False)))
        largest = float(variances[-1]) or 1.0
        kept = np.maximum(variances, _FLAT * largest)
        constant = -0.5 * float(np.log(2 * math.pi * kept).sum())
        return cls(p, y.mean(axis=0), axes / np.sqrt(kept), constant)

    def linear(self, x: FloatArray) -> FloatArray:
        """Coordinates, products of two, log p − log Gaussian, (n, k), at points where p > 0."""
        z = (x - self.centre) @ self.axes
        d = z.shape[1]
        i, j = np.triu_indices(d) if d <= _PRODUCTS else (np.arange(d),) * 2
        return _cut(np.column_stack([z, z[:, i] * z[:, j], self._against(x, z)]))

    def plain(self, x: FloatArray) -> FloatArray:
        """Coordinates, log p, log p − log Gaussian, (n, d + 2)."""
        z = (x - self.centre) @ self.axes
        return _cut(np.column_stack([x, log_density(self.p, x), self._against(x, z)]))

    def _against(self, x: FloatArray, z: FloatArray) -> FloatArray:
        gaussian = self.constant - 0.5 * np.square(z).sum(axis=1)
        return np.asarray(log_density(self.p, x) - gaussian)


class WeighedCritic:
    """A critic: log p − log q, as far as it was found."""

    def __init__(self, views: Views, linear: Any, trees: Any, weights: Any) -> None:
        self.views, self._linear, self._trees, self._weights = views, linear, trees, weights
        self.words = f"linear and {trees.n_iter_} trees"

    def __call__(self, x: FloatArray) -> FloatArray:
        """Logits (n,) at points (n, d): −∞ where p is 0."""
        out = np.full(len(x), -math.inf)
        inside = log_density(self.views.p, x) > -math.inf
        if inside.any():
            parts = scores(self.views, self._linear, self._trees, x[inside])
            out[inside] = self._weights.decision_function(parts)
        return out


@dataclass(frozen=True)
class SupportIndicator:
    """The critic of laws that barely overlap: one logit on the support of p, −∞ off it."""

    p: Law
    logit: float
    words: str = "indicator of the support"

    def __call__(self, x: FloatArray) -> FloatArray:
        """Logits (n,)."""
        return np.where(log_density(self.p, x) > -math.inf, self.logit, -math.inf)


def _fitted(fit: Drawn, weigh: Drawn, trees: int, seed: int) -> WeighedCritic | SupportIndicator:
    """Fit both critics on the first draws and weigh them on the second."""
    if min(len(fit.inside), len(weigh.inside)) < _FEWEST:
        return SupportIndicator(fit.p, math.log(len(fit.x) / (len(fit.inside) + 1)))
    from sklearn.ensemble import HistGradientBoostingClassifier

    views = Views.of(fit.p, fit.inside)
    linear = _logistic(views.linear(fit.x), views.linear(fit.inside))
    shown = [shown_to_trees(views, linear, x) for x in (fit.x, fit.inside)]
    boosted = HistGradientBoostingClassifier(
        max_iter=trees, l2_regularization=1.0, early_stopping=True, random_state=seed
    ).fit(np.concatenate(shown), _labels(*shown))
    weights = _logistic(*(scores(views, linear, boosted, x) for x in (weigh.x, weigh.inside)))
    return WeighedCritic(views, linear, boosted, weights)


def shown_to_trees(views: Views, linear: Any, x: FloatArray) -> FloatArray:
    """Features of points for trees, the logit of the linear critic last."""
    line = linear.decision_function(views.linear(x))
    return np.column_stack([views.plain(x), _cut(line)])


def scores(views: Views, linear: Any, boosted: Any, x: FloatArray) -> FloatArray:
    """The logits of the two critics, (n, 2)."""
    shown = shown_to_trees(views, linear, x)
    return np.column_stack([shown[:, -1], boosted.decision_function(shown)])


def _logistic(on_p: FloatArray, on_q: FloatArray) -> Any:
    """Logistic regression of P against Q, each draw of the same weight.

    It need not have converged to be a critic.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e4, solver="newton-cholesky"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(np.concatenate([on_p, on_q]), _labels(on_p, on_q))


def _labels(on_p: FloatArray, on_q: FloatArray) -> FloatArray:
    return np.concatenate([np.ones(len(on_p)), np.zeros(len(on_q))])


def _logits(critic: WeighedCritic | SupportIndicator, rows: Drawn) -> tuple[Tensor, Tensor]:
    """The critic's logits at draws of p and of q."""
    return torch.from_numpy(critic(rows.x)), torch.from_numpy(critic(rows.y))


def draws_of(
    p: Law, draw: Draw, n: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """n points of each law.

    Raises
    ------
    ValueError
        If those of q are not (n, d), or one is not finite.
    """
    x = p.sample(n, rng).numpy()
    drawn = draw(n, rng)
    if isinstance(drawn, np.ma.MaskedArray):
        raise ValueError("draw(n, rng) returned a masked array: return the points alone.")
    if torch.is_complex(drawn) if isinstance(drawn, torch.Tensor) else np.iscomplexobj(drawn):
        raise TypeError("draw(n, rng) must return real points; got complex ones.")
    y = torch.as_tensor(drawn).detach().to("cpu", torch.float64).numpy()
    y = y[:, None] if y.ndim == 1 and p.dim == 1 else y
    if y.shape != (n, p.dim):
        raise ValueError(f"draw({n}, rng) must be ({n}, {p.dim}); got {y.shape}.")
    if not np.isfinite(y).all():
        raise ValueError("draw(n, rng) returned a point that is not finite.")
    return x, y


def _require_fresh(draw: Draw, y: FloatArray) -> None:
    """Raise if draws come again whatever rng is given, unless few values explain it."""
    if 2 * len(np.unique(y, axis=0)) <= len(y):
        return
    again = torch.as_tensor(draw(len(y), np.random.default_rng((len(y), 1))))
    if np.array_equal(again.detach().to("cpu", torch.float64).numpy().reshape(y.shape), y):
        raise ValueError(
            f"draw({len(y)}, rng) gave the same points for another rng: limits need fresh ones. "
            "Draw with the rng that is given, as lambda n, rng: rng.normal(size=(n, 2)) does."
        )


def log_density(p: Law, x: FloatArray) -> FloatArray:
    """log p (n,) at points (n, d)."""
    return np.asarray(p.log_prob(x))


def _cut(features: FloatArray) -> FloatArray:
    return np.clip(features, -_LARGEST, _LARGEST)
