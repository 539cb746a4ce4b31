r"""One side of a stable law of index 1, by its characteristic function on a turned ray.

    φ(t) = exp(−t (1 + iκ log t)),  t > 0,      κ = 2β/π.

On t = r e^{iθ}, θ < 0, the exponent of e^{−izt} φ has the real part

    −r [(1 − κθ) cos θ + |sin θ| (z + κ log r)],

which falls in all of r that counts where |θ| grows with z, whatever the sign of κ. Far out
p(z) ~ (1 + β)/(π z²) (Samorodnitsky and Taqqu 1994, property 1.2.15).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from divkit.distributions.families.settled import SettledSide
from divkit.types import Tensor

_FAR = 1e18  # there the density is its leading power
_TURN, _TURNED = 0.7, 20.0  # the ray's angle, and the z from which on it has that
_LAST, _FIRST = 4.7, -4.5
_DEEP = 40.0


@dataclass(frozen=True)
class RayOfOne(SettledSide):
    """The density and the upper tail at z ≥ 0 of the law of index 1 and skewness beta."""

    beta: float
    widest, narrowest, chunk = 1 / 32, 1 / 600, 2_000

    @property
    def _kappa(self) -> float:
        return 2 * self.beta / math.pi

    @property
    def _far(self) -> float:
        return _FAR

    def _leading(self, z: Tensor) -> Tensor:
        return math.log1p(self.beta) - math.log(math.pi) - 2 * torch.log(z)

    def _phi(self, z: Tensor, r: Tensor, turn: Tensor) -> Tensor:
        """φ(t), and φ(t) − 1 from z = 20 on, which is of the size of p itself."""
        log_t = torch.complex(torch.log(r), turn.expand_as(r))
        exponent = -torch.exp(log_t) * (1 + 1j * self._kappa * log_t)
        turned = (z >= _TURNED)[:, None]
        return torch.where(turned, expm1_complex(exponent), torch.exp(exponent))

    def _density(self, z: Tensor, step: float) -> tuple[Tensor, Tensor]:
        """p at z ≥ 0 and the integral of the modulus of its integrand over π, both (n,)."""
        u = torch.arange(_FIRST, _LAST, step, dtype=torch.float64)
        rho = torch.exp(u - torch.exp(-u))
        weights = step * rho * (1 + torch.exp(-u))
        turn = _angle(z)[:, None]  # (n, 1)
        turned = z >= _TURNED
        reach = 1 / (torch.where(turned, 0.0, 1.0) + z * torch.sin(-turn[:, 0]))
        r = reach[:, None] * rho  # (n, k)
        along = torch.exp(torch.complex(torch.zeros_like(turn), turn))
        terms = torch.exp(-1j * along * (z[:, None] * r)) * self._phi(z, r, turn)
        terms = terms * along * (weights * reach[:, None])
        return terms.sum(dim=1).real / math.pi, terms.abs().sum(dim=1) / math.pi

    @property
    def at_zero(self) -> float:
        """P(Z > 0)."""
        return float(self.upper(torch.zeros(1, dtype=torch.float64)))

    def upper(self, z: Tensor) -> Tensor:
        """P(Z > z) at z ≥ 0, by the trapezoidal rule in log r, (n,)."""
        return torch.cat([self._upper(part) for part in z.split(self.chunk // 20)])

    def _upper(self, z: Tensor) -> Tensor:
        turn = _angle(z)[:, None]
        turned = z >= _TURNED
        steep = torch.log(torch.where(turned, 0.0, 1.0) + z * torch.sin(-turn[:, 0]))
        low = -_DEEP + steep.clamp(max=0.0)
        width = self._settled[0] / 2
        count = math.ceil((_LAST - float(low.min())) / width)
        step = (_LAST - low) / count
        at = low[:, None] + step[:, None] * torch.arange(count + 1, dtype=torch.float64)
        r = torch.exp(at - steep[:, None])
        along = torch.exp(torch.complex(torch.zeros_like(turn), turn))
        terms = torch.exp(-1j * along * (z[:, None] * r)) * self._phi(z, r, turn)
        mass = (terms.imag.sum(dim=1) * step) / math.pi
        # on the ray ∫ (e^{−izt} φ)/(it) passes a quarter of a turn less θ around 0
        start = 0.5 + turn[:, 0] / math.pi
        return torch.where(turned, mass, start + mass)


def _angle(z: Tensor) -> Tensor:
    """θ ≤ 0."""
    return -_TURN * (z / _TURNED).clamp(max=1.0)


def expm1_complex(z: Tensor) -> Tensor:
    """e^z − 1 by parts: torch's own, of complex numbers, loses its digits next to 0."""
    a, b = z.real, z.imag
    rise = torch.expm1(a) * torch.cos(b) - 2 * torch.sin(0.5 * b) ** 2
    return torch.complex(rise, torch.exp(a) * torch.sin(b))
