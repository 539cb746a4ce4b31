"""The whole state of a training: what a checkpoint holds, and all that a next step depends on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from divkit.gan.critic import PlayedCritic
from divkit.gan.generators.generator import Generator
from divkit.gan.optimisers import Moments
from divkit.gan.options import Options
from divkit.rng import as_generator
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class State:
    """After `step` steps of G. The random state is the step itself: see `divkit.gan.draws`.

    Attributes
    ----------
    generator, critic : parameters (E, P) of each member.
    average : the moving average of the generator's; the same tensor where none is kept.
    generator_moments, critic_moments : what the optimisers remember.
    """

    step: int
    generator: Tensor
    critic: Tensor
    average: Tensor
    generator_moments: Moments
    critic_moments: Moments

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by name."""
        named = {
            "generator": self.generator,
            "critic": self.critic,
            "average": self.average,
        }
        named |= {f"generator_moments.{k}": t for k, t in enumerate(self.generator_moments)}
        return named | {f"critic_moments.{k}": t for k, t in enumerate(self.critic_moments)}

    def to(self, device: str) -> State:
        """The same state on another device."""
        return from_tensors(self.step, {k: t.to(device) for k, t in self.tensors().items()})

    def require_start_of(self, fresh: State, steps: int) -> None:
        """Refuse a state from which a training of `steps` that starts as `fresh` cannot go on.

        Raises
        ------
        ValueError
            If it is beyond the last step, or a tensor's name, shape or dtype is another.
        """
        if not 0 <= self.step <= steps:
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


def begin(generator: Generator, critic: PlayedCritic, options: Options) -> State:
    """A start for each seed: its generator and critic do not depend on the other seeds."""
    streams = [as_generator(seed).spawn(2) for seed in options.seeds]
    rows = (
        torch.stack([generator.start(stream[0]) for stream in streams]),
        torch.stack([critic.start(stream[1]) for stream in streams]),
    )
    thetas = [start.to(options.device, options.dtype) for start in rows]
    return State(
        0,
        thetas[0],
        thetas[1],
        thetas[0],
        options.generator_rate.begin(thetas[0]),
        options.critic_rate.begin(thetas[1]),
    )
