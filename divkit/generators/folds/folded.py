r"""The law of G(z), z on the line, by all preimages (equation 3 of the derivation):

    p_G(x) = Σ_{z: G(z) = x} p_z(z) / |G′(z)|.

At a critical value the density has a pole, like |x − c|^{−1/2} next to a fold. Critical values are
kinks of the law, so that quadrature writes its points as offsets from them, and preimages are
solved for from such offsets: no digit is lost however near the pole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy.special import ndtr

from divkit.distributions.base import Feature, Law1D
from divkit.distributions.compose.thinning import thinned
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, interval
from divkit.generators.folds.branch import Branch, End
from divkit.generators.folds.branches import between, branches, flattest
from divkit.generators.folds.curve import LineMap
from divkit.types import FloatArray, Tensor

_SCORES = np.linspace(-7.0, 7.0, 57)  # where features are looked for, as normal scores


@dataclass(frozen=True, eq=False)
class FoldedLaw(Law1D):
    """The law of G(z). Autograd follows its log density in x once, not to second derivatives.

    Parameters
    ----------
    latent : the law of z, with a density on an interval of the line.
    curve : G.

    Raises
    ------
    ValueError
        If the latent law's support is no interval, or G is constant to rounding on a set of
        probability above 1e-12.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> from divkit.generators.folds.polynomial import PolynomialCurve
    >>> round(float(FoldedLaw(Normal(), PolynomialCurve((0, 0, 1))).cdf(1.0)), 12)
    0.682689492137
    """

    latent: Law1D
    curve: LineMap

    def __post_init__(self) -> None:
        self.branches  # noqa: B018  (the search is the validation)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The pieces on which G is monotone."""
        return branches(self.latent, self.curve)

    @cached_property
    def _ends(self) -> tuple[End, ...]:
        return tuple(end for b in self.branches for end in (b.left, b.right))

    @cached_property
    def support(self) -> Boxes:
        """The image, an interval."""
        values = [end.value for end in self._ends]
        return interval(min(values), max(values))

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """Values where branches end, and images of the latent law's kinks.

        Branches end at folds, at the ends of the latent support, and where G is so flat that the
        peak there is narrower than floats are apart: offsets from its value resolve it.
        """
        values = {e.value for e in self._ends}
        inner = np.array(self.latent.kinks, dtype=float)
        values |= set(self.curve.jet(inner, 0)[0].tolist()) if len(inner) else set()
        return tuple(sorted(v for v in values if math.isfinite(v)))

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Images of quantiles of z with the widths between them, and of where G is flattest."""
        z = np.unique(self.latent.ppf(ndtr(_SCORES)))
        z = z[np.isfinite(z)]
        g, slope = self.curve.jet(z, 1)
        width = np.maximum(np.abs(np.gradient(g)), np.abs(slope * np.gradient(z)))
        peaks, narrow = flattest(self.latent, self.curve)
        centres = np.concatenate([g, self.curve.jet(peaks, 0)[0]]).tolist()
        pairs = zip(centres, np.concatenate([width, narrow]).tolist(), strict=True)
        return thinned(Feature((c,), (s,)) for c, s in pairs if s > 0)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        out: Tensor = _LogDensity.apply(offset, self, anchor)  # type: ignore[no-untyped-call]
        return out

    def log_density(self, anchor: float, offset: FloatArray) -> FloatArray:
        """log p_G at anchor + offset (n,)."""
        logs = np.full(len(offset), -math.inf)
        for piece in self.branches:
            inside, terms = piece.log_density(self.latent, anchor, offset)
            logs[inside] = np.logaddexp(logs[inside], terms)
        return logs

    def score(self, anchor: float, offset: FloatArray) -> FloatArray:
        r"""Derivative of log p_G in x at anchor + offset (n,); 0 where p_G is.

        Of a branch's term p_z(z)/|G′(z)| the logarithm has [(log p_z)′(z) − G″(z)/G′(z)]/G′(z), as
        dz/dx = 1/G′(z), and the terms weigh as they add up.
        """
        logs, total = self.log_density(anchor, offset), np.zeros(len(offset))
        for piece in self.branches:
            inside, terms = piece.log_density(self.latent, anchor, offset)
            held = inside[np.isfinite(logs[inside])]
            share = np.exp(terms[np.isfinite(logs[inside])] - logs[held])
            z = piece.clipped(anchor + offset[held])
            _, slope, curvature = self.curve.jet(z, 2)
            total[held] += share * (_score_of(self.latent, z) - curvature / slope) / slope
        return total

    def _below(self, x: FloatArray, above: bool) -> FloatArray:
        """P(G(z) ≤ x), or P(G(z) > x), branch by branch."""
        total = np.zeros_like(x)
        for piece in self.branches:
            z = piece.clipped(x)
            near, far = (z, piece.right.at) if piece.rising == above else (piece.left.at, z)
            low, high = np.broadcast_arrays(near, far)
            total += between(self.latent, low, high)
        return total

    def cdf(self, x: Any) -> FloatArray:
        """Latent probabilities of {z: G(z) ≤ x}."""
        points = np.asarray(x, float)
        return self._below(points.reshape(-1), above=False).reshape(points.shape)

    def sf(self, x: Any) -> FloatArray:
        """Latent probabilities of {z: G(z) > x}."""
        points = np.asarray(x, float)
        return self._below(points.reshape(-1), above=True).reshape(points.shape)

    def ppf(self, u: Any) -> FloatArray:
        """By inverting the distribution function."""
        levels = np.asarray(u, float)
        flat = levels.reshape(-1)
        low, high = (np.full(len(flat), end) for end in self.support.boxes[0][0])
        return invert(self.cdf, self.sf, flat, low, high).reshape(levels.shape)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return self.curve.jet(self.latent.sample(n, rng).numpy()[:, 0], 0)[0]


def _score_of(latent: Law1D, z: FloatArray) -> FloatArray:
    """(log p_z)′ at points (n,)."""
    at = torch.from_numpy(z).requires_grad_()
    with torch.enable_grad():
        total = latent.log_prob(at[:, None]).sum()
    return torch.autograd.grad(total, at)[0].numpy()


class _LogDensity(torch.autograd.Function):
    """log p_G, whose derivative is `FoldedLaw.score`."""

    @staticmethod
    def forward(ctx: Any, offset: Tensor, law: FoldedLaw, anchor: float) -> Tensor:
        flat = offset.detach().reshape(-1).cpu().numpy()
        ctx.law, ctx.anchor, ctx.flat = law, anchor, flat
        logs = law.log_density(anchor, flat)
        return torch.from_numpy(logs).reshape(offset.shape).to(offset.device)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *passed: Tensor) -> tuple[Tensor, None, None]:
        score = torch.from_numpy(ctx.law.score(ctx.anchor, ctx.flat))
        return passed[0] * score.reshape(passed[0].shape).to(passed[0].device), None, None
