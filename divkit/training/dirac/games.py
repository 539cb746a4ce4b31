r"""The Dirac-GAN: the smallest game that shows how training moves, with everything in closed form.

The data are the point 0, the generator is the point θ, the discriminator is D(x) = ψx, here the
logit that a point is *generated* (so log p − log q is −ψx). With f(t) = −log(1 + e^{−t}),

    L(θ, ψ) = f(θψ) + f(0),   θ' = −∂L/∂θ = −f'(θψ) ψ,   ψ' = ∂L/∂ψ = f'(θψ) θ,

f'(t) = σ(−t) (Mescheder, Geiger, Nowozin 2018, section 2). The only equilibrium is (0, 0). Near it
the flow is linear, z' = Jz, and the eigenvalues of J say whether it circles, spirals in or flees:
each game here carries them in closed form, and construction checks trace and determinant of its
own Jacobian, got by autograd, against them.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch

from divkit.distributions.base import positive
from divkit.types import Tensor

Pair: TypeAlias = tuple[Tensor, Tensor]
Field: TypeAlias = Callable[[Tensor, Tensor], Pair]
Spectrum: TypeAlias = tuple[complex, complex]

_NODES = 64
_PAPER = "Mescheder, Geiger, Nowozin 2018"


@dataclass(frozen=True, eq=False)
class DiracGame:
    """A vector field on (θ, ψ), what its steps are projected on, and its spectrum at (0, 0).

    Attributes
    ----------
    name, label : a short name, and what is printed.
    field : (θ, ψ) -> (θ', ψ'), elementwise on tensors of one shape.
    eigenvalues : of the field's Jacobian at (0, 0), in closed form; None where the field is not
        differentiable there.
    clip : after each step ψ is brought back into [−clip, clip].
    source : paper and section.

    Raises
    ------
    ValueError
        If the Jacobian by autograd has another trace or determinant than the eigenvalues.

    Examples
    --------
    >>> from divkit.gan import dirac_games
    >>> dirac_games()[0].label
    'GAN'
    """

    name: str
    label: str
    field: Field
    eigenvalues: Spectrum | None
    clip: float = math.inf
    source: str = _PAPER

    def __post_init__(self) -> None:
        if self.eigenvalues is not None:
            _check(self.name, jacobian(self), self.eigenvalues)

    def __repr__(self) -> str:
        return self.name

    def project(self, psi: Tensor) -> Tensor:
        """ψ within [−clip, clip]."""
        return psi.clamp(-self.clip, self.clip)


def jacobian(game: DiracGame, theta: float = 0.0, psi: float = 0.0) -> Tensor:
    """The field's Jacobian at a point, (2, 2), by autograd."""
    at = torch.tensor([theta, psi], dtype=torch.float64)
    rows: Tensor = torch.autograd.functional.jacobian(
        lambda z: torch.stack(game.field(z[0], z[1])), at
    )
    return rows


def _check(name: str, matrix: Tensor, wanted: Spectrum) -> None:
    """Trace and determinant keep the digits that a double eigenvalue loses."""
    found = (float(matrix.trace()), float(torch.linalg.det(matrix)))
    claimed = (wanted[0] + wanted[1], wanted[0] * wanted[1])
    if not all(abs(a - b) <= 1e-12 * (1 + abs(b)) for a, b in zip(found, claimed, strict=True)):
        raise ValueError(
            f"game {name!r}: its Jacobian at (0, 0) has trace and determinant {found}, its "
            f"eigenvalues say {claimed}."
        )


def gan() -> DiracGame:
    """The minimax game: the flow circles, θ² + ψ² is conserved, λ = ±i/2."""
    return DiracGame("gan", "GAN", _minimax, (0.5j, -0.5j))


def non_saturating() -> DiracGame:
    """The generator ascends f(−θψ) instead: λ = ±i/2 as before, and r² → 8/t by higher orders."""
    return DiracGame(
        "non_saturating",
        "non-saturating GAN",
        lambda theta, psi: (-_slope(-theta * psi) * psi, _slope(theta * psi) * theta),
        (0.5j, -0.5j),
    )


