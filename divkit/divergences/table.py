"""The table of divergences. One entry here and every calculator, loss and check has it.

Scales: `js` is the Jensen–Shannon divergence (≤ log 2), `js_fgan` is twice that, `js_distance` its
root; `hellinger2` is H² = 1 − ∫√(pq) in [0, 1], `squared_hellinger` is 2H².
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import torch
from scipy import special
from torch.nn.functional import logsigmoid

from divkit.distributions.tails import Tail, cross_entropy_is_finite
from divkit.divergences import stable
from divkit.divergences.base import IPM, Divergence, Elementwise, FDivergence, Transformed
from divkit.divergences.stable import LOG2, softplus
from divkit.registry import Registry
from divkit.types import Tensor

DIVERGENCES: Registry[Divergence] = Registry("divergence")

_FGAN = "Nowozin, Cseke, Tomioka 2016, table 1 and appendix"


def _swapped(
    integrand: Callable[[Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda lp, lq: integrand(lq, lp)


def _power_finite(order: float) -> Callable[[Tail, Tail], bool]:
    return lambda p, q: p.combine(order, q, 1 - order).integrable()


def _xlogx(u: Tensor) -> Tensor:
    product: Tensor = torch.special.xlogy(u, u)
    return product


def _identity(v: Tensor) -> Tensor:
    return v


def _up_to(end: float, conjugate: Elementwise) -> Elementwise:
    """f* on its domain t ≤ end; inf beyond, where no slope of f reaches."""

    def restricted(t: Tensor) -> Tensor:
        inside = t <= end
        value = conjugate(torch.where(inside, t, torch.full_like(t, end - 1)))
        return torch.where(inside, value, torch.full_like(t, math.inf))

    return restricted


def _from(start: float, least: float, conjugate: Elementwise) -> Elementwise:
    """f* for t ≥ start = f'(0); the constant −f(0) = least before, since u ≥ 0."""
    return lambda t: torch.where(t > start, conjugate(t), torch.full_like(t, least))


def _jeffreys_conjugate(t: Tensor) -> Tensor:
    w = _wright_omega(1 - t)
    return w + 1 / w + t - 2


def _wright_omega(z: Tensor) -> Tensor:
    """The solution of w + log w = z; a Newton step from SciPy's value carries the gradient."""
    w = torch.from_numpy(special.wrightomega(z.detach().cpu().numpy())).to(z)
    safe = torch.where(w > 0, w, torch.ones_like(w))
    return torch.where(w > 0, safe * (1 + z - safe.log()) / (1 + safe), w)


TV = FDivergence(
    "tv",
    "TV (in [0, 1])",
    stable.tv,
    f=lambda u: 0.5 * (u - 1).abs(),
    prime=lambda u: 0.5 * torch.sign(u - 1),
    conjugate=_up_to(0.5, _from(-0.5, -0.5, _identity)),
    output=lambda v: 0.5 * torch.tanh(v),
    witness=lambda v: 0.5 * torch.sign(v),
    conjugate_at=lambda v: 0.5 * torch.sign(v),
    at_zero=0.5,
    slope_at_infinity=0.5,
    prime_at_one=0.0,
    curvature=math.inf,
    symmetric=True,
    source=_FGAN,
)

KL = FDivergence(
    "kl",
    "KL(p‖q)",
    stable.kl,
    f=_xlogx,
    prime=lambda u: 1 + u.log(),
    conjugate=lambda t: torch.exp(t - 1),
    output=_identity,
    witness=lambda v: 1 + v,
    conjugate_at=torch.exp,
    at_zero=1.0,
    slope_at_infinity=math.inf,
    prime_at_one=1.0,
    curvature=1.0,
    finite_if=cross_entropy_is_finite,
    source=_FGAN,
)

REVERSE_KL = FDivergence(
    "reverse_kl",
    "KL(q‖p)",
    _swapped(stable.kl),
    f=lambda u: -u.log(),
    prime=lambda u: -1 / u,
    conjugate=_up_to(0.0, lambda t: -1 - torch.log(-t)),
    output=lambda v: -torch.exp(-v),
    witness=lambda v: -torch.exp(-v),
    conjugate_at=lambda v: v - 1,
    at_zero=math.inf,
    slope_at_infinity=1.0,
    prime_at_one=-1.0,
    curvature=1.0,
    finite_if=lambda p, q: cross_entropy_is_finite(q, p),
    source=_FGAN,
)

