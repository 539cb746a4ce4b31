r"""The training of a GAN, one step for every game: D climbs V, G descends its loss.

    n_critic times: θ_D += step(∇V(θ_D) − ∇penalties)
    θ_G −= step(∇loss(θ_G)), with the critic as it is now (alternating) or was (simultaneous)

An extragradient step is a simultaneous one that is taken with the slopes at the end of a trial
step, on a minibatch of their own (Gidel et al. 2019, algorithms 1 and 4).

Leading dimensions are runs: E seeds train as one batched computation. G answers on the fakes of
the last step of D, so that its forward sweep is not made twice. No graph is built where generator
and critic write their derivatives out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import torch

from divkit.distributions.base import Law
from divkit.floats import own_rules
from divkit.generators.fakes import Fakes, Push, pushing
from divkit.rng import as_generator
from divkit.threads import on_one_thread
from divkit.training.gan.critic import CriticSweep
from divkit.training.gan.draws import Minibatch
from divkit.training.gan.measures import member_record
from divkit.training.gan.penalties import clipped, gradient_penalty, slope_penalty
from divkit.training.gan.setup import Setup
from divkit.training.gan.unrolled import unrolled_slope
from divkit.training.measures.records import Record
from divkit.training.options import descended, settled
from divkit.training.own_loss import AnyLoss, OwnLoss
from divkit.training.state import OutOfRangeError, State, in_range
from divkit.training.trainable import Trainable
from divkit.types import Tensor

_LOOK = 256
"""Points at which a state is looked at before it is saved or recorded."""


@dataclass(frozen=True, eq=False)
class GanTraining(Setup, Trainable[State, Record]):
    """A game in training, on fresh draws or on points drawn once.

    >>> from divkit import Normal, train_gan
    >>> first = next(train_gan(Normal(1, 1), steps=1, batch=8, every=1))
    >>> isinstance(first.training, GanTraining), first.training.steps
    (True, 1)
    """

    @property
    def steps(self) -> int:
        """Of the generator."""
        return self.options.steps

    @cached_property
    def _push(self) -> Push:
        return pushing(self.generator)

    def begin(self) -> State:
        """Random starts for each seed, which do not depend on the other seeds."""
        o = self.options
        streams = [as_generator(seed).spawn(2) for seed in o.seeds]
        rows = (
            torch.stack([self.generator.start(stream[0]) for stream in streams]),
            torch.stack([self.critic.start(stream[1]) for stream in streams]),
        )
        theta, critic = (start.to(o.device, o.dtype) for start in rows)
        return State(
            0, theta, critic, theta, o.generator_rate.begin(theta), o.critic_rate.begin(critic)
        )

    def step(self, state: State) -> State:
        """D's steps, then one of G.

        Raises
        ------
        OutOfRangeError
            If a parameter, a fake or an output of D leaves the range.
        ValueError
            If a pack or a relativistic pair is asked of a generator with unequal weights.
        """
        loss, critic, o = self.loss, self.critic, self.options
        k, t = state.step, state.step / o.steps
        theta_g, theta_d, moments_d = state.generator, state.critic, state.critic_moments
        if o.extrapolates:
            return self._extrapolated(state, t)

        for j, batch in enumerate(self.draws(k)):  # D climbs V
            seen = self._seen(theta_g, theta_d, batch, t)
            theta_d, moments_d = o.critic_rate.step(
                theta_d, seen.slope, moments_d, k * o.n_critic + j + 1,
                o.decay(t) * o.critic_rate.rate,
            )  # fmt: skip
            theta_d = clipped(theta_d, o.penalties.clip)

        fakes, b = seen.fakes, seen.weight
        if not in_range(fakes.x, seen.sweep.logits):
            raise OutOfRangeError(k, "a fake or an output of D")
        if o.unroll:  # G descends its loss
            down = unrolled_slope(self, theta_g, theta_d, batch, seen.x, t)
        elif o.simultaneous:  # against the critic as it was
            down = seen.down(loss)
        else:
            real = critic.logits(theta_d, seen.x) if loss.paired else seen.real
            sweep = critic.sweep(theta_d, seen.y)
            down = fakes.back(*answer(loss, sweep, real, sweep.logits, fakes, b))
        return descended(state, o, down, theta_d, moments_d)

    def _seen(self, theta_g: Tensor, theta_d: Tensor, batch: Minibatch, t: float) -> Seen:
        """One sweep of D over a minibatch, and the slope of penalties − V, which D descends."""
        fakes = self._push(theta_g, batch.latent)
        x, y = noised(batch, fakes.x, self.options.noise(t))  # (E, n, d), (E, m, d)
        a, b = weights(self, x, fakes)  # (n/pack,), (m/pack,) or (E, m)
        sweep = self.critic.sweep(theta_d, torch.cat([x, y], -2))
        real, fake = sweep.logits.split_with_sizes([a.shape[-1], b.shape[-1]], -1)
        slope = -sweep.pull(torch.cat(self.loss.climb(real, fake, a, b), -1))
        for penalty in penalties(self, t, theta_d, sweep, (x, y), (a, b), batch.mix):
            slope = slope + penalty
        return Seen(fakes, x, y, b, sweep, real, fake, slope)

    def _extrapolated(self, state: State, t: float) -> State:
        """A trial step, and one from the same state with the slopes at its end."""
        o, at = self.options, state
        for j, batch in enumerate(self.draws(state.step)):
            seen = self._seen(at.generator, at.critic, batch, t)
            if not in_range(seen.fakes.x, seen.sweep.logits):
                raise OutOfRangeError(state.step, "a fake or an output of D")
            count, decay = 2 * state.step + j + 1, o.decay(t)
            theta_g, moments_g = o.generator_rate.step(
                state.generator, seen.down(self.loss), at.generator_moments, count,
                decay * o.generator_rate.rate,
            )  # fmt: skip
            theta_d, moments_d = o.critic_rate.step(
                state.critic, seen.slope, at.critic_moments, count, decay * o.critic_rate.rate
            )
            theta_d = clipped(theta_d, o.penalties.clip)
            at = replace(
                state, generator=theta_g, critic=theta_d, generator_moments=moments_g,
                critic_moments=moments_d,
            )  # fmt: skip
        return settled(at, o, state.average)

    @own_rules
    @on_one_thread
    def measure(self, state: State) -> tuple[Record, ...]:
        """A record of each member, from a stream of its own."""
        with torch.no_grad():
            return tuple(member_record(self, state, e) for e in range(len(state.generator)))

    def sound(self, state: State) -> bool:
        """Whether fakes and outputs of D at a state are in range, on noise of its own."""
        noise = self.generator.draw(_LOOK, 0).to(state.generator)
        with torch.no_grad():
            for theta in (state.generator, state.average):
                y, weight = self.generator.push(theta, noise)
                rows = y.shape[-2] // self.critic.pack * self.critic.pack
                seen = self.critic.logits(state.critic, y[..., :rows, :])
                if not in_range(y, weight, seen):
                    return False
        return True

    def law(self, state: State, member: int = 0) -> Law | None:
        """The generator's law as a Distribution, where it is known."""
        return self.generator.law(state.average[member].double())


