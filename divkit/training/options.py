"""Options of a training: every choice a frozen value, checked when it is made."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypedDict

import torch

from divkit.choices import choice_of, require_among, require_default
from divkit.critics.devices import require_device
from divkit.plain import require_count, require_positive
from divkit.registry import did_you_mean
from divkit.training.optimisers import AdamOptimiser, Moments, Optimiser
from divkit.training.state import OutOfRangeError, State
from divkit.training_config import CRITICS, Schedule
from divkit.types import Tensor

_CRITICS: Mapping[str, bool] = {CRITICS: True}


def _linear(start: float, stop: float, s: float) -> float:
    return start + (stop - start) * s


def _cosine(start: float, stop: float, s: float) -> float:
    return _linear(start, stop, 0.5 * (1 - math.cos(math.pi * s)))


def _geometric(start: float, stop: float, s: float) -> float:
    return start * math.pow(stop / start, s)


SHAPES: Mapping[str, Callable[[float, float, float], float]] = {
    "linear": _linear,
    "cosine": _cosine,
    "geometric": _geometric,
}
"""From (start, stop, s) the number at a share s in [0, 1] of a ramp."""


@dataclass(frozen=True)
class Ramp:
    """A number that changes over a training, at a share t of its steps, from start to stop.

    Attributes
    ----------
    at : the share at which `stop` is reached.
    shape : "linear", "cosine" (eases in and out) or "geometric" (equal factors).

    Raises
    ------
    ValueError
        If `at` is not in (0, 1], the shape is not known, an end is not finite, or a geometric
        ramp meets 0.

    Examples
    --------
    >>> [Ramp(1.0, 0.0)(t) for t in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """

    start: float
    stop: float
    at: float = 1.0
    shape: str = "linear"

    def __post_init__(self) -> None:
        if not 0 < self.at <= 1:
            raise ValueError(f"at must be in (0, 1]; got {self.at!r}.")
        if self.shape not in SHAPES:
            raise ValueError(f"shape must be linear, cosine or geometric; got {self.shape!r}.")
        if not (math.isfinite(self.start) and math.isfinite(self.stop)):
            raise ValueError(f"the ends of a ramp must be finite; got {self!r}.")
        if SHAPES[self.shape] is _geometric and min(self.start, self.stop) <= 0:
            raise ValueError(f"a geometric ramp needs positive ends; got {self!r}.")

    def __call__(self, t: float) -> float:
        """The number at a share t in [0, 1]."""
        return SHAPES[self.shape](self.start, self.stop, min(t / self.at, 1.0))


def at(amount: float | Ramp, t: float) -> float:
    """An amount at a share t of a training."""
    return amount(t) if isinstance(amount, Ramp) else amount


@dataclass(frozen=True)
class Penalties:
    """Penalties taken from V for steep critics, and bounds of weights.

    Attributes
    ----------
    r1, r2 : γ of ½γE|∇f|² on real points and on fakes (Mescheder et al. 2018, equation 9).
    gradient : λ of λE(|∇f| − 1)² between them (Gulrajani et al. 2017, equation 3).
    clip : every weight is cut to ±clip after each step of D (Arjovsky et al. 2017, algorithm 1).
    spectral : each weight matrix is divided by its largest singular value (Miyato et al. 2018).

    Raises
    ------
    ValueError
        If a number is negative, or clip is not positive.

    Examples
    --------
    >>> Penalties(r1=1.0).r1
    1.0
    """

    r1: float | Ramp = 0.0
    r2: float | Ramp = 0.0
    gradient: float = 0.0
    clip: float | None = None
    spectral: bool = False

    def __post_init__(self) -> None:
        for name in ("r1", "r2", "gradient"):
            amount = getattr(self, name)
            ends = (amount.start, amount.stop) if isinstance(amount, Ramp) else (amount,)
            if not all(0 <= end < math.inf for end in ends):
                raise ValueError(f"{name} must be at least 0; got {amount!r}.")
        if self.clip is not None and not 0 < self.clip < math.inf:
            raise ValueError(f"clip must be positive, or None; got {self.clip!r}.")


@dataclass(frozen=True)
class Options(Schedule):
    """The choices of a training that are not the game, the generator or the critic.

    Attributes
    ----------
    steps : of the generator.
    batch : real points, and fakes, of a step.
    seeds : one run each, all trained as one batched computation.
    n_critic : steps of D for one of G.
    order : "alternating" (G answers the new D), "simultaneous" (both move from one state) or
        "extragradient" (both move with the slopes at the end of a trial step).
    generator_rate, critic_rate : the optimisers.
    decay : factor on both rates, over the training.
    penalties : R1, R2, gradient penalty, clipping, spectral norm.
    noise : standard deviation of what is added to real points and fakes (instance noise).
    unroll, unroll_rate : steps of D that G looks ahead, and their size (Metz et al. 2017).
    average : decay of the moving average of G's parameters; 0 keeps none.
    dtype, device : float64 on the processor by default.

    Raises
    ------
    ValueError
        If a number is out of its range, the device is not here, or an option would do nothing.

    Examples
    --------
    >>> Options(steps=100, batch=64).n_critic
    1
    """

    generator_rate: Optimiser = field(default_factory=AdamOptimiser)
    critic_rate: Optimiser = field(default_factory=AdamOptimiser, metadata=_CRITICS)
    decay: Ramp = Ramp(1.0, 1.0)
    penalties: Penalties = field(default=Penalties(), metadata=_CRITICS)
    noise: Ramp = field(default=Ramp(0.0, 0.0), metadata=_CRITICS)
    dtype: torch.dtype = torch.float64

    def __post_init__(self) -> None:
        for each in fields(Schedule):
            made = choice_of(each)
            if made is not None and made.least is not None:
                require_count(each.name, getattr(self, each.name), made.least)
        if not self.seeds or any(isinstance(s, bool) or int(s) != s or s < 0 for s in self.seeds):
            raise ValueError(f"seeds must be ints of at least 0; got {self.seeds!r}.")
        require_among(self)
        if self.simultaneous and (self.n_critic > 1 or self.unroll):
            raise ValueError(f"order={self.order!r} moves both sides once: n_critic=1, unroll=0.")
        if not 0 <= self.average < 1:
            raise ValueError(f"average must be in [0, 1); got {self.average!r}.")
        for name in ("noise", "decay"):
            ramp = getattr(self, name)
            if min(ramp.start, ramp.stop) < 0:
                raise ValueError(f"{name} must be at least 0; got {ramp!r}.")
        require_positive("unroll_rate", self.unroll_rate)
        if not self.unroll and self.unroll_rate != Schedule.unroll_rate:
            raise ValueError(
                f"unroll_rate = {self.unroll_rate!r} is the size of steps ahead, and unroll=0 "
                "takes none. Give unroll=1 or more, or leave unroll_rate out."
            )
        if self.dtype not in (torch.float32, torch.float64):
            raise ValueError(f"dtype must be torch.float32 or torch.float64; got {self.dtype!r}.")
        require_device(self.device)


class OptionFields(TypedDict, total=False):
    """The fields of `Options`, as `train_gan` and `train_system` take them by keyword.

    `noise` is not among them: `train_gan` has it as a parameter, and a system takes none.

    See Also
    --------
    Options : which says what each is.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> short = OptionFields(steps=2, batch=16)
    >>> [step.index for step in train_gan(Normal(1, 1), **short)]
    [0, 2]
    """

    steps: int
    batch: int
    seeds: tuple[int, ...]
    n_critic: int
    order: Literal["alternating", "simultaneous", "extragradient"]
    unroll: int
    unroll_rate: float
    average: float
    device: str
    generator_rate: Optimiser
    critic_rate: Optimiser
    decay: Ramp
    penalties: Penalties
    dtype: torch.dtype


def descended(
    state: State,
    options: Options,
    slope: Tensor,
    critic: Tensor,
    critic_moments: Moments = (),
    **advice: str,
) -> State:
    """The state after a step of G down `slope` (E, P), beside what became of the critic.

    Raises
    ------
    OutOfRangeError
        If a parameter leaves the range; with the advice, where it is given.
    """
    k, rule = state.step, options.generator_rate
    rate = options.decay(k / options.steps) * rule.rate
    theta, moments = rule.step(state.generator, slope, state.generator_moments, k + 1, rate)
    moved = State(k, theta, critic, state.average, moments, critic_moments)
    return settled(moved, options, state.average, **advice)


def settled(moved: State, options: Options, average: Tensor, **advice: str) -> State:
    """The state at the end of a step that moved both sides, G's average with it.

    Raises
    ------
    OutOfRangeError
        If a parameter leaves the range; with the advice, where it is given.
    """
    kept, theta = options.average, moved.generator
    mean = torch.lerp(theta, average, kept) if kept else theta
    after = replace(moved, step=moved.step + 1, average=mean)
    if not after.finite:
        raise OutOfRangeError(after.step, "a parameter", **advice)
    return after


def require_no_critic(options: Options, what: str) -> None:
    """Check that no choice of the critic's is made.

    Raises
    ------
    ValueError
        If one is: it would do nothing.
    """
    require_default(
        options,
        CRITICS,
        lambda name, value: f"{name} is a critic's, and {what} has none; got {value!r}.",
    )


def chosen(options: Options | None, choices: Mapping[str, Any]) -> Options:
    """The options, or the defaults, with the fields that are named in `choices` changed.

    Raises
    ------
    TypeError
        If a choice is no option.
    """
    known = {field.name for field in fields(Options)}
    for name in choices:
        if name not in known:
            near = did_you_mean([name], known)
            raise TypeError(f"unknown option {name!r}{near}; known: {', '.join(sorted(known))}.")
    return replace(Options() if options is None else options, **choices)
