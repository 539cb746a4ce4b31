r"""Stable laws on the line, by their characteristic function on a turned contour.

    φ(t) = exp(−|t|^α (1 − iβ sign(t) tan(πα/2))) = exp(−c t^α),  t > 0,
    c = e^{−iψ}/cos ψ,      tan ψ = β tan(πα/2)

(the parameters S1 of Samorodnitsky and Taqqu 1994, which are SciPy's). For z > 0 the integral
π p(z) = Re ∫₀^∞ e^{−izt} φ(t) dt may run along any ray t = r e^{iθ}, θ < 0, on which φ falls:
|αθ − ψ| < π/2. There e^{−izt} falls too and little oscillates. Since Re ∫ e^{−izt} dt = 0, φ may
be replaced by φ − 1, which is of the size of p itself far out, where

    p(z) ~ Γ(α + 1) sin(πα/2 + ψ)/(π cos ψ) z^{−α−1};

P(Z > z) has a further factor 1/(it). A trapezoidal rule in u, r = R e^{u − e^{−u}}, converges
exponentially (Takahasi, Mori 1974). The other side is that of −Z, with −β. F(0) = ½ − ψ/(πα)
(Zolotarev 1986, section 2.2). At α = 1 φ has a logarithm: see `stable_one`; for the light side at
|β| = 1 see `stable_light`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import torch

from divkit.distributions.base import Feature, Law1D, finite, positive
from divkit.distributions.families.heavy import Cauchy
from divkit.distributions.families.location_scale import LocationScale
from divkit.distributions.families.normal import Normal
from divkit.distributions.families.numerics import floats, off_support, quiet
from divkit.distributions.families.settled import SettledSide
from divkit.distributions.families.stable_light import LightSide, NoSide, StableSide, light_border
from divkit.distributions.families.stable_one import RayOfOne, expm1_complex
from divkit.distributions.maps.tails import (
    change,
    nearly_scaled,
    nearly_scaled_and_shifted,
)
from divkit.distributions.quantile import invert
from divkit.distributions.support import Boxes, interval
from divkit.distributions.tails import LOG, Tail, make
from divkit.lazy import deferred
from divkit.types import FloatArray, Tensor

_named = deferred("divkit.distributions.adapt.named")
_DEEP = 40.0  # e^{−40} is no part of a float
_LEAST_ALPHA = 0.25
_NEAREST = 0.05
_NOTHING = 1e-30
"""A z that adds nothing to a distribution function: the density is at most 24/π next to 0."""
_LEVELS = np.array([0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98])
_TURN = 0.6
"""Share of the way to the last ray on which φ falls."""


@dataclass(frozen=True)
class _Ray(SettledSide):
    """The ray of one side of a stable law, and the nodes on it."""

    alpha: float
    beta: float
    within: tuple[float, float] = (0.0, math.inf)
    widest, narrowest, chunk = 1 / 16, 1 / 250, 10_000

    @property
    def _probes(self) -> Tensor:
        """Those within, and its ends."""
        low, high = self.within
        points = super()._probes
        ends = points.new_tensor([end for end in self.within if math.isfinite(end)])
        return torch.cat([points[(points > low) & (points < high)], ends])

    @cached_property
    def psi(self) -> float:
        return math.atan(self.beta * math.tan(0.5 * math.pi * self.alpha))

    @cached_property
    def theta(self) -> float:
        return max(_TURN * (self.psi - 0.5 * math.pi) / self.alpha, -0.49 * math.pi)

    @property
    def _far(self) -> float:
        return 10 ** (17 / self.alpha)

    def _leading(self, z: Tensor) -> Tensor:
        return self._log_tail - (self.alpha + 1) * torch.log(z)

    @cached_property
    def _log_tail(self) -> float:
        rise = math.sin(0.5 * math.pi * self.alpha + self.psi) / (math.pi * math.cos(self.psi))
        return math.lgamma(self.alpha + 1) + math.log(rise)

    @property
    def _turn(self) -> complex:
        return complex(math.cos(self.theta), math.sin(self.theta))

    @property
    def _lean(self) -> complex:
        """The factor c e^{iαθ} of r^α."""
        bend = self.alpha * self.theta - self.psi
        return complex(math.cos(bend), math.sin(bend)) / math.cos(self.psi)

    def _density(self, z: Tensor, step: float) -> tuple[Tensor, Tensor]:
        """p at z ≥ 0 and the integral of the modulus of its integrand over π, both (n,)."""
        u = torch.arange(-4.5, max(4.0 / self.alpha + 1.5, 4.7), step, dtype=torch.float64)
        rho = torch.exp(u - torch.exp(-u))
        weights = step * rho * (1 + torch.exp(-u))
        near = z < 1
        sharp = torch.where(near, self._lean.real ** (1 / self.alpha), 0.0)
        reach = 1 / (sharp + z * -self._turn.imag)  # (n,)
        r = reach[:, None] * rho  # (n, k)
        exponent = -self._lean * r**self.alpha
        phi = torch.where(near[:, None], torch.exp(exponent), expm1_complex(exponent))
        terms = torch.exp(-1j * self._turn * (z[:, None] * r)) * phi * (weights * reach[:, None])
        terms = terms * self._turn
        return terms.sum(dim=1).real / math.pi, terms.abs().sum(dim=1) / math.pi

    @property
    def at_zero(self) -> float:
        """P(Z > 0)."""
        return 0.5 + self.psi / (math.pi * self.alpha)

    def upper(self, z: Tensor) -> Tensor:
        """P(Z > z) at z > 0, by the trapezoidal rule in log r, (n,)."""
        found = [self._upper(part) for part in z.split(self.chunk // 20)]
        return torch.cat(found)

    def _upper(self, z: Tensor) -> Tensor:
        steep = torch.log(z * -self._turn.imag)
        low = -_DEEP / self.alpha + steep.clamp(max=0.0)  # of log(r z |sin θ|), up to 4
        count = math.ceil((4.0 - float(low.min())) / (1.5 * self._settled[0]))
        width = (4.0 - low) / count
        at = low[:, None] + width[:, None] * torch.arange(count + 1, dtype=torch.float64)
        r = torch.exp(at - steep[:, None])
        phi = expm1_complex(-self._lean * r**self.alpha)
        terms = torch.exp(-1j * self._turn * (z[:, None] * r)) * phi / 1j
        return (terms.sum(dim=1) * width).real / math.pi


def _side(alpha: float, beta: float) -> StableSide:
    """The side z ≥ 0 of the law; the other is that of −beta."""
    if alpha == 1:
        return RayOfOne(beta)
    if abs(beta) < 1 or (beta == 1 and alpha > 1):
        return _Ray(alpha, beta)
    if alpha < 1 and beta == -1:
        return NoSide()
    border = light_border(alpha)
    within = (border, math.inf) if alpha < 1 else (0.0, border)
    return LightSide(alpha, _Ray(alpha, beta, within))


@dataclass(frozen=True)
class Stable(LocationScale):
    """The stable law of loc + scale·Z, Z with the characteristic function above; see `stable`.

    Parameters
    ----------
    alpha : index of the tails, in [0.25, 2).
    beta : skewness, in [−1, 1]; ±1 not at an alpha of 1, nor nearer to it than 0.05.
    loc, scale : finite, and positive.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    See Also
    --------
    divkit.stable : the constructor, which gives the families that it holds.

    Examples
    --------
    >>> Stable(1.5).log_prob([0.0, 1.0])
    array([-1.24704472, -1.59929869])
    """

    alpha: float
    beta: float = 0.0
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "alpha", finite("alpha", self.alpha))
        object.__setattr__(self, "beta", finite("beta", self.beta))
        if not _LEAST_ALPHA <= self.alpha < 2:
            raise ValueError(
                f"alpha must be in [{_LEAST_ALPHA}, 2); got {self.alpha!r}. At 2 the law is "
                f"normal: stable(alpha, beta) makes it."
            )
        if not -1 <= self.beta <= 1:
            raise ValueError(f"beta must be in [-1, 1]; got {self.beta!r}.")
        if abs(self.beta) == 1 and abs(self.alpha - 1) < _NEAREST:
            raise ValueError(
                f"alpha must be 1, or {_NEAREST} away from it, where beta is 1 or -1; got "
                f"{self.alpha!r}. stable(1, 1) is Landau's law, and beta = 0.999 goes with any "
                "alpha."
            )

    @cached_property
    def _sides(self) -> tuple[StableSide, StableSide]:
        """Of z < 0 and of z ≥ 0."""
        return _side(self.alpha, -self.beta), _side(self.alpha, self.beta)

    @property
    def support(self) -> Boxes:
        """The line; the half of it beyond loc where beta is ±1 and alpha below 1."""
        if self.alpha > 1 or abs(self.beta) < 1:
            return interval(-math.inf, math.inf)
        return interval(self.loc, math.inf) if self.beta > 0 else interval(-math.inf, self.loc)

    @cached_property
    def _place(self) -> float:
        """The x of z = 0: at index 1 the scale moves it."""
        if self.alpha != 1:
            return self.loc
        return self.loc + 2 / math.pi * self.beta * self.scale * math.log(self.scale)

    def _log_prob_at(self, anchor: float, offset: Tensor) -> Tensor:
        z = ((anchor - self._place) + offset) / self.scale
        inside = z.isfinite()
        flat = torch.where(inside, z, 0.0).reshape(-1)
        lower, upper = (side.log_density(flat.abs()) for side in self._sides)
        logs = torch.where(flat < 0, lower, upper).reshape(z.shape)
        return off_support(inside, logs - math.log(self.scale))

    @cached_property
    def blur(self) -> float:
        """Error of the density of either side, at its worst of many points."""
        return max(side.rounding for side in self._sides)

    def _upper(self, z: FloatArray, side: int) -> FloatArray:
        """P(Z > z) for side 1, P(Z < −z) for −1, at z ≥ 0."""
        ray = self._sides[1 if side > 0 else 0]
        at_zero = z < _NOTHING
        safe = np.where(~at_zero & np.isfinite(z), z, 1.0)
        found = ray.upper(torch.from_numpy(safe)).numpy()
        return floats(np.where(at_zero, ray.at_zero, np.where(np.isinf(z), 0.0, found)))

    def _rest(self, z: FloatArray, side: int) -> FloatArray:
        """1 − P(Z > z) for side 1; where all mass is on that side, that below z, to its digits."""
        here = self._sides[1 if side > 0 else 0]
        if not isinstance(here, LightSide) or here.at_zero < 1:
            return 1 - self._upper(z, side)
        safe = np.where((z > 0) & np.isfinite(z), z, 1.0)
        found = here.below(torch.from_numpy(safe)).numpy()
        return floats(np.where(z == 0, 0.0, np.where(np.isinf(z), 1.0, found)))

    def _share(self, x: Any, side: int) -> FloatArray:
        point = side * (floats(x) - self._place) / self.scale
        flat = np.atleast_1d(point).reshape(-1)
        out = np.empty(flat.shape)
        for beyond, own in ((flat >= 0, True), (~(flat >= 0), False)):
            if beyond.any():
                distance = np.abs(flat[beyond])
                out[beyond] = self._upper(distance, side) if own else self._rest(distance, -side)
        return floats(out.reshape(point.shape))

    @quiet
    def cdf(self, x: Any) -> FloatArray:
        """P(X ≤ x)."""
        return self._share(x, -1)

    @quiet
    def sf(self, x: Any) -> FloatArray:
        """P(X > x), to full relative accuracy in the upper tail."""
        return self._share(x, 1)

    def ppf(self, u: Any) -> FloatArray:
        """The quantile function, by inverting the distribution function."""
        level = floats(u)
        flat = level.reshape(-1)
        ends = np.full(flat.shape, -math.inf), np.full(flat.shape, math.inf)
        return invert(self.cdf, self.sf, flat, *ends).reshape(level.shape)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """By Chambers, Mallows and Stuck (1976)."""
        angle, wait = math.pi * (rng.random(n) - 0.5), rng.standard_exponential(n)
        if self.alpha == 1:
            lean = 0.5 * math.pi + self.beta * angle
            z = lean * np.tan(angle) - self.beta * np.log(
                0.5 * math.pi * wait * np.cos(angle) / lean
            )
            return floats(self._place + self.scale * (2 / math.pi * z))
        a = self.alpha
        psi = math.atan(self.beta * math.tan(0.5 * math.pi * a))
        turned = a * angle + psi
        stretch = (np.cos(angle - turned) / wait) ** ((1 - a) / a)
        z = np.sin(turned) / (math.cos(psi) * np.cos(angle)) ** (1 / a) * stretch
        return floats(self.loc + self.scale * z)

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Quantiles, each with the width to its neighbours."""
        x = self.ppf(_LEVELS)
        width = np.abs(np.gradient(x))
        return tuple(Feature((c,), (w,)) for c, w in zip(x.tolist(), width.tolist(), strict=True))

    @cached_property
    def tails(self) -> tuple[Tail | None, Tail | None]:
        """(alpha + 1) log|x| at both ends; where beta is ±1 a power at the other one."""
        heavy = make({LOG: Fraction(self.alpha) + 1})
        for side, (ray, towards) in enumerate(zip(self._sides, (-1, 1), strict=True)):
            if isinstance(ray, LightSide):
                at_infinity = self.alpha > 1
                light = self._moved(ray.tail, towards)
                lower_is_light = (side == 0) == at_infinity
                return (light, heavy) if lower_is_light else (heavy, light)
        return (heavy, heavy)

    def _moved(self, tail: Tail, side: int) -> Tail | None:
        """From z to x; irrational coefficients are rounded."""
        scale = Fraction(self.scale)
        if self.alpha < 1:
            return change(tail, nearly_scaled(scale), {}, tail.at)
        return change(
            tail, nearly_scaled_and_shifted(scale, side * Fraction(self.loc)), {}, tail.at
        )

    @property
    def mean(self) -> FloatArray:
        """(loc,) where alpha > 1, else (nan,)."""
        return np.array([self.loc if self.alpha > 1 else math.nan])

    @property
    def covariance(self) -> FloatArray:
        """((inf,),) where alpha > 1, else ((nan,),)."""
        return np.array([[math.inf if self.alpha > 1 else math.nan]])


