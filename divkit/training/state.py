"""The whole state of a training, and the errors of one that leaves the range of the floats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from divkit.training.optimisers import Moments
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class State:
    """The state after `step` steps of G, as checkpoints hold it. The step is the random state.

    Attributes
    ----------
    generator, critic : parameters (E, P) of each member.
    average : the moving average of the generator's; the same tensor where none is kept.
    generator_moments, critic_moments : what the optimisers remember.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> last = [*train_gan(Normal(1, 1), steps=2, batch=8, every=1)][-1]
    >>> last.state.step, last.state.generator.shape
    (2, torch.Size([1, 2]))
    """

    step: int
    generator: Tensor
    critic: Tensor
    average: Tensor
    generator_moments: Moments
    critic_moments: Moments

    @property
    def theta(self) -> Tensor:
        """The generator's parameters (E, P) that are measured: averaged where that is asked."""
        return self.average

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by name."""
        named = {"generator": self.generator, "critic": self.critic, "average": self.average}
        named |= {f"generator_moments.{k}": t for k, t in enumerate(self.generator_moments)}
        return named | {f"critic_moments.{k}": t for k, t in enumerate(self.critic_moments)}

    def to(self, device: str | torch.device) -> State:
        """The same state on another device."""
        return from_tensors(self.step, {k: t.to(device) for k, t in self.tensors().items()})

    def require_start_of(self, fresh: State, steps: int | None) -> None:
        """Refuse a state from which a training of `steps` that starts as `fresh` cannot go on.

        Raises
        ------
        ValueError
            If it is beyond the last step, or a tensor's name, shape or dtype is another.
        """
        if steps is not None and not 0 <= self.step <= steps:
            raise ValueError(f"it is at step {self.step}, beyond the run's {steps} steps")
        mine, theirs = (
            {name: (tuple(t.shape), t.dtype) for name, t in state.tensors().items()}
            for state in (self, fresh)
        )
        for name in sorted({*mine, *theirs}):
            if mine.get(name) != theirs.get(name):
                raise ValueError(
                    f"its {name} is {mine.get(name, 'absent')} where this training has "
                    f"{theirs.get(name, 'none')}"
                )

    @property
    def finite(self) -> bool:
        """Whether every parameter is, with room to be squared: see `in_range`."""
        return in_range(self.generator, self.critic, self.average)


def in_range(*tensors: Tensor) -> bool:
    """Whether no entry is NaN or above √(largest float)/2¹⁰.

    Moments, distances and penalties square what they see: beyond it they are infinite.
    """
    reach = (math.sqrt(torch.finfo(t.dtype).max) / 2**10 for t in tensors)
    return all(
        not t.numel() or bool(t.detach().abs().max() <= most)
        for t, most in zip(tensors, reach, strict=True)
    )


def from_tensors(step: int, named: Mapping[str, Tensor]) -> State:
    """The state whose `tensors` these are."""

    def moments(side: str) -> Moments:
        keys = sorted(key for key in named if key.startswith(f"{side}_moments."))
        return tuple(named[key] for key in keys)

    return State(
        step,
        named["generator"],
        named["critic"],
        named["average"],
        moments("generator"),
        moments("critic"),
    )


class TrainingDivergedError(ArithmeticError):
    """A training left the range of the floats (`in_range`); `last` is the last good state.

    >>> raise TrainingDivergedError("a parameter is NaN at step 7.", last=None)
    Traceback (most recent call last):
        ...
    divkit.training.state.TrainingDivergedError: a parameter is NaN at step 7.
    """

    def __init__(self, message: str, last: Any) -> None:
        super().__init__(message)
        self.last = last


class OutOfRangeError(ArithmeticError):
    """A number beyond the floats in a step; `run` makes a TrainingDivergedError of it.

    Attributes
    ----------
    step : at which it was met: that of the state stepped from, where what this one makes is wrong.
    what : a sentence, or what is not finite.
    advice : the way out.
    """

    def __init__(
        self, step: int, what: str, advice: str = "lower the rates, or add a penalty (r1, r2)"
    ) -> None:
        sentence = what if what.endswith(".") else f"{what} {_BEYOND}"
        super().__init__(f"step {step}: {sentence}")
        self.step = step
        self.advice = advice

    def kept(self, last: Any) -> TrainingDivergedError:
        """The error of the whole training, with its last good state."""
        return TrainingDivergedError(
            f"{self} The state of step {last.step} is kept; {self.advice}.", last
        )


_BEYOND = "is not finite, or too large to be squared."