PEARSON = FDivergence(
    "chi2",
    "Pearson χ² = ∫(p−q)²/q",
    stable.pearson,
    f=lambda u: (u - 1) ** 2,
    prime=lambda u: 2 * (u - 1),
    conjugate=_from(-2.0, -1.0, lambda t: t * t / 4 + t),
    output=_identity,
    witness=lambda v: 2 * torch.expm1(v),
    conjugate_at=lambda v: torch.expm1(2 * v),
    at_zero=1.0,
    slope_at_infinity=math.inf,
    prime_at_one=0.0,
    curvature=2.0,
    finite_if=_power_finite(2.0),
    source=_FGAN,
    order=2.0,
    gain=1.0,
)

NEYMAN = FDivergence(
    "neyman_chi2",
    "Neyman χ² = ∫(p−q)²/p",
    _swapped(stable.pearson),
    f=lambda u: (1 - u) ** 2 / u,
    prime=lambda u: 1 - 1 / u**2,
    conjugate=_up_to(1.0, lambda t: 2 - 2 * torch.sqrt(1 - t)),
    output=lambda v: 1 - torch.exp(-v),
    witness=lambda v: -torch.expm1(-2 * v),
    conjugate_at=lambda v: -2 * torch.expm1(-v),
    at_zero=math.inf,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=2.0,
    finite_if=_power_finite(-1.0),
    source=_FGAN,
    order=-1.0,
    gain=1.0,
)

SQUARED_HELLINGER = FDivergence(
    "squared_hellinger",
    "2H² = ∫(√p−√q)²",
    stable.hellinger,
    f=lambda u: (u.sqrt() - 1) ** 2,
    prime=lambda u: 1 - 1 / u.sqrt(),
    conjugate=_up_to(1.0, lambda t: t / (1 - t)),
    output=lambda v: 1 - torch.exp(-v),
    witness=lambda v: -torch.expm1(-0.5 * v),
    conjugate_at=lambda v: torch.expm1(0.5 * v),
    at_zero=1.0,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=0.5,
    symmetric=True,
    source=_FGAN,
    order=0.5,
    gain=-2.0,
)

HELLINGER2 = FDivergence(
    "hellinger2",
    "H² = 1 − ∫√(pq) (in [0, 1])",
    lambda lp, lq: 0.5 * stable.hellinger(lp, lq),
    f=lambda u: 0.5 * (u.sqrt() - 1) ** 2,
    prime=lambda u: 0.5 - 0.5 / u.sqrt(),
    conjugate=_up_to(0.5, lambda t: t / (1 - 2 * t)),
    output=lambda v: 0.5 * (1 - torch.exp(-v)),
    witness=lambda v: -0.5 * torch.expm1(-0.5 * v),
    conjugate_at=lambda v: 0.5 * torch.expm1(0.5 * v),
    at_zero=0.5,
    slope_at_infinity=0.5,
    prime_at_one=0.0,
    curvature=0.25,
    symmetric=True,
    source="half of Nowozin et al.'s squared Hellinger",
    order=0.5,
    gain=-1.0,
)

JEFFREYS = FDivergence(
    "jeffreys",
    "Jeffreys = KL(p‖q) + KL(q‖p)",
    stable.jeffreys,
    f=lambda u: (u - 1) * u.log(),
    prime=lambda u: u.log() + 1 - 1 / u,
    conjugate=_jeffreys_conjugate,
    output=_identity,
    witness=lambda v: v - torch.expm1(-v),
    conjugate_at=lambda v: torch.expm1(v) + v,
    at_zero=math.inf,
    slope_at_infinity=math.inf,
    prime_at_one=0.0,
    curvature=2.0,
    symmetric=True,
    finite_if=lambda p, q: cross_entropy_is_finite(p, q) and cross_entropy_is_finite(q, p),
    source=_FGAN,
)

