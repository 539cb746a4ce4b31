r"""The auto-encoder with a code prior: it learns to copy; its decoder's law is an afterthought.

Training lowers E|x − d(e(x))|² and nothing else. Codes e(x) of the data lie wherever training left
them; to generate, one draws z ~ N(0, I), a prior that training never saw, and decodes. The decoder
then has a law like any other (`divkit.generators.decoders`), and its divergence from the data's
can be computed. For points in R^d the decoder's noise is read off the reconstruction error,
s² = error/d, its maximum-likelihood value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from divkit.critics.mlp import MLPModel
from divkit.generators.decoders import Decoder, GaussianDecoder
from divkit.types import Tensor


@dataclass(frozen=True, eq=False)
class AutoEncoder:
    """An encoder beside a decoder, θ is (decoder, encoder); nothing holds the codes in place.

    Parameters
    ----------
    decoder : its mean d(z) is trained.
    hidden : widths of the encoder's tanh layers.

    Examples
    --------
    >>> from divkit.gan import GaussianDecoder
    >>> AutoEncoder(GaussianDecoder(hidden=(4,)), hidden=(4,)).decoder.dim
    2
    """

    decoder: Decoder
    hidden: tuple[int, ...] = (32,)

    @cached_property
    def encoder(self) -> MLPModel:
        """The perceptron e."""
        return MLPModel((self.decoder.dim, *self.hidden, self.decoder.code))

    @property
    def size(self) -> int:
        """Parameters of both."""
        return self.decoder.size + self.encoder.size

    def start(self, rng: np.random.Generator) -> Tensor:
        """Random starts of both."""
        return torch.cat([self.decoder.start(rng), self.encoder.start(rng)])

    def codes(self, theta: Tensor, x: Tensor) -> Tensor:
        """e(x), (n, k)."""
        return self.encoder.outputs(theta[self.decoder.size :], x)

    def errors(self, theta: Tensor, x: Tensor) -> Tensor:
        """|x − d(e(x))|² of each point (n,)."""
        copies = self.decoder.mean(theta[: self.decoder.size], self.codes(theta, x))
        return ((x - copies) ** 2).sum(-1)

    def decoding(self, theta: Tensor, error: Callable[[], float]) -> Tensor:
        """The decoder's part of θ; a Gaussian one's noise is read off E|x − d(e(x))|²."""
        part = theta[: self.decoder.size].detach().clone()
        if isinstance(self.decoder, GaussianDecoder):
            part[-1] = 0.5 * math.log(error() / self.decoder.dim)
        return part
