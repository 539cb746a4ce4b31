r"""The training of a GAN, one loop for every game: D climbs V, G descends its loss.

    for each step:
        n_critic times: θ_D += step(∇V(θ_D) − ∇penalties)
        θ_G −= step(∇loss(θ_G)), with the critic as it is now (alternating) or was (simultaneous)

Leading dimensions are runs: E seeds train as one batched computation. G answers on the fakes of
the last step of D, so that its forward sweep is not made twice. No graph is built where generator
and critic write their derivatives out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from divkit.gan.critic import PlayedCritic, Sweep
from divkit.gan.draws import Batch, Draws
from divkit.gan.duels import Duel
from divkit.gan.fakes import Fakes, pushing
from divkit.gan.generators.generator import Generator
from divkit.gan.options import Options
from divkit.gan.penalties import clipped, gradient_penalty, slope_penalty
from divkit.gan.state import State, in_range
from divkit.gan.unrolled import unrolled_slope
from divkit.types import Tensor

_LOOK = 256
"""Points at which a state is looked at before it is saved or recorded."""


@dataclass(frozen=True, eq=False)
class Setup:
    """Who plays what, and how."""

    duel: Duel
    generator: Generator
    critic: PlayedCritic
    draws: Draws
    options: Options


class DivergedError(ArithmeticError):
    """A training left the range of the floats (`in_range`); `last` is the last good state."""

    def __init__(self, message: str, last: State) -> None:
        super().__init__(message)
        self.last = last


def play(setup: Setup, state: State) -> Iterator[State]:
    """Yield the state after each step of G, from `state` on, up to `options.steps`.

    Raises
    ------
    DivergedError
        If a parameter, a fake or an output of D leaves the range; the error keeps the last state
        of which none did.
    ValueError
        If a pack or a relativistic pair is asked of a generator with unequal weights.
    """
    duel, critic, o = setup.duel, setup.critic, setup.options
    push, last = pushing(setup.generator), state
    while state.step < o.steps:
        k, t = state.step, state.step / o.steps
        theta_g, theta_d = state.generator, state.critic
        moments_g, moments_d = state.generator_moments, state.critic_moments
        noise, decay = o.noise(t), o.decay(t)

        for j, batch in enumerate(setup.draws(k)):  # D climbs V
            fakes = push(theta_g, batch.latent)
            x, y = noised(batch, fakes.x, noise)  # (E, n, d), (E, m, d)
            a, b = weights(setup, x, fakes)  # (n/pack,), (m/pack,) or (E, m)
            sweep = critic.sweep(theta_d, torch.cat([x, y], -2))
            real, fake = sweep.logits.split_with_sizes([a.shape[-1], b.shape[-1]], -1)
            slope = -sweep.pull(torch.cat(duel.climb(real, fake, a, b), -1))
            for penalty in penalties(setup, t, theta_d, sweep, (x, y), (a, b), batch.mix):
                slope = slope + penalty
            theta_d, moments_d = o.critic_rate.step(
                theta_d, slope, moments_d, k * o.n_critic + j + 1, decay * o.critic_rate.rate
            )
            theta_d = clipped(theta_d, o.penalties.clip)

        if not in_range(fakes.x, sweep.logits):
            raise left_range(k, last, "a fake or an output of D")
        if o.unroll:  # G descends its loss
            down = unrolled_slope(setup, theta_g, theta_d, batch, x, noise)
        elif o.order == "simultaneous":  # against the critic as it was
            down = fakes.back(*answer(duel, sweep, real, fake, fakes, b))
        else:
            if duel.paired:
                real = critic.logits(theta_d, x)
            sweep = critic.sweep(theta_d, y)
            down = fakes.back(*answer(duel, sweep, real, sweep.logits, fakes, b))
        theta_g, moments_g = o.generator_rate.step(
            theta_g, down, moments_g, k + 1, decay * o.generator_rate.rate
        )

        average = torch.lerp(theta_g, state.average, o.average) if o.average else theta_g
        last, state = state, State(k + 1, theta_g, theta_d, average, moments_g, moments_d)
        if not state.finite:
            raise left_range(k + 1, last, "a parameter")
        yield state


def left_range(
    step: int, last: State, what: str, advice: str = "lower the rates, or add a penalty (r1, r2)"
) -> DivergedError:
    """The error of a step at which something is not finite, or too large to be squared."""
    return DivergedError(
        f"step {step}: {what} is not finite, or too large to be squared. The state of step "
        f"{last.step} is kept; {advice}.",
        last,
    )


def sound(setup: Setup, state: State) -> bool:
    """Whether fakes and outputs of D at a state are in range, on noise of its own."""
    noise = setup.generator.draw(_LOOK, 0).to(state.generator)
    with torch.no_grad():
        for theta in (state.generator, state.average):
            y, weight = setup.generator.push(theta, noise)
            rows = y.shape[-2] // setup.critic.pack * setup.critic.pack
            seen = setup.critic.logits(state.critic, y[..., :rows, :])
            if not in_range(y, weight, seen):
                return False
    return True


def noised(batch: Batch, y: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """Real points and fakes, both under the same instance noise."""
    if batch.jitter is None:
        return batch.real, y
    n = batch.real.shape[-2]
    return batch.real + noise * batch.jitter[..., :n, :], y + noise * batch.jitter[..., n:, :]


def weights(setup: Setup, x: Tensor, fakes: Fakes) -> tuple[Tensor, Tensor]:
    """The weight of each critic output on real points and on fakes."""
    pack, packs = setup.critic.pack, x.shape[-2] // setup.critic.pack
    a = x.new_full((packs,), 1 / packs)
    if pack == 1 and not setup.duel.paired:
        return a, fakes.weight
    if not fakes.even or fakes.x.shape[-2] != x.shape[-2]:
        raise ValueError(
            f"packs and relativistic pairs need as many fakes as real points, of equal weight; "
            f"{setup.generator!r} weighs its points otherwise. Use pack=1 and another game."
        )
    return a, a


def penalties(
    setup: Setup,
    t: float,
    theta: Tensor,
    sweep: Sweep,
    points: tuple[Tensor, Tensor],
    weight: tuple[Tensor, Tensor],
    mix: Tensor | None,
) -> Iterator[Tensor]:
    """The slopes of what is taken from V, at real points and fakes and their weights."""
    kept, (x, y) = setup.options.penalties, points
    if kept.r1 or kept.r2:
        yield slope_penalty(sweep, kept, *weight, t)
    if mix is not None:
        packs = mix[..., : x.shape[-2] // setup.critic.pack, :]
        yield gradient_penalty(setup.critic, theta, x, y, packs, kept.gradient)


def answer(
    duel: Duel, sweep: Sweep, real: Tensor, fake: Tensor, fakes: Fakes, b: Tensor
) -> tuple[Tensor, Tensor | None]:
    """The slope of G's loss in its points (E, m, d) and in their weights (E, m).

    A sweep over real points too has them in front. None stands for weights that do not move.
    """
    down = duel.descend(real, fake, b)  # (E, m/pack)
    before = sweep.logits.shape[-1] - down.shape[-1]
    u = torch.nn.functional.pad(down, (before, 0)) if before else down
    moved = sweep.points(u)
    if before:
        moved = moved[..., moved.shape[-2] - fakes.x.shape[-2] :, :]
    return moved, None if fakes.even else duel.on_g(duel.outputs(real, fake)[1])