def stable(alpha: float, beta: float = 0.0, loc: float = 0.0, scale: float = 1.0) -> Law1D:
    """Return the stable law of index alpha and skewness beta (parameters S1, as SciPy's).

    log φ(t) = i loc t − |scale t|^alpha (1 − i beta sign(t) tan(π alpha/2)), at alpha = 1
    log φ(t) = i loc t − |scale t| (1 + (2i/π) beta sign(t) log |t|).

    Where beta is 1 the law leans to the right wholly: for alpha < 1 it lives on (loc, ∞), for
    alpha > 1 its lower tail falls like e^{−c|x|^{alpha/(alpha − 1)}}. At alpha = ½ it is Lévy's,
    at 1 Landau's. That of −1 is the mirror image.

    Returns
    -------
    Law
        A `Stable`, or the normal, Cauchy or Lévy law that it is.

    Raises
    ------
    ValueError
        If alpha is not in [0.25, 2], or beta not in [−1, 1]; if beta is ±1 and alpha within 0.05
        of 1, but not 1.

    See Also
    --------
    divkit.Stable : the class.
    divkit.Cauchy : of index 1.
    divkit.Normal : of index 2.

    Examples
    --------
    >>> stable(1.0, 0.0, 0.5, 2.0)
    Cauchy(loc=0.5, scale=2.0)
    >>> round(float(stable(1.5, 1.0).cdf(0.0)), 12)
    0.666666666667
    """
    if alpha == 2:
        return Normal(loc, positive("scale", scale) * math.sqrt(2))
    if alpha == 1 and beta == 0:
        return Cauchy(loc, scale)
    if abs(beta) == 1 and alpha in (0.5, 1):
        law: Law1D = _named.wholly_skewed(
            alpha, beta, finite("loc", loc), positive("scale", scale)
        )
        return law
    return Stable(alpha, beta, loc, scale)
