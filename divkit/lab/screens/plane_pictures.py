"""Pictures of a game in the plane: points, maps of D and D*, the warped grid, arrows.

An arrow is −∇_x of the loss that G descends in this game, at the fakes of the next minibatch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.games import Game
from divkit.generators.fakes import pushing
from divkit.generators.generator import Generator
from divkit.lab.protocol.frames import scaled
from divkit.rng import as_generator
from divkit.training.gan.training import GanTraining, answer, noised, weights
from divkit.training.state import State
from divkit.types import FloatArray, Tensor

CELLS, LINES = 48, 17
"""Cells of a map along each side, lines of the warped grid each way."""
SHOWN = 300
"""Points of each law that are shown."""
_REACH = 2.2

Square: TypeAlias = "tuple[float, float, float, float]"
Arrays: TypeAlias = "dict[str, np.ndarray[Any, Any]]"


@dataclass(frozen=True)
class SeenPoints:
    """Points of a minibatch: real ones, fakes, and the arrows at these."""

    real: FloatArray
    fake: FloatArray
    arrows: FloatArray


def seen(training: GanTraining, state: State, *, rows: int = SHOWN) -> SeenPoints:
    """Return the points of the next minibatch, with the arrows of this game's loss."""
    batch, t = training.draws(state.step)[-1], state.step / training.options.steps
    fakes = pushing(training.generator)(state.generator, batch.latent)
    x, y = noised(batch, fakes.x, training.options.noise(t))
    a, b = weights(training, x, fakes)
    sweep = training.critic.sweep(state.critic, torch.cat([x, y], -2))
    real, fake = sweep.logits.split_with_sizes([a.shape[-1], b.shape[-1]], -1)
    moved = answer(training.loss, sweep, real, fake, fakes, b)[0][0]
    weight = fakes.weight.expand(fakes.x.shape[:-1])[0]
    at = _by_weight(weight, rows)
    down = -moved[at] / weight[at][:, None]
    return SeenPoints(batch.real[0, :rows].numpy(), fakes.x[0, at].numpy(), down.numpy())


def _by_weight(weight: Tensor, rows: int) -> Tensor:
    """Rows for weighted points: all where the weights are equal, else drawn."""
    if bool((weight == weight[0]).all()):
        return torch.arange(min(rows, len(weight)))
    share = weight.double().numpy()
    at = as_generator(0).choice(len(share), size=min(rows, len(share)), p=share / share.sum())
    return torch.from_numpy(at)


def points_of(square: Square, found: SeenPoints) -> Arrays:
    """Return points as whole numbers over the square, arrows over their longest."""
    longest = float(np.abs(found.arrows).max()) if len(found.arrows) else 0.0
    arrows = found.arrows / longest if longest > 0 else np.zeros_like(found.arrows)
    return {
        "real": placed(found.real, square),
        "fake": placed(found.fake, square),
        "arrows": np.rint(arrows * np.iinfo("i2").max).astype("<i2"),
    }


def placed(x: FloatArray, square: Square) -> np.ndarray[Any, Any]:
    """Return places (n, 2) over the square; those outside it on its edge."""
    low, high = np.array(square[::2]), np.array(square[1::2])
    return scaled((x - low) / (high - low), 0.0, 1.0)


def cells(square: Square) -> Tensor:
    """Return the middles of a map's cells (CELLS², 2), row by row from the lowest y."""
    x, y = (
        torch.linspace(0.5 / CELLS, 1 - 0.5 / CELLS, CELLS, dtype=torch.float64) * (high - low)
        + low
        for low, high in (square[:2], square[2:])
    )
    return torch.cartesian_prod(y, x)[:, [1, 0]]


def judges(training: GanTraining) -> bool:
    """Whether outputs of this game's critic mean D(x), the probability that x is real."""
    lone = not training.loss.paired and training.critic.pack == 1
    return lone and isinstance(training.loss.theorem, Game)


def shaded(training: GanTraining, c: Tensor) -> Tensor | None:
    """Return outputs of this game's critic as D in [0, 1]; None where they are no such thing."""
    game = training.loss.theorem
    if not isinstance(game, Game) or not judges(training):
        return None
    one = torch.ones((), dtype=c.dtype)
    if bool(game.optimal(20 * one) > 2):  # the critic's output is a logit
        return torch.sigmoid(c)
    return ((c + 1) / 2).clamp(0, 1)


def map_of_d(training: GanTraining, state: State, square: Square) -> Tensor:
    """Return D on the cells; outputs without that meaning from their least to their largest."""
    x = cells(square)
    if training.critic.pack > 1:  # packs of one point again and again
        x = x.repeat_interleave(training.critic.pack, 0)
    with torch.no_grad():
        c = training.critic.logits(state.critic[0], x)
    made = shaded(training, c)
    if made is not None:
        return made
    low, high = c.min(), c.max()
    return (c - low) / (high - low) if bool(high > low) else torch.full_like(c, 0.5)


def map_of_best(training: GanTraining, law: Law, square: Square) -> Tensor | None:
    """Return D* on the cells: the best output at log p − log q; None where there is none."""
    game, x = training.loss.theorem, cells(square)
    if not isinstance(game, Game) or not judges(training):
        return None
    with torch.no_grad():
        ratio = training.p.log_prob(x) - law.log_prob(x)
    return shaded(training, game.optimal(ratio))


def shade(values: Tensor) -> np.ndarray[Any, Any]:
    """Return shares in [0, 1] as bytes; what is not known, where neither law has mass, as ½."""
    return scaled(np.nan_to_num(values.numpy(), nan=0.5), 0.0, 1.0, "u1")


def warped(generator: Generator, theta: Tensor, square: Square) -> Arrays:
    """Return where G puts a grid of noise in [−2.2, 2.2]²; nothing where noise is no plane."""
    latent = generator.latent
    line = torch.linspace(-_REACH, _REACH, LINES, dtype=torch.float64)
    if latent.dim > 2 or generator.draw(LINES, 0).shape[-1] != latent.dim:
        return {}
    noise = torch.cartesian_prod(line, line) if latent.dim == 2 else _fine_line()
    with torch.no_grad():
        x, weight = generator.push(theta, noise)
    if not bool((weight == weight[0]).all()):
        return {}
    shape = (LINES, LINES, 2) if latent.dim == 2 else (1, LINES**2, 2)
    return {"grid": placed(x.numpy(), square).reshape(shape)}


def _fine_line() -> Tensor:
    return torch.linspace(-3.0, 3.0, LINES**2, dtype=torch.float64)[:, None]
