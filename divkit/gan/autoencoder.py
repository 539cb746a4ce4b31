r"""The auto-encoder with a code prior: it learns to copy; its decoder's law is an afterthought.

Training lowers E|x − d(e(x))|² and nothing else. Codes e(x) of the data lie wherever training left
them; to generate, one draws z ~ N(0, I), a prior that training never saw, and decodes. The decoder
then has a law like any other (`divkit.gan.decoders`), and its divergence from the data's can be
computed. For points in R^d the decoder's noise is read off the reconstruction error, s² = error/d,
its maximum-likelihood value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.critics.mlp import MLPModel
from divkit.distributions.base import Law
from divkit.gan.batches import Batches, descend
from divkit.gan.decoders import Decoder, GaussianDecoder
from divkit.gan.vae import encoder
from divkit.rng import RandomState, as_generator
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class AutoEncoder:
    """An encoder beside a decoder, θ is (decoder, encoder); nothing holds the codes in place.

    Parameters
    ----------
    decoder : its mean d(z) is trained.
    hidden : widths of the encoder's tanh layers.
    """

    decoder: Decoder
    hidden: tuple[int, ...] = (32,)

    @cached_property
    def encoder(self) -> MLPModel:
        """The perceptron e."""
        return encoder(self.decoder.dim, self.hidden, self.decoder.code)

    @property
    def size(self) -> int:
        """Parameters of both."""
        return self.decoder.size + self.encoder.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """Random starts of both."""
        return torch.cat([self.decoder.start(rng), self.encoder.start(rng)])

    def codes(self, theta: Tensor, x: Tensor) -> Tensor:
        """e(x), (n, k)."""
        layers = self.encoder.layers(theta[self.decoder.size :])
        return self.encoder.activations(layers, x)[-1].mT

    def errors(self, theta: Tensor, x: Tensor) -> Tensor:
        """|x − d(e(x))|² of each point (n,)."""
        copies = self.decoder.mean(theta[: self.decoder.size], self.codes(theta, x))
        return ((x - copies) ** 2).sum(-1)


@dataclass(frozen=True, eq=False)
class AutoEncoderStep:
    """State after a step.

    Attributes
    ----------
    index : steps so far.
    error : E|x − d(e(x))|² on this step's batch.
    theta : all parameters (P,).
    model : what they belong to.
    """

    index: int
    error: float
    theta: Tensor
    model: AutoEncoder

    def law(self) -> Law:
        """The decoder's law under the prior N(0, I), its noise that of the copies."""
        decoder = self.model.decoder
        theta = self.theta[: decoder.size].clone()
        if isinstance(decoder, GaussianDecoder):
            theta[-1] = 0.5 * math.log(self.error / decoder.dim)
        return decoder.law(theta)


def train_autoencoder(
    model: AutoEncoder, data: Batches, rate: float = 3e-3, rng: RandomState = None
) -> Iterator[AutoEncoderStep]:
    """Yield a state after each step of Adam on the squared error, without end.

    Parameters
    ----------
    model : what is trained.
    data : the points of each step, with their weights.
    rate : of Adam.
    rng : of the start and the batches.

    Raises
    ------
    ArithmeticError
        If the error is not finite; the states yielded before are good.
    """
    source = as_generator(rng)
    theta = model.start(source).requires_grad_()
    solver = torch.optim.Adam([theta], lr=rate)
    index = 0
    while True:
        index += 1
        x, weight = data(source)
        error = model.errors(theta, x) @ weight
        descend(solver, theta, error, index)
        yield AutoEncoderStep(index, float(error.detach()), theta.detach().clone(), model)
