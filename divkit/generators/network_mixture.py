r"""A mixture of networks with trainable weights: one network at random, and noise of its own.

A continuous map of connected noise has a connected image, so that one network keeps mass on
bridges between modes; several networks need none. With weights w = softmax(a), x = G_k(z) with
probability w_k: a mixture of generators (Hoang et al. 2018, MGAN) whose prior is learned
(Khayatkhoei et al. 2018, DMGAN). Drawing k would leave no gradient in w; instead every network
has points of its own, each of weight w_k/n_k, as in `divkit.generators.MixtureGenerator`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn.functional import pad

from divkit.critics.activations import RELU, Activation
from divkit.critics.perceptron import Perceptron
from divkit.distributions.adapt import settle
from divkit.distributions.base import Law, finite, positive
from divkit.generators.generator import draws, one_member, standard_normal
from divkit.generators.mesh import Layers, mesh_mixture
from divkit.rng import RandomState
from divkit.types import FloatArray, Tensor


@dataclass(frozen=True)
class NetworkMixtureGenerator:
    r"""x = centre + spread · (c_k + e^{s_k} ∘ N_k(z)) with probability w_k.

    θ is (logits of w, c, s, each network's weights and biases), K (1 + 2d + P) numbers. Scales are
    learned as logarithms, so that a step of an optimiser is as large for a narrow mode as for a
    wide one. Networks of piecewise linear units start as affine maps of the noise, without folds.

    Parameters
    ----------
    components : K.
    latent : the prior of z, the same for every network.
    dim : number of coordinates of x.
    hidden : widths of the hidden layers of each network.
    activation : of the hidden units.
    centre, spread : fixed; where the data lie, and how far they reach.
    width : e^s at the start.
    lead : in θ logits, c and s are divided by it, so that a step of Adam's moves them so many
        times as far as a network's weights: modes are found before their shapes are learned.

    Raises
    ------
    ValueError
        If components is not a positive int, centre is not finite, spread, width or lead is not
        positive, or a batch has fewer points than components.

    Examples
    --------
    >>> import numpy as np
    >>> NetworkMixtureGenerator(2, hidden=(3,)).start(np.random.default_rng(0)).shape
    torch.Size([44])
    """

    components: int
    latent: Law = field(default_factory=lambda: standard_normal(2))
    dim: int = 2
    hidden: tuple[int, ...] = (8,)
    activation: Activation = RELU
    centre: float = 0.0
    spread: float = 1.0
    width: float = 0.3
    lead: float = 30.0
    network: Perceptron = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settle(self, "latent")
        finite("centre", self.centre)
        positive("spread", self.spread)
        positive("width", self.width)
        positive("lead", self.lead)
        if int(self.components) != self.components or self.components < 1:
            raise ValueError(f"components must be a positive int; got {self.components!r}.")
        widths = (self.latent.dim, *self.hidden, self.dim)
        object.__setattr__(self, "network", Perceptron(widths, self.activation))

    @property
    def size(self) -> int:
        """K logits, centres and logarithms of scales, and K networks' weights and biases."""
        return self.components * (1 + 2 * self.dim + self.network.size)

    def start(self, rng: np.random.Generator) -> Tensor:
        """Equal weights, places from N(0, 1), scales `width`, and affine maps or random ones."""
        k, count = self.components, self.components * self.dim
        scales = np.full(count, math.log(self.width))
        head = [np.zeros(k), rng.normal(size=count) / self.lead, scales / self.lead]
        networks = [self._network(rng) for _ in range(k)]
        return torch.cat([torch.from_numpy(part) for part in head] + networks)

    def _network(self, rng: np.random.Generator) -> Tensor:
        if self.activation.leak is None:
            return self.network.start(rng)
        return affine_start(self.network, self.activation.leak, rng)

    def parts(self, theta: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Weights (..., K), centres and scales (..., K, d), networks (..., K, P)."""
        k, shape = self.components, (self.components, self.dim)
        count = k * self.dim
        logits, place, log_scale, rest = theta.split(
            [k, count, count, k * self.network.size], dim=-1
        )
        scale = self.spread * (self.lead * log_scale.unflatten(-1, shape)).exp()
        centre = self.centre + self.spread * self.lead * place.unflatten(-1, shape)
        return (
            (self.lead * logits).softmax(-1),
            centre,
            scale,
            rest.unflatten(-1, (k, self.network.size)),
        )

    def draw(self, n: int, rng: RandomState) -> Tensor:
        """Draws of z (n, k); point i belongs to network i mod K."""
        if n < self.components:
            raise ValueError(f"n must be at least 1 a component, {self.components}; got {n}.")
        return draws(self.latent, n, rng)

    def push(self, theta: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """Points of every network in turn, with their network's share of weight."""
        weight, centre, scale, networks = self.parts(theta)
        n, k, front = z.shape[-2], self.components, networks.shape[:-1]
        rows = pad(z, (0, 0, 0, -n % k)).unflatten(-2, (-1, k)).transpose(-3, -2)
        rows = rows.expand(*front, *rows.shape[-2:])  # (..., K, n/K, k)
        tape = self.network(networks.flatten(0, -2), rows.flatten(0, -3).mT)
        x = tape.output.mT.unflatten(0, front) * scale.unsqueeze(-2) + centre.unsqueeze(-2)
        owner = torch.arange(n, device=z.device) % k
        share = weight / owner.bincount(minlength=k)
        return x.transpose(-3, -2).flatten(-3, -2)[..., :n, :], share[..., owner]

    def law(self, theta: Tensor) -> Law | None:
        """The mixture, as one mesh; None but for piecewise linear networks of the plane."""
        weight, *parts = (part.numpy() for part in self.parts(one_member(theta, self.size)))
        if self.activation.leak is None:
            return None
        networks = [self._layers(*each) for each in zip(*parts, strict=True)]
        return mesh_mixture(self.latent, networks, weight)

    def _layers(self, centre: FloatArray, scale: FloatArray, theta: FloatArray) -> Layers:
        """One network with its place and its scale, layer by layer."""
        made = self.network.layers(torch.from_numpy(theta))
        parts = [(w.numpy(), b.numpy()[:, 0]) for w, b in made]
        weight, bias = parts[-1]
        parts[-1] = (scale[:, None] * weight, scale * bias + centre)
        return Layers(tuple(parts), (self.activation,) * len(self.hidden))


def affine_start(network: Perceptron, leak: float, rng: np.random.Generator) -> Tensor:
    r"""Parameters (P,) of a network of units s(a) = max(a, leak·a) that is z itself at the start.

    Units come in pairs of a and −a, and s(a) − s(−a) = (1 + leak) a hands a on: each layer takes
    random directions of what the pairs before it hand on, and the last undoes them. The pieces
    are there, and the map is one affine map on all of them. Where x has other coordinates than z,
    the map is the first ones of z; an odd unit is left alone.
    """
    scale, carried = 1 / (1 + leak), None
    whole = np.eye(network.widths[0])  # what the layer before hands on, as a map of z
    parts: list[FloatArray] = []
    for outputs, inputs in network.shapes[:-1]:
        pairs = outputs // 2
        turn = rng.normal(size=(pairs, whole.shape[0])) / math.sqrt(whole.shape[0])
        bias = rng.normal(0.0, 0.5, pairs)
        weight, shift = np.zeros((outputs, inputs)), np.zeros(outputs)
        taken = turn if carried is None else _of_pairs(turn, inputs, scale)
        weight[:pairs], weight[pairs : 2 * pairs] = taken, -taken
        before = np.zeros(len(whole)) if carried is None else carried
        shift[:pairs], shift[pairs : 2 * pairs] = bias - turn @ before, turn @ before - bias
        parts += [weight.ravel(), shift]
        whole, carried = turn @ whole, bias
    outputs, inputs = network.shapes[-1]
    back = np.eye(outputs, network.widths[0]) @ np.linalg.pinv(whole)
    taken = back if carried is None else _of_pairs(back, inputs, scale)
    parts += [taken.ravel(), np.zeros(outputs) if carried is None else -back @ carried]
    return torch.from_numpy(np.concatenate(parts))


def _of_pairs(matrix: FloatArray, inputs: int, scale: float) -> FloatArray:
    """A map of what pairs of units hand on, as weights on the units."""
    count, out = matrix.shape[1], np.zeros((len(matrix), inputs))
    out[:, :count], out[:, count : 2 * count] = scale * matrix, -scale * matrix
    return out
