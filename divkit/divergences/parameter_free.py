"""The f-divergences without a parameter, one value each: f, f', f* as the papers print them.

Scales: `JS` is the Jensen–Shannon divergence (≤ log 2), `JS_FGAN` is twice that; `HELLINGER2` is
H² = 1 − ∫√(pq) in [0, 1], `SQUARED_HELLINGER` is 2H².
"""

from __future__ import annotations

import math

import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.tails import cross_entropy_is_finite
from divkit.divergences import stable
from divkit.divergences.base import FDivergence
from divkit.divergences.elementwise import (
    FGAN,
    StartingAt,
    UpTo,
    identity,
    power_finite,
    scaled,
    swapped,
    xlogx,
)
from divkit.divergences.quantities import (
    BHATTACHARYYA_DEFECT,
    BOTH_KULLBACKS,
    JENSEN_SHANNON,
    KULLBACK,
    REVERSE_KULLBACK,
    TRIANGLE,
    VARIATION,
    Multiple,
    Quantity,
)
from divkit.divergences.stable import LOG2, softplus
from divkit.remade import name_functions
from divkit.types import Tensor


def _jeffreys_conjugate(t: Tensor) -> Tensor:
    w = _wright_omega(1 - t)
    return w + 1 / w + t - 2


def _wright_omega(z: Tensor) -> Tensor:
    """The solution of w + log w = z by Newton's method; the last step carries the gradient.

    Steps rise to the solution after the first, as w + log w is concave. (scipy.special has it too,
    and would be imported for this alone.)
    """
    with torch.no_grad():
        w = torch.where(z > 1, z, torch.exp(torch.clamp(z, max=1.0)))
        for _ in range(7):
            w = _newton(w, z)
    return _newton(w, z)


def _newton(w: Tensor, z: Tensor) -> Tensor:
    safe = torch.where(w > 0, w, torch.ones_like(w))
    return torch.where(w > 0, safe * (1 + z - safe.log()) / (1 + safe), w)


TV = FDivergence(
    "tv",
    "TV (in [0, 1])",
    stable.tv,
    f=lambda u: 0.5 * (u - 1).abs(),
    prime=lambda u: 0.5 * torch.sign(u - 1),
    conjugate=UpTo(0.5, StartingAt(-0.5, -0.5, identity)),
    output=lambda v: 0.5 * torch.tanh(v),
    witness=lambda v: 0.5 * torch.sign(v),
    conjugate_at=lambda v: 0.5 * torch.sign(v),
    at_zero=0.5,
    slope_at_infinity=0.5,
    prime_at_one=0.0,
    curvature=math.inf,
    symmetric=True,
    source=FGAN,
    multiple=Multiple(VARIATION),
)

KL = FDivergence(
    "kl",
    "KL(p‖q)",
    stable.kl,
    f=xlogx,
    prime=lambda u: 1 + u.log(),
    conjugate=lambda t: torch.exp(t - 1),
    output=identity,
    witness=lambda v: 1 + v,
    conjugate_at=torch.exp,
    at_zero=1.0,
    slope_at_infinity=math.inf,
    prime_at_one=1.0,
    curvature=1.0,
    finite_if=cross_entropy_is_finite,
    source=FGAN,
    unit="nats",
    multiple=Multiple(KULLBACK),
)

REVERSE_KL = FDivergence(
    "reverse_kl",
    "KL(q‖p)",
    swapped(stable.kl),
    f=lambda u: -u.log(),
    prime=lambda u: -1 / u,
    conjugate=UpTo(0.0, lambda t: -1 - torch.log(-t)),
    output=lambda v: -torch.exp(-v),
    witness=lambda v: -torch.exp(-v),
    conjugate_at=lambda v: v - 1,
    at_zero=math.inf,
    slope_at_infinity=1.0,
    prime_at_one=-1.0,
    curvature=1.0,
    finite_if=lambda p, q: cross_entropy_is_finite(q, p),
    source=FGAN,
    unit="nats",
    multiple=Multiple(REVERSE_KULLBACK),
)

PEARSON = FDivergence(
    "chi2",
    "Pearson χ² = ∫(p−q)²/q",
    stable.pearson,
    f=lambda u: (u - 1) ** 2,
    prime=lambda u: 2 * (u - 1),
    conjugate=StartingAt(-2.0, -1.0, lambda t: t * t / 4 + t),
    output=identity,
    witness=lambda v: 2 * torch.expm1(v),
    conjugate_at=lambda v: torch.expm1(2 * v),
    at_zero=1.0,
    slope_at_infinity=math.inf,
    prime_at_one=0.0,
    curvature=2.0,
    finite_if=power_finite(2.0),
    source=FGAN,
    multiple=Multiple(Quantity("affinity", 2.0)),
)

NEYMAN = FDivergence(
    "neyman_chi2",
    "Neyman χ² = ∫(p−q)²/p",
    swapped(stable.pearson),
    f=lambda u: (1 - u) ** 2 / u,
    prime=lambda u: 1 - 1 / u**2,
    conjugate=UpTo(1.0, lambda t: 2 - 2 * torch.sqrt(1 - t)),
    output=lambda v: 1 - torch.exp(-v),
    witness=lambda v: -torch.expm1(-2 * v),
    conjugate_at=lambda v: -2 * torch.expm1(-v),
    at_zero=math.inf,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=2.0,
    finite_if=power_finite(-1.0),
    source=FGAN,
    multiple=Multiple(Quantity("affinity", -1.0)),
)

