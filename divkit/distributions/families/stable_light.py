r"""The light side of a stable law that leans to one side wholly: |β| = 1, α ≠ 1.

With k = α/(α − 1), λ = z^k and the angle ψ from the end where V is least,

    p(z) = α z^{1/(α−1)}/(π |1 − α|) ∫₀^{ψ*} V e^{−λV} dψ,      ψ* = π/max(1, α),

    V(ψ) = |cos(πα/2)|^{1/(α−1)} (sin αψ/sin ψ)^{α/(1−α)} sin(|1 − α|ψ)/sin ψ

(Zolotarev 1986, section 2.2; Nolan 1997, theorem 1), and ∫ e^{−λV} dψ/π is the mass beyond: of
z' < z for α < 1, where the law lives on z > 0, and of −z' > z for α > 1. Nothing cancels however
small p is: e^{−λV(0)} is taken out, and log V(ψ) − log V(0) is a power series in ψ². As λ grows

    −log p ~ λV(0) − (2 − α)/(2(α − 1)) log z.

Next to z = 0 for α > 1, and far from it for α < 1, p is not small, and the turned ray has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Protocol

import torch
from scipy.special import zeta

from divkit.distributions.tails import LOG, Tail, make, power
from divkit.types import Tensor

_EPS = 2.0**-52
_TERMS = 24
_SMALL = 1.0  # (1/π)^{2·24} is below the last digit
_DEEP, _BEYOND = 40.0, 4.0
_STEP, _LARGE = 1 / 8, 30.0
_CHUNK = 2_000


class StableSide(Protocol):
    """One side of a stable law, in z ≥ 0."""

    def log_density(self, z: Tensor) -> Tensor:
        """log p at z, (n,)."""
        ...

    def upper(self, z: Tensor) -> Tensor:
        """The mass beyond z, (n,)."""
        ...

    @property
    def rounding(self) -> float:
        """Error of the density, as a share of it, at its worst."""
        ...

    @property
    def at_zero(self) -> float:
        """The mass of the side."""
        ...


class NoSide:
    """The side on which a law has no mass."""

    rounding = 0.0
    at_zero = 0.0

    def log_density(self, z: Tensor) -> Tensor:
        """−inf."""
        return torch.full_like(z, -math.inf)

    def upper(self, z: Tensor) -> Tensor:
        """0."""
        return torch.zeros_like(z)


@dataclass(frozen=True)
class LightSide:
    """The side z ≥ 0 on which the density falls faster than every power.

    Attributes
    ----------
    alpha : index, not 1.
    ray : the same side by the turned ray, which is asked where λV(0) < 1.
    """

    alpha: float
    ray: StableSide

    @property
    def at_zero(self) -> float:
        """The mass of the side: all of it, or 1/α."""
        return min(1.0, 1 / self.alpha)

    @property
    def rounding(self) -> float:
        """The ray's, and that of λV(0), which is log p where it is large."""
        size = 16 + abs(self._log_level) + abs(self._power)
        return max(self.ray.rounding, 4 * _EPS * size)

    @property
    def tail(self) -> Tail:
        """In |z| for α > 1, else in 1/z."""
        a = Fraction(self.alpha)
        terms = {power(abs(a / (a - 1))): Fraction(math.exp(self._log_level))}
        fall = (2 - a) / (2 * abs(a - 1))
        return make({**terms, LOG: -fall}, "infinity" if a > 1 else "endpoint")

    @cached_property
    def _log_level(self) -> float:
        return _log_level(self.alpha)

    @cached_property
    def _power(self) -> float:
        return self.alpha / (self.alpha - 1)

    def _depth(self, z: Tensor) -> Tensor:
        """λV(0)."""
        return torch.exp(self._power * torch.log(z) + self._log_level)

    @cached_property
    def _series(self) -> list[float]:
        """The coefficients of ψ², ψ⁴, … in log V − log V(0)."""
        a = self.alpha
        ends = ((a, a / (1 - a)), (1.0, -a / (1 - a) - 1), (abs(1 - a), 1.0))
        return [
            -math.fsum(share * (end / math.pi) ** (2 * n) for end, share in ends) * zeta(2 * n) / n
            for n in range(1, _TERMS + 1)
        ]

    def _rise(self, angle: Tensor) -> Tensor:
        """log V − log V(0) at angles from 0, (…), to relative accuracy next to 0."""
        a = self.alpha
        near = angle < _SMALL / max(1.0, a)
        square = torch.where(near, angle, 0.0) ** 2
        total = torch.zeros_like(angle)
        for coefficient in reversed(self._series):
            total = (total + coefficient) * square
        if bool(near.all()):
            return total
        far = torch.where(near, 1.0, angle)
        inner, outer, bend = _log_sinc(a * far), _log_sinc(far), _log_sinc(abs(1 - a) * far)
        return torch.where(near, total, a / (1 - a) * (inner - outer) + bend - outer)

    def _integral(self, depth: Tensor, with_rise: bool) -> Tensor:
        """log ∫ (V/V(0))^{0 or 1} e^{−λ(V − V(0))} dψ for λV(0) ≥ 1, (n,).

        By the trapezoidal rule in y = log(ψ/(ψ* − ψ)): the integrand rises like e^y, and falls
        where λ(V − V(0)) > λV(0) αψ²/2 is large.
        """
        end = math.pi / max(1.0, self.alpha)
        centre = -0.5 * torch.log(depth)
        low = centre - _DEEP
        high = centre + 0.5 * math.log(2 * _DEEP / self.alpha) - math.log(end) + 1
        high = torch.where(high < 0, high, _BEYOND)
        wanted = _STEP if float(depth.min()) > _LARGE else _STEP / 2
        count = math.ceil(float((high - low).max()) / wanted)
        step = (high - low) / count
        at = low[:, None] + step[:, None] * torch.arange(count + 1, dtype=torch.float64)
        share = torch.sigmoid(at)
        rise = self._rise(end * share)
        logs = -depth[:, None] * torch.expm1(rise) + rise * with_rise
        logs = logs + torch.log(share) + torch.nn.functional.logsigmoid(-at)
        logs = torch.where(logs.isfinite(), logs, -math.inf)
        return torch.logsumexp(logs, dim=1) + torch.log(step * end)

    def _deep(self, z: Tensor) -> Tensor:
        a, depth = self.alpha, self._depth(z)
        head = math.log(a / (math.pi * abs(1 - a))) + self._log_level
        held = torch.where(depth < math.inf, depth, 1.0)
        whole = head + torch.log(z) / (a - 1) - held + self._integral(held, True)
        return torch.where(depth < math.inf, whole, -math.inf)

    def _split(self, z: Tensor) -> Tensor:
        return self._depth(z.clamp(min=5e-324)) >= 1

    def log_density(self, z: Tensor) -> Tensor:
        """log p at z ≥ 0, (n,)."""
        deep, out = self._split(z), torch.empty_like(z)
        if bool((~deep).any()):
            out[~deep] = self.ray.log_density(z[~deep])
        if bool(deep.any()):
            out[deep] = self._in_parts(self._deep, z[deep])
        return out

    def _in_parts(self, call: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
        """The same of points of like depth at a time."""
        order = torch.argsort(self._depth(z))
        found = torch.cat([call(part) for part in z[order].split(_CHUNK)])
        return torch.empty_like(found).index_put((order,), found)

    def _outer(self, z: Tensor) -> Tensor:
        depth = self._depth(z)
        held = torch.where(depth < math.inf, depth, 1.0)
        logs = self._integral(held, False) - depth
        return torch.exp(logs) / math.pi

    def upper(self, z: Tensor) -> Tensor:
        """The mass beyond z ≥ 0, (n,)."""
        return self._mass(z, beyond=True)

    def below(self, z: Tensor) -> Tensor:
        """The rest of the side, (n,)."""
        return self._mass(z, beyond=False)

    def _mass(self, z: Tensor, beyond: bool) -> Tensor:
        """Each from whichever of the two is computed as such."""
        deep, out = self._split(z), torch.empty_like(z)
        if bool((~deep).any()):
            mass = self.ray.upper(z[~deep])
            out[~deep] = mass if beyond else self.at_zero - mass
        if bool(deep.any()):
            mass = self._in_parts(self._outer, z[deep])
            out[deep] = mass if beyond == (self.alpha > 1) else self.at_zero - mass
        return out


def _log_sinc(t: Tensor) -> Tensor:
    """log(sin t / t) on [0, π]."""
    return torch.log(torch.sin(t).clamp(min=0.0)) - torch.log(t)


def light_border(alpha: float) -> float:
    """The z of λV(0) = 1."""
    return math.exp(-_log_level(alpha) * (alpha - 1) / alpha)


def _log_level(a: float) -> float:
    """log V(0)."""
    lean = math.log(math.sin(0.5 * math.pi * abs(1 - a))) / (a - 1)
    return lean + a / (1 - a) * math.log(a) + math.log(abs(1 - a))