def wgan(clip: float = 1.0) -> DiracGame:
    """WGAN: f(t) = t, λ = ±i, and after each step ψ is clipped to [−clip, clip].

    Raises
    ------
    ValueError
        If clip is not positive; pass math.inf for none.
    """
    if not clip > 0:
        raise ValueError(f"clip must be in (0, inf]; got {clip!r}. math.inf clips nothing.")
    label = "WGAN" if math.isinf(clip) else f"WGAN, |ψ| ≤ {clip:g}"
    return DiracGame("wgan", label, lambda theta, psi: (-psi, theta), (1j, -1j), clip)


def wgan_gp(weight: float = 0.7, target: float = 1.0) -> DiracGame:
    """WGAN less ½ weight (|ψ| − target)²: no equilibrium at 0, where |ψ| has its kink.

    Raises
    ------
    ValueError
        If weight or target is not positive.
    """
    w, g = positive("weight", weight), positive("target", target)

    def field(theta: Tensor, psi: Tensor) -> Pair:
        return -psi, theta - w * (psi.abs() - g) * psi.sign()

    return DiracGame("wgan_gp", f"WGAN-GP, weight {w:g}", field, None)


def instance_noise(sd: float = 0.7) -> DiracGame:
    """Noise N(0, sd²) on real and fake points: λ = −sd²/4 ± √(sd⁴/16 − ¼), critical at sd² = 2.

    The mean over the noise is a Gauss–Hermite sum of 64 nodes.

    Raises
    ------
    ValueError
        If sd is not positive.
    """
    s = positive("sd", sd)
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    noise = s * torch.from_numpy(nodes)
    mass = torch.from_numpy(weights / weights.sum())

    def field(theta: Tensor, psi: Tensor) -> Pair:
        fake, at = theta[..., None] + noise, psi[..., None]
        slope = _slope(fake * at)
        real = noise * _slope(-noise * at)
        return -psi * (slope @ mass), (fake * slope - real) @ mass

    return DiracGame("instance_noise", f"noise of sd {s:g}", field, _spiral(s * s / 2))


def gradient_penalty(weight: float = 0.3) -> DiracGame:
    """Less ½ weight ψ² (R1 and R2 are the same here): λ = −w/2 ± √(w²/4 − ¼), critical at w = 1.

    Raises
    ------
    ValueError
        If weight is not positive.
    """
    w = positive("weight", weight)

    def field(theta: Tensor, psi: Tensor) -> Pair:
        down, up = _minimax(theta, psi)
        return down, up - w * psi

    return DiracGame("gradient_penalty", f"gradient penalty {w:g}", field, _spiral(w))


def consensus(weight: float = 1.0) -> DiracGame:
    """Consensus optimisation: v − weight ∇½|v|², λ = −weight/4 ± i/2.

    |v|² = (θ² + ψ²) f'(θψ)² (Mescheder, Nowozin, Geiger 2017, equation 8).

    Raises
    ------
    ValueError
        If weight is not positive.
    """
    w = positive("weight", weight)

    def field(theta: Tensor, psi: Tensor) -> Pair:
        s = _slope(theta * psi)
        bend = (theta * theta + psi * psi) * s * -s * (1 - s)  # f'' = −f'(1 − f')
        down, up = -s * psi, s * theta
        return down - w * (theta * s * s + bend * psi), up - w * (psi * s * s + bend * theta)

    source = "Mescheder, Nowozin, Geiger 2017"
    pair = (complex(-w / 4, 0.5), complex(-w / 4, -0.5))
    return DiracGame("consensus", f"consensus {w:g}", field, pair, source=source)


def dirac_games() -> tuple[DiracGame, ...]:
    """The games of the paper's figure, at its weights.

    >>> [game.name for game in dirac_games()][:2]
    ['gan', 'non_saturating']
    """
    return (
        gan(),
        non_saturating(),
        wgan(),
        wgan_gp(),
        instance_noise(),
        gradient_penalty(),
        gradient_penalty(1.0),
        consensus(),
    )


def _slope(t: Tensor) -> Tensor:
    """f'(t) = σ(−t)."""
    return torch.sigmoid(-t)


def _minimax(theta: Tensor, psi: Tensor) -> Pair:
    slope = _slope(theta * psi)
    return -slope * psi, slope * theta


def _spiral(damping: float) -> Spectrum:
    """Roots of λ² + damping·λ + ¼."""
    half = 0.5 * damping
    root = cmath.sqrt(half * half - 0.25)
    return -half + root, -half - root
