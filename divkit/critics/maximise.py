r"""max_D V by training D, with an account of every nat that is missing.

`maximise_value` trains a critic of a class on the population objective of two known laws, or on
samples of them, and measures what it reached with the known densities: V(D) itself, the gap
V* − V(D) as the integral of pointwise losses, its agreement with the difference of the exact V*
and V(D), how far D is from D*, and the budget of `divkit.critics.budget`. Of samples of unknown
laws it tells what can still be promised (`divkit.critics.unknown`).
"""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any

import torch

from divkit.critics.budget import Account
from divkit.critics.classes import critic_class
from divkit.critics.devices import require_device
from divkit.critics.judge_nodes import Verdict
from divkit.critics.judging import judges
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.model import CriticClass
from divkit.critics.points import WeightedPoints, from_samples
from divkit.critics.population import training_points
from divkit.critics.samples import rows
from divkit.critics.steps import Maximiser
from divkit.critics.trace import maximiser_of
from divkit.critics.training import Trained, train
from divkit.critics.unknown import Split, from_unknown
from divkit.distributions.base import Law
from divkit.exact.api import divergence, pair
from divkit.floats import own_rules
from divkit.games import Game, game_of
from divkit.results import Result
from divkit.rng import spawn
from divkit.threads import on_one_thread
from divkit.types import STANDARD_ERROR, Samples

__all__ = ["maximise_value", "train"]

_LEVEL = 0.95

_ORIGIN = "population"
_NEWTON = LevenbergMarquardt(300, 30.0, tolerance=1e-14)


@own_rules
@on_one_thread
def maximise_value(
    p: Any = None,
    q: Any = None,
    *,
    critic: str | CriticClass | torch.nn.Module = "mlp",
    on: str | int | tuple[Samples, Samples] = _ORIGIN,
    game: str | Game = "gan",
    maximiser: str | Maximiser | None = None,
    seed: int = 0,
    account: bool | str | Maximiser = True,
    device: str = "cpu",
    split: Split | None = None,
    level: float = _LEVEL,
) -> Result:
    """Train D on the population of p and q, or on samples, and account for the gap to max V.

    Parameters
    ----------
    p, q : laws, or objects that `divkit.as_law` takes; both omitted if they are unknown.
    critic : a name ("mlp", "quadratic", "spline", "kernel", …), a class, or a torch module.
    on : "population"; a number of draws from each law; or a pair (x, y) of samples, (n, d) and
        (m, d), which is all that is needed of unknown laws.
    game : a name or a Game; "gan" is V = E_p log D + E_q log(1 − D).
    maximiser : by default Levenberg–Marquardt, at most 300 steps and 30 s; a name ("lm", "lbfgs",
        "adam") or an object.
    seed : of the start of D, and of the draws.
    account : whether to find the best critic of the class too, by Levenberg–Marquardt of at most
        300 steps and 30 s a start, and split the gap; or the maximiser to find it by.
    device : where training runs, such as "cuda"; critics are judged on the CPU.
    split : of samples of unknown laws, how rows are shared out to train, to validate and to test.
    level : confidence of the interval where V is known by draws alone: of unknown laws, and of
        laws whose nodes are draws. An interval by quadrature has level 1.

    Returns
    -------
    Result
        V(D) in nats as judged on the population. Diagnostics: `v_star` and its error, `gap` (by
        the pointwise integral), `gap_error`, `gap_by_difference` and its error, `l2`, `sup`,
        `budget` (a `Budget`), `critic` (a `TrainedCritic`), `steps`, `how`, `seconds`.
        Of unknown laws: V(D) on the test rows; see `divkit.critics.unknown.from_unknown`.

    Raises
    ------
    ValueError
        If max V is infinite (its divergence is), or V(D) is; dimensions differ, a sample is empty
        or not finite, the critic is NaN where a law has mass, one law alone is given, or there is
        no such device.
    TypeError
        If an argument is of another type.
    DivergedError
        If V stops being finite in training; its `last` is the last good step.

    See Also
    --------
    divkit.gan_value : max V itself, without a critic.
    divkit.critics.train : a critic of any class.
    divkit.train_gan : a generator against it.
    divkit.estimate : from samples, with an interval.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> result = maximise_value(Normal(0, 1), Normal(1, 1), critic="logistic")
    >>> round(result.value, 12), result.diagnostics["gap"] < 1e-15
    (-1.16345139675, True)
    """
    began, played = time.perf_counter(), game_of(game)
    require_device(device)
    kind = critic_class(critic)
    solver = None if maximiser is None else maximiser_of(maximiser)
    accountant = _accountant(account)
    if not isinstance(level, (int, float)) or not 0 < level < 1:
        raise ValueError(f"level must be a number in (0, 1); got {level!r}.")
    if split is not None and not isinstance(split, Split):
        raise TypeError(f"split must be a divkit.critics.Split; got {split!r}.")
    if p is None and q is None:
        given = _given(on, "without p and q, on must be a pair of samples (x, y)")
        return from_unknown(*given, kind, played, solver, seed, device, split or Split(), level)
    if p is None or q is None:
        raise ValueError("p and q must both be given, or both be omitted with on=(x, y).")
    if split is not None:
        raise ValueError("split shares out samples of unknown laws; leave it out, or p and q.")
    known = Known(*pair(p, q), played, level)
    population = training_points(*known.entering)
    points = population if on == _ORIGIN else known.samples(on, seed)
    trained = train(
        points.to(device), critic=kind, game=played, maximiser=solver or _NEWTON, seed=seed
    )
    if points is population:
        trained = dataclasses.replace(trained, points=population)
    result = known.result(trained, population, accountant)
    notes = {**result.diagnostics, "seed": seed, "seconds": time.perf_counter() - began}
    return dataclasses.replace(result, diagnostics=notes)