JS_FGAN = FDivergence(
    "js_fgan",
    "2 JSD (f-GAN's scale, ≤ 2 log 2)",
    lambda lp, lq: 2 * stable.js(lp, lq),
    f=lambda u: _xlogx(u) - (u + 1) * (torch.log1p(u) - LOG2),
    prime=lambda u: u.log() - torch.log1p(u) + LOG2,
    conjugate=_up_to(LOG2, lambda t: -torch.log(-torch.expm1(t - LOG2)) - LOG2),
    output=lambda v: LOG2 + logsigmoid(v),
    witness=lambda v: LOG2 + logsigmoid(v),
    conjugate_at=lambda v: softplus(v) - LOG2,
    at_zero=LOG2,
    slope_at_infinity=LOG2,
    prime_at_one=0.0,
    curvature=0.5,
    symmetric=True,
    source=_FGAN,
)

JS = FDivergence(
    "js",
    "JSD (≤ log 2)",
    stable.js,
    f=lambda u: 0.5 * (_xlogx(u) - (u + 1) * (torch.log1p(u) - LOG2)),
    prime=lambda u: 0.5 * (u.log() - torch.log1p(u) + LOG2),
    conjugate=_up_to(
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
)

GAN = FDivergence(
    "gan",
    "2 JSD − log 4 (the GAN value, in [−log 4, 0])",
    JS_FGAN.integrand,
    f=lambda u: _xlogx(u) - (u + 1) * torch.log1p(u),
    prime=lambda u: u.log() - torch.log1p(u),
    conjugate=_up_to(0.0, lambda t: -torch.log(-torch.expm1(t))),
    output=logsigmoid,
    witness=logsigmoid,
    conjugate_at=softplus,
    at_zero=LOG2,
    slope_at_infinity=LOG2,
    prime_at_one=-LOG2,
    curvature=0.5,
    at_one=-2 * LOG2,
    symmetric=True,
    source=_FGAN + "; Goodfellow et al. 2014, theorem 1",
)

TRIANGULAR = FDivergence(
    "triangular",
    "triangular Δ = ∫(p−q)²/(p+q) (in [0, 2])",
    stable.triangular,
    f=lambda u: (u - 1) ** 2 / (u + 1),
    prime=lambda u: (u - 1) * (u + 3) / (u + 1) ** 2,
    conjugate=_up_to(1.0, _from(-3.0, -1.0, lambda t: 4 - t - 4 * torch.sqrt(1 - t))),
    output=lambda v: 1 - torch.exp(-v),
    witness=lambda v: 1 - 4 * torch.sigmoid(-v) ** 2,
    conjugate_at=lambda v: (2 * torch.sigmoid(-v) - 1) * (2 * torch.sigmoid(-v) - 3),
    at_zero=1.0,
    slope_at_infinity=1.0,
    prime_at_one=0.0,
    curvature=1.0,
    symmetric=True,
    source="Topsøe 2000, equation 2",
)


@dataclasses.dataclass(frozen=True, eq=False)
class WeightedJS(FDivergence):
    """A row that remembers the class prior it was made for."""

    prior: float = 0.5


def weighted_js(prior: float) -> WeightedJS:
    """JSD with class prior π: π KL(p‖m) + (1−π) KL(q‖m), m = πp + (1−π)q.

    Raises
    ------
    ValueError
        If prior is not in (0, 1).
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior must be in (0, 1); got {prior!r}.")
    w, low, high = prior, math.log1p(-prior), math.log(prior)
    return WeightedJS(
        f"weighted_js({prior!r})",
        f"JSD with class prior {prior:g}",
        stable.weighted_js(prior),
        f=lambda u: w * _xlogx(u) - (1 + w * (u - 1)) * torch.log1p(w * (u - 1)),
        prime=lambda u: w * (u.log() - torch.log1p(w * (u - 1))),
        conjugate=_up_to(
            -w * high, lambda t: (1 - w) * (low - torch.log(-torch.expm1((t + w * high) / w)))
        ),
        output=lambda v: -w * high + logsigmoid(v),
        witness=lambda v: w * (logsigmoid(v + high - low) - high),
        conjugate_at=lambda v: (1 - w) * (low + softplus(v + high - low)),
        at_zero=-(1 - w) * low,
        slope_at_infinity=-w * high,
        prime_at_one=0.0,
        curvature=w * (1 - w),
        symmetric=w == 0.5,
        source=_FGAN,
        prior=float(prior),
    )


def alpha(order: float) -> FDivergence:
    """The α-divergence, f(u) = (u^α − 1 − α(u−1))/(α(α−1)).

    α → 1 is KL, α → 0 reverse KL (ask for those by name); α = ½ is 4H², α = 2 half of Pearson's.

    Raises
    ------
    ValueError
        If order is 0 or 1, not finite, or so large that powers of ordinary ratios overflow.
    """
    a = order
    if not abs(a - 0.5) <= 100 or a in (0, 1):
        raise ValueError(
            f"order must be in [-99.5, 100.5], not 0 or 1 (these are reverse_kl, kl); got {a!r}."
        )
    b, c = a - 1, 1 / (a - 1)
    outputs: Elementwise = (lambda v: -c + logsigmoid(v)) if a < 1 else _identity
    return FDivergence(
        f"alpha({a!r})",
        f"α-divergence, α = {a:g}",
        stable.alpha(a),
        f=lambda u: _alpha_f(u, a),
        prime=lambda u: torch.expm1(b * u.log()) / b,
        conjugate=_alpha_conjugate(a),
        output=outputs,
        witness=lambda v: torch.expm1(b * v) / b,
        conjugate_at=lambda v: torch.expm1(a * v) / a,
        at_zero=1 / a if a > 0 else math.inf,
        slope_at_infinity=-c if a < 1 else math.inf,
        prime_at_one=0.0,
        curvature=1.0,
        symmetric=a == 0.5,
        finite_if=_power_finite(a) if not 0 < a < 1 else (lambda p, q: True),
        source=_FGAN,
        order=a,
        gain=1 / (a * b),
    )


def _alpha_f(u: Tensor, a: float) -> Tensor:
    """f in the form that goes over into u log u − u + 1 (α → 1) or u − 1 − log u (α → 0)."""
    if a < 0.5:
        return (u - 1 - torch.expm1(a * u.log()) / a) / (1 - a)
    return (u * torch.expm1((a - 1) * u.log()) / (a - 1) - (u - 1)) / a


def _alpha_conjugate(a: float) -> Elementwise:
    """[(1 + t(α−1))^{α/(α−1)} − 1]/α where the base is positive."""
    b = a - 1

    def conjugate(t: Tensor) -> Tensor:
        return torch.expm1(a / b * torch.log1p(t * b)) / a

    return _up_to(-1 / b, conjugate) if a < 1 else _from(-1 / b, -1 / a, conjugate)


def renyi(order: float) -> Transformed:
    """Rényi's divergence log(∫ p^α q^{1−α})/(α−1), for α > 0, α ≠ 1 (van Erven, Harremoës 2014).

    Raises
    ------
    ValueError
        If order is not positive, or is 1 (ask for kl).
    """
    if not order > 0:
        raise ValueError(f"order must be in (0, inf), without 1; got {order!r}.")
    base = alpha(order)
    scale = order * (order - 1)

    def forward(d: float) -> float:
        inner = scale * d
        return math.inf if inner == math.inf or inner <= -1 else math.log1p(inner) / (order - 1)

    return Transformed(
        f"renyi({order!r})",
        f"Rényi divergence, α = {order:g}",
        base,
        forward,
        lambda d: math.inf if scale * d <= -1 else order / (1 + scale * d),
        source="van Erven, Harremoës 2014, equation 4",
        log_gain=1 / (order - 1),
    )


def _root(d: float) -> float:
    return math.sqrt(d)


def _root_slope(d: float) -> float:
    return math.inf if d == 0 else 0.5 / math.sqrt(d)


BHATTACHARYYA = Transformed(
    "bhattacharyya",
    "Bhattacharyya distance −log ∫√(pq)",
    HELLINGER2,
    lambda d: math.inf if d >= 1 else -math.log1p(-d),
    lambda d: math.inf if d >= 1 else 1 / (1 - d),
    source="Bhattacharyya 1943",
    log_gain=-1.0,
)
JS_DISTANCE = Transformed(
    "js_distance", "√JSD (a metric)", JS, _root, _root_slope, "Endres, Schindelin 2003"
)
HELLINGER = Transformed(
    "hellinger", "Hellinger distance H (a metric)", HELLINGER2, _root, _root_slope
)
W1 = IPM("w1", "Wasserstein-1 distance", (), "length", "Villani 2003, theorem 1.14")
W2 = IPM("w2", "Wasserstein-2 distance (not squared)", (), "length", "Villani 2003")
ENERGY = IPM(
    "energy", "energy distance 2E|X−Y| − E|X−X'| − E|Y−Y'|", (), "length", "Székely, Rizzo 2013"
)


def mmd(bandwidth: float = 1.0) -> IPM:
    """Squared MMD with the Gaussian kernel exp(−|x−y|²/(2 bandwidth²)) (Gretton et al. 2012).

    Raises
    ------
    ValueError
        If bandwidth is not positive.
    """
    if not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth must be in (0, inf); got {bandwidth!r}.")
    return IPM(
        "mmd2",
        "squared MMD, Gaussian kernel",
        (("bandwidth", float(bandwidth)),),
        "",
        "Gretton et al. 2012, lemma 6",
    )


for _entry, _aliases in (
    (TV, ("total_variation",)),
    (KL, ("kullback_leibler",)),
    (REVERSE_KL, ("rkl",)),
    (PEARSON, ("pearson", "pearson_chi2")),
    (NEYMAN, ("neyman",)),
    (HELLINGER2, ()),
    (SQUARED_HELLINGER, ()),
    (JEFFREYS, ()),
    (JS, ("jsd", "jensen_shannon")),
    (JS_FGAN, ("2js",)),
    (GAN, ("gan_value",)),
    (TRIANGULAR, ("triangular_discrimination",)),
    (BHATTACHARYYA, ()),
    (JS_DISTANCE, ()),
    (HELLINGER, ()),
    (W1, ("wasserstein", "wasserstein_1", "w1_distance")),
    (W2, ("wasserstein_2", "w2_distance")),
    (ENERGY, ("energy_distance",)),
    (mmd(), ("mmd",)),
):
    DIVERGENCES.register(_entry.name, _entry, *_aliases)

FAMILIES: dict[str, Callable[[float], Divergence]] = {
    "weighted_js": weighted_js,
    "alpha": alpha,
    "renyi": renyi,
    "mmd": mmd,
    "mmd2": mmd,
}
"""Divergences with one parameter, written "renyi(0.5)" where a name is read."""


def named(divergence: str | Divergence) -> Divergence:
    """Return the divergence that a name means, "js" or "renyi(0.5)"; an object passes through.

    Raises
    ------
    UnknownNameError
        If the name is not in the table; the message offers the nearest.
    ValueError
        If a family's parameter is missing, no number, or out of its range.
    TypeError
        If `divergence` is neither a name nor a divergence.
    """
    if isinstance(divergence, Divergence):
        return divergence
    if not isinstance(divergence, str):
        raise TypeError(
            f"divergence must be a name, such as 'js', or a divergence object; got {divergence!r} "
            f"of type {type(divergence).__name__}."
        )
    family, bracket, rest = divergence.strip().lower().partition("(")
    if bracket and family in FAMILIES and rest.endswith(")"):
        return FAMILIES[family](_number(rest[:-1], divergence))
    if family in FAMILIES and family not in DIVERGENCES:
        raise ValueError(f"{divergence!r} needs its parameter, as in '{family}(0.3)'.")
    return DIVERGENCES[divergence]


def _number(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{whole!r}: expected one number between the brackets.") from None


def rows() -> list[FDivergence]:
    """Every f-divergence of the table, with one member of each one-parameter family."""
    plain = [entry for entry in DIVERGENCES.values() if isinstance(entry, FDivergence)]
    return [*plain, weighted_js(0.3), alpha(0.5), alpha(-0.5), alpha(2.5)]


def describe(divergence: Divergence) -> dict[str, str]:
    """Name, label and source, as strings."""
    fields = {f.name for f in dataclasses.fields(divergence)}
    return {
        key: str(getattr(divergence, key)) for key in ("name", "label", "source") if key in fields
    }
