"""Trainings of decoders without end, by Adam along one stream of random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.generators.decoders import Decoder
from divkit.plain import jsonable
from divkit.rng import RandomState, as_generator
from divkit.training.batches import Batches, PointBatch
from divkit.training.optimisers import AdamOptimiser, Moments
from divkit.training.run import run
from divkit.training.state import OutOfRangeError, in_range
from divkit.training.systems.autoencoder import AutoEncoder
from divkit.training.systems.system import Copying, MarginalLikelihood, System, VariationalSystem
from divkit.training.systems.vae import VAE
from divkit.training.trainable import Trainable, TrainingStep
from divkit.types import Tensor


@dataclass(frozen=True)
class BatchLoss:
    """Losses that a step lowered, on its own batch and at the parameters before it.

    Attributes
    ----------
    loss : the weighted mean over the batch's points.
    terms : its parts alike: of a VAE the "likelihood" E_q log p(x|z) and the "kl", in nats.
    """

    loss: float
    terms: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {"loss": jsonable(self.loss), "terms": jsonable(self.terms)}


@dataclass(frozen=True, eq=False)
class DescentState:
    """θ (P,) after a step with what the step lowered; the stream of random numbers moves on."""

    step: int
    theta: Tensor
    lowered: BatchLoss | None
    moments: Moments
    stream: np.random.Generator


DescentStep: TypeAlias = TrainingStep[DescentState, BatchLoss]


@dataclass(frozen=True, eq=False)
class Descent(Trainable[DescentState, BatchLoss]):
    """A system that descends on batches without end."""

    system: System
    data: Batches
    optimiser: AdamOptimiser
    rng: RandomState

    def begin(self) -> DescentState:
        """A random start."""
        stream = as_generator(self.rng)
        theta = self.system.start(stream)
        return DescentState(0, theta, None, self.optimiser.begin(theta), stream)

    def step(self, state: DescentState) -> DescentState:
        """One step of Adam down the loss of a batch.

        Raises
        ------
        OutOfRangeError
            If the loss, its slope or a parameter after the step leaves the range of the floats.
        """
        k, free = state.step + 1, state.theta.detach().requires_grad_()
        x, weight = self.data(state.stream)
        batch = PointBatch(x, weight, self.system.noise(len(x), state.stream))
        parts = dict(self.system.terms(free, batch))
        loss = parts.pop("loss") @ weight
        _require_in_range("the loss", loss, k)
        (slope,) = torch.autograd.grad(loss, free)
        _require_in_range("its slope", slope, k)
        with torch.no_grad():
            theta, moments = self.optimiser.step(
                state.theta, slope, state.moments, k, self.optimiser.rate
            )
        _require_in_range("a parameter", theta, k)
        means = {name: float((part.detach() * weight).sum()) for name, part in parts.items()}
        lowered = BatchLoss(float(loss.detach()), means)
        return DescentState(k, theta, lowered, moments, state.stream)

    def measure(self, state: DescentState) -> tuple[BatchLoss, ...]:
        """Losses that the step lowered; none at the start."""
        return () if state.lowered is None else (state.lowered,)

    def law(self, state: DescentState, member: int = 0) -> Law | None:
        """The decoder's law under the prior; what is read off a loss is read off the step's."""

        def loss() -> float:
            if state.lowered is None:
                raise ValueError("the start has seen no batch; ask for the law after a step.")
            return state.lowered.loss

        return self.system.generator.law(self.system.generating(state.theta, loss))


def _require_in_range(what: str, value: Tensor, step: int) -> None:
    if not in_range(value):
        raise OutOfRangeError(step, what, "lower the rate")


def _adam(rate: float) -> AdamOptimiser:
    """Adam with its authors' betas."""
    return AdamOptimiser(rate, (0.9, 0.999))


def train_vae(
    vae: VAE, data: Batches, rate: float = 3e-3, rng: RandomState = None
) -> Iterator[DescentStep]:
    """Yield a step after each of Adam on a VAE's bound, without end; stop where you like.

    Parameters
    ----------
    vae : what is trained.
    data : the points of each step, with their weights.
    rate : of Adam.
    rng : of the start, the batches and the codes.

    Raises
    ------
    ValueError
        If the rate is not positive.
    TrainingDivergedError
        If the bound leaves the range of the floats; the steps yielded before are good.

    Examples
    --------
    >>> from itertools import islice
    >>> from divkit.gan import VAE, GaussianDecoder, fresh_draws
    >>> vae = VAE(GaussianDecoder(dim=1, hidden=(4,)), hidden=(4,))
    >>> steps = islice(train_vae(vae, fresh_draws("normal(0, 1)", 16), rng=0), 3)
    >>> len([*steps])
    3
    """
    return run(Descent(VariationalSystem(vae, vae.decoder), data, _adam(rate), rng), every=1)


def train_autoencoder(
    model: AutoEncoder, data: Batches, rate: float = 3e-3, rng: RandomState = None
) -> Iterator[DescentStep]:
    """Yield a step after each of Adam on the squared error of copies, without end.

    Parameters
    ----------
    model : what is trained.
    data, rate, rng : as for `train_vae`.

    Raises
    ------
    ValueError
        If the rate is not positive.
    TrainingDivergedError
        If the error leaves the range of the floats; the steps yielded before are good.

    Examples
    --------
    >>> from itertools import islice
    >>> from divkit.gan import AutoEncoder, GaussianDecoder, fresh_draws
    >>> model = AutoEncoder(GaussianDecoder(dim=1, hidden=(4,)), hidden=(4,))
    >>> len([*islice(train_autoencoder(model, fresh_draws("normal(0, 1)", 16), rng=0), 3)])
    3
    """
    return run(Descent(Copying(model, model.decoder), data, _adam(rate), rng), every=1)


def train_marginal(
    decoder: Decoder, data: Batches, rate: float = 3e-3, grid: int = 128, rng: RandomState = None
) -> Iterator[DescentStep]:
    """Yield a step after each of Adam on −log p_θ(x), summed over codes, without end.

    Parameters
    ----------
    decoder : what is trained.
    data, rate, rng : as for `train_vae`.
    grid : codes along each axis.

    Raises
    ------
    ValueError
        If the rate is not positive.
    TrainingDivergedError
        If the likelihood leaves the range of the floats; the steps yielded before are good.

    Examples
    --------
    >>> from itertools import islice
    >>> from divkit.gan import GaussianDecoder, fresh_draws
    >>> decoder = GaussianDecoder(dim=1, hidden=(4,))
    >>> steps = train_marginal(decoder, fresh_draws("normal(0, 1)", 16), rng=0, grid=8)
    >>> len([*islice(steps, 3)])
    3
    """
    return run(Descent(MarginalLikelihood(decoder, grid), data, _adam(rate), rng), every=1)