@dataclass(frozen=True, eq=False)
class Seen:
    """A critic's sweep over real points x and then fakes y, in one minibatch.

    Attributes
    ----------
    fakes, x, y : fakes as they were made, and both kinds of points as D sees them.
    weight : of the outputs on fakes.
    sweep, real, fake : the sweep, and its outputs on both kinds.
    slope : of what D descends, in its parameters (E, P).
    """

    fakes: Fakes
    x: Tensor
    y: Tensor
    weight: Tensor
    sweep: CriticSweep
    real: Tensor
    fake: Tensor
    slope: Tensor

    def down(self, loss: AnyLoss) -> Tensor:
        """The slope of G's loss against this critic, in its parameters (E, P)."""
        parts = answer(loss, self.sweep, self.real, self.fake, self.fakes, self.weight)
        return self.fakes.back(*parts)


def noised(batch: Minibatch, y: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """Real points and fakes, both under the same instance noise."""
    if batch.jitter is None:
        return batch.real, y
    n = batch.real.shape[-2]
    return batch.real + noise * batch.jitter[..., :n, :], y + noise * batch.jitter[..., n:, :]


def weights(training: Setup, x: Tensor, fakes: Fakes) -> tuple[Tensor, Tensor]:
    """The weight of each critic output on real points and on fakes."""
    pack, packs = training.critic.pack, x.shape[-2] // training.critic.pack
    a = x.new_full((packs,), 1 / packs)
    if pack == 1 and not training.loss.paired:
        return a, fakes.weight
    if not fakes.even or fakes.x.shape[-2] != x.shape[-2]:
        raise ValueError(
            f"packs and relativistic pairs need as many fakes as real points, of equal weight; "
            f"{training.generator!r} weighs its points otherwise. Use pack=1 and another game."
        )
    return a, a


def penalties(
    training: Setup,
    t: float,
    theta: Tensor,
    sweep: CriticSweep,
    points: tuple[Tensor, Tensor],
    weight: tuple[Tensor, Tensor],
    mix: Tensor | None,
) -> Iterator[Tensor]:
    """The slopes of what is taken from V, at real points and fakes and their weights."""
    kept, (x, y) = training.options.penalties, points
    if kept.r1 or kept.r2:
        yield slope_penalty(sweep, kept, *weight, t)
    if mix is not None:
        packs = mix[..., : x.shape[-2] // training.critic.pack, :]
        yield gradient_penalty(training.critic, theta, x, y, packs, kept.gradient)


def answer(
    loss: AnyLoss, sweep: CriticSweep, real: Tensor, fake: Tensor, fakes: Fakes, b: Tensor
) -> tuple[Tensor, Tensor | None]:
    """The slope of G's loss in its points (E, m, d) and in their weights (E, m).

    A sweep over real points too has them in front. None stands for weights that do not move.
    """
    down = loss.descend(real, fake, b)  # (E, m/pack)
    before = sweep.logits.shape[-1] - down.shape[-1]
    u = torch.nn.functional.pad(down, (before, 0)) if before else down
    moved = sweep.points(u)
    if before:
        moved = moved[..., moved.shape[-2] - fakes.x.shape[-2] :, :]
    if fakes.even or isinstance(loss, OwnLoss):
        return moved, None
    return moved, loss.on_g(loss.outputs(real, fake)[1])