SQUARED_HELLINGER = FDivergence(
    "squared_hellinger",
    "2H² = ∫(√p−√q)²",
    stable.hellinger,
    f=lambda u: (u.sqrt() - 1) ** 2,
    prime=lambda u: 1 - 1 / u.sqrt(),
    conjugate=UpTo(1.0, lambda t: t / (1 - t)),
    output=lambda v: 1 - torch.exp(-v),
    witness=lambda v: -torch.expm1(-0.5 * v),
    conjugate_at=lambda v: torch.expm1(0.5 * v),
    at_zero=1.0,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=0.5,
    symmetric=True,
    source=FGAN,
    multiple=Multiple(BHATTACHARYYA_DEFECT, -2.0),
)

HELLINGER2 = scaled(
    SQUARED_HELLINGER,
    0.5,
    "hellinger2",
    "H² = 1 − ∫√(pq) (in [0, 1])",
    "half of Nowozin et al.'s squared Hellinger",
)

JEFFREYS = FDivergence(
    "jeffreys",
    "Jeffreys = KL(p‖q) + KL(q‖p)",
    stable.jeffreys,
    f=lambda u: (u - 1) * u.log(),
    prime=lambda u: u.log() + 1 - 1 / u,
    conjugate=_jeffreys_conjugate,
    output=identity,
    witness=lambda v: v - torch.expm1(-v),
    conjugate_at=lambda v: torch.expm1(v) + v,
    at_zero=math.inf,
    slope_at_infinity=math.inf,
    prime_at_one=0.0,
    curvature=2.0,
    symmetric=True,
    finite_if=lambda p, q: cross_entropy_is_finite(p, q) and cross_entropy_is_finite(q, p),
    source=FGAN,
    unit="nats",
    multiple=Multiple(BOTH_KULLBACKS),
)
JS = FDivergence(
    "js",
    "JSD (≤ log 2)",
    stable.js,
    f=lambda u: 0.5 * (xlogx(u) - (u + 1) * (torch.log1p(u) - LOG2)),
    prime=lambda u: 0.5 * (u.log() - torch.log1p(u) + LOG2),
    conjugate=UpTo(
        0.5 * LOG2, lambda t: -0.5 * torch.log(-torch.expm1(2 * t - LOG2)) - 0.5 * LOG2
    ),
    output=lambda v: 0.5 * (LOG2 + logsigmoid(v)),
    witness=lambda v: 0.5 * (LOG2 + logsigmoid(v)),
    conjugate_at=lambda v: 0.5 * (softplus(v) - LOG2),
    at_zero=0.5 * LOG2,
    slope_at_infinity=0.5 * LOG2,
    prime_at_one=0.0,
    curvature=0.25,
    symmetric=True,
    source="Lin 1991, equation 3.1",
    unit="nats",
    multiple=Multiple(JENSEN_SHANNON),
)

JS_FGAN = scaled(JS, 2.0, "js_fgan", "2 JSD (f-GAN's scale, ≤ 2 log 2)", FGAN)

GAN = FDivergence(
    "gan",
    "2 JSD − log 4 (the GAN value, in [−log 4, 0])",
    JS_FGAN.integrand,
    f=lambda u: xlogx(u) - (u + 1) * torch.log1p(u),
    prime=lambda u: u.log() - torch.log1p(u),
    conjugate=UpTo(0.0, lambda t: -torch.log(-torch.expm1(t))),
    output=logsigmoid,
    witness=logsigmoid,
    conjugate_at=softplus,
    at_zero=LOG2,
    slope_at_infinity=LOG2,
    prime_at_one=-LOG2,
    curvature=0.5,
    at_one=-2 * LOG2,
    symmetric=True,
    source=FGAN + "; Goodfellow et al. 2014, theorem 1",
    unit="nats",
    multiple=Multiple(JENSEN_SHANNON, 2.0, -2.0),
)

TRIANGULAR = FDivergence(
    "triangular",
    "triangular Δ = ∫(p−q)²/(p+q) (in [0, 2])",
    stable.triangular,
    f=lambda u: (u - 1) ** 2 / (u + 1),
    prime=lambda u: (u - 1) * (u + 3) / (u + 1) ** 2,
    conjugate=UpTo(1.0, StartingAt(-3.0, -1.0, lambda t: 4 - t - 4 * torch.sqrt(1 - t))),
    output=lambda v: 1 - torch.exp(-v),
    witness=lambda v: 1 - 4 * torch.sigmoid(-v) ** 2,
    conjugate_at=lambda v: (2 * torch.sigmoid(-v) - 1) * (2 * torch.sigmoid(-v) - 3),
    at_zero=1.0,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=1.0,
    symmetric=True,
    source="Topsøe 2000, equation 2",
    multiple=Multiple(TRIANGLE),
)

name_functions(globals())