def _accountant(account: bool | str | Maximiser) -> Maximiser | None:
    if isinstance(account, bool):
        return _NEWTON if account else None
    return maximiser_of(account, "account")


def _given(on: Any, wanted: str) -> tuple[Samples, Samples]:
    if not isinstance(on, (tuple, list)) or len(on) != 2:
        came = repr(on) if isinstance(on, (str, int, float)) else f"a {type(on).__name__}"
        raise ValueError(f"{wanted}; got {came}. Give the laws, or the samples.")
    return on[0], on[1]


class Known:
    """Two known laws in a game: V*, samples, and results."""

    def __init__(self, p: Law, q: Law, game: Game, level: float = _LEVEL) -> None:
        self.p, self.q, self.game, self.level = p, q, game, level
        self.entering = game.lifting.laws(p, q)
        self.exact = divergence(*self.entering, game.divergence)
        if math.isinf(self.exact.value):
            reason = self.exact.reason or "it diverges"
            raise ValueError(
                f"max V of game {game!r} is infinite here, since {game.divergence} is: {reason}. "
                "Take a game of a bounded divergence, such as 'gan'."
            )

    @property
    def star(self) -> tuple[float, float]:
        """V* and its error."""
        return self.game.bound(self.exact.value), abs(self.game.scale) * self.exact.error

    def samples(self, on: Any, seed: int) -> WeightedPoints:
        """The sample objective of given samples, or of a number of fresh draws."""
        if isinstance(on, str):
            raise ValueError(f"on must be 'population', a number or (x, y); got {on!r}.")
        if isinstance(on, int) and not isinstance(on, bool):
            if on < 1:
                raise ValueError(f"on must be at least 1 draw from each law; got {on}.")
            a, b = spawn(seed, 2)
            x, y = self.p.sample(on, a), self.q.sample(on, b)
        else:
            given = _given(on, "on must be 'population', a number or a pair of samples (x, y)")
            x, y = (rows(s, n, dim=self.p.dim) for s, n in zip(given, ("x", "y"), strict=True))
        return from_samples(*self.game.lifting.samples(x, y))

    def result(
        self, trained: Trained, population: WeightedPoints, solver: Maximiser | None
    ) -> Result:
        """Return the judges' measures of a critic; with a solver, the budget too."""
        first, second = judges(*self.entering, self.game)
        verdict, (star, star_error) = first(trained.critic), self.star
        self._require_finite(verdict)
        notes: dict[str, Any] = {
            "v_star": star,
            "v_star_error": star_error,
            "gap": verdict.gap,
            "gap_error": verdict.gap_error,
            "gap_by_difference": star - verdict.value,
            "gap_by_difference_error": star_error + verdict.value_error,
            "l2": verdict.l2,
            "sup": verdict.sup,
            "critic": trained.critic,
            "steps": trained.last.index,
            "how": trained.last.how,
            "nodes": verdict.nodes,
        }
        if solver is not None:
            account = Account(trained, population, self.game, star, star_error, second, solver)
            notes["budget"] = account.budget(verdict)
        label = f"V({self.game!r}) of {trained.critic.label} on {trained.points.origin}"
        return self._assembled(verdict, label, notes)

    def _require_finite(self, verdict: Verdict) -> None:
        numbers = (verdict.value, verdict.value_error, verdict.gap, verdict.gap_error)
        if not all(map(math.isfinite, numbers)):
            raise ValueError(
                f"V(D) is {verdict.value:g} and V* − V(D) is {verdict.gap:g} in game "
                f"{self.game!r}: the payoffs of this critic overflow where the laws have mass. "
                "Bound its outputs (divkit.critics.Squashed), or take a game of bounded payoffs, "
                "such as 'lsgan'."
            )

    def _assembled(self, verdict: Verdict, label: str, notes: dict[str, Any]) -> Result:
        """V(D) by the computation of smaller error: direct, or V* less the gap."""
        star, star_error = self.star
        value, error, kind = verdict.value, verdict.value_error, verdict.kind
        if star_error + verdict.gap_error < error:
            value, error = star - verdict.gap, star_error + verdict.gap_error
            kind = verdict.kind if star_error <= verdict.gap_error else self.exact.kind
        name = f"{self.game.name} value"
        if kind != STANDARD_ERROR:
            return Result.exact(value, error, kind, label, name=name, **notes)
        return Result.normal(value, error, label, level=self.level, name=name, diagnostics=notes)
