r"""An f-divergence as data.

    D_f(P‖Q) = ∫ q f(p/q),   f convex.

A divergence is a frozen value. It holds its integrand as a function of (log p, log q), because f
of the ratio alone overflows and gives NaN: with r = p/q and l = log r,

    integrand = q [f(r) − f(1) − f'(1)(r − 1)] ≥ 0,     D_f = f(1) + ∫ integrand,

which is the same integral (∫ (p − q) = 0) and is quadratic in l where the laws nearly agree. It
holds f, f' and f* as the literature prints them, the output map g_f of f-GAN, and the two dual
functions of a critic's logit l = log p − log q,

    witness(l) = f'(e^l) = T*,     conjugate_at(l) = f*(f'(e^l)),
    D_f = sup over l of E_p witness(l) − E_q conjugate_at(l)

(Nguyen, Wainwright, Jordan 2010; Nowozin, Cseke, Tomioka 2016, table 2 and section 2.4).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeGuard

import torch

from divkit.distributions.tails import Tail
from divkit.divergences.quantities import Multiple, Quantity
from divkit.remade import Remade
from divkit.types import Tensor

Elementwise: TypeAlias = Callable[[Tensor], Tensor]


def always_finite(_p: Tail, _q: Tail) -> bool:
    """Return True, whatever the tails are."""
    return True


@dataclass(frozen=True, eq=False)
class FDivergence(Remade):
    """An f-divergence and all that methods ask of it; construction checks it against its theory.

    Attributes
    ----------
    name, label : the registry's name, and how it prints, with its scale ("2 JSD").
    integrand : (log p, log q) -> density of the divergence, ≥ 0, −inf allowed in either.
    f, prime, conjugate : f(u), f'(u) for u > 0, f*(t).
    output : g_f(v), the published map from a network's output to the domain of f*.
    witness, conjugate_at : the dual pair as functions of the logit l (see the module).
    at_zero, slope_at_infinity : f(0⁺) − f(1) + f'(1) and lim f(u)/u − f'(1): the price of mass
        where p = 0 and where q = 0, for the integrand's non-negative form.
    at_one, prime_at_one, curvature : f(1), f'(1), f''(1) (inf where f has a kink at 1).
    upper : the largest value, at mutually singular laws; inf if unbounded.
    symmetric : whether D(P‖Q) = D(Q‖P).
    finite_if : whether the integral converges at an end where p and q have these tails.
    source : paper and equation.
    unit : "nats" for a divergence that is measured in logarithms, "" for a plain number.
    multiple : D as a multiple of a quantity that has formulas of its own (KL, the JSD, an
        affinity), where it is one: closed forms, certified values and all that goes by more than
        the integrand go by it, whatever the divergence is called.

    Raises
    ------
    ValueError
        If f(1) ≠ at_one, f' is not monotone, Fenchel's equality fails, the dual pair or the
        integrand is not that of the f that is stated, or a limit, the curvature, the symmetry or
        the multiple is stated wrongly; the message names which.

    Examples
    --------
    >>> from divkit.divergences import JS
    >>> JS.name, JS.upper
    ('js', 0.6931471805599453)
    """

    name: str
    label: str
    integrand: Callable[[Tensor, Tensor], Tensor]
    f: Elementwise
    prime: Elementwise
    conjugate: Elementwise
    output: Elementwise
    witness: Elementwise
    conjugate_at: Elementwise
    at_zero: float
    slope_at_infinity: float
    prime_at_one: float
    curvature: float
    at_one: float = 0.0
    symmetric: bool = False
    finite_if: Callable[[Tail, Tail], bool] = field(default=always_finite)
    source: str = ""
    unit: str = ""
    multiple: Multiple | None = None

    def __post_init__(self) -> None:
        self._check()

    @property
    def upper(self) -> float:
        """The value at mutually singular laws, which is the largest."""
        return self.at_one + self.at_zero + self.slope_at_infinity

    @property
    def quantity(self) -> Quantity | None:
        """The quantity that it is a multiple of; None where no method knows more than f."""
        return None if self.multiple is None else self.multiple.quantity

    @property
    def factor(self) -> float:
        """The factor of `quantity`: D = at_one + factor · quantity; NaN of none."""
        return math.nan if self.multiple is None else self.multiple.factor

    @property
    def order(self) -> float | None:
        """The order α where D = at_one + factor·(ρ − 1), ρ = ∫ p^α q^{1−α}; None elsewhere."""
        quantity = self.quantity
        return None if quantity is None or quantity.family != "affinity" else quantity.parameter

    def is_same_as(self, other: object) -> bool:
        """Whether the other is this divergence on this scale, whatever either is called."""
        if not isinstance(other, FDivergence):
            return False
        if self.multiple is None or other.multiple is None:
            return self.integrand == other.integrand and self.at_one == other.at_one
        return self.multiple == other.multiple

    def __repr__(self) -> str:
        return self.name

    def _check(self) -> None:
        """Check the definition on a grid of ratios."""
        u = torch.logspace(-2, 2, 81, dtype=torch.float64)
        u = u[(u - 1).abs() > 1e-3]
        f, prime, l = self.f(u), self.prime(u), u.log()
        dual = u * prime - f
        self._demand("f(1)", self.f(u.new_ones(1)), u.new_tensor([self.at_one]))
        if not bool((prime.diff() >= -1e-12).all()):
            raise ValueError(f"divergence {self.name!r}: f' must not decrease; f is not convex.")
        self._demand("Fenchel's equality f*(f'(u)) = u f'(u) − f(u)", self.conjugate(prime), dual)
        self._demand("witness(log u) = f'(u)", self.witness(l), prime)
        self._demand("conjugate_at(log u) = u f'(u) − f(u)", self.conjugate_at(l), dual)
        bregman = f - self.at_one - self.prime_at_one * (u - 1)
        self._demand("the integrand", self.integrand(l, torch.zeros_like(l)), bregman)
        self._check_limits(u.new_zeros(1))
        if self.multiple is not None:
            self._check_multiple(self.multiple, u)

    def _check_limits(self, zero: Tensor) -> None:
        nothing, price = zero - math.inf, zero + self.slope_at_infinity
        self._demand("at_zero", zero + self.at_zero, self.integrand(nothing, zero))
        self._demand("slope_at_infinity", price, self.integrand(zero, nothing))
        if math.isfinite(self.curvature):
            step = 1e-6
            second = 2 / step**2 * self.integrand(zero + 0.5 * step, zero - 0.5 * step)
            self._demand("curvature", zero + self.curvature, second, tolerance=1e-4)
        if self.symmetric:
            l = torch.linspace(-5, 5, 41, dtype=zero.dtype)
            self._demand("symmetric", self.integrand(l, 0 * l), self.integrand(0 * l, l))

    def _check_multiple(self, multiple: Multiple, u: Tensor) -> None:
        """Demand f(u) = factor · F(u) + log2s · log 2 + κ(u − 1): κ is free, ∫(p − q) = 0."""
        near, stated = u.log().abs().argmin(), multiple.f(u)
        free = (self.f(u) - stated)[near] / (u[near] - 1) * (u - 1)
        rounding = 1e-12 * (stated.abs() + free.abs())
        self._demand("multiple", stated + free, self.f(u), tolerance=1e-10 + rounding)

    def _demand(
        self, what: str, got: Tensor, wanted: Tensor, tolerance: float | Tensor = 1e-10
    ) -> None:
        near = (got - wanted).abs() <= tolerance * (1.0 + wanted.abs())
        holds = (got == wanted) | (near & wanted.isfinite())
        if not bool(holds.all()):
            first = int((~holds).nonzero()[0, 0])
            raise ValueError(
                f"divergence {self.name!r}: {what} does not hold; got {float(got[first])!r}, "
                f"expected {float(wanted[first])!r}."
            )


@dataclass(frozen=True, eq=False)
class Transformed(Remade):
    """An increasing function of an f-divergence: Rényi, Bhattacharyya, a root.

    Attributes
    ----------
    base : the f-divergence D.
    forward : D -> the value (increasing); maps inf as the limit.
    slope : D -> derivative of `forward`, which carries the error.
    log_gain : where the value is log_gain·log ρ of the base's affinity ρ, that factor; else None.
    power : where the value is D^power, that power; else None.

    Raises
    ------
    ValueError
        If `forward` is not the power that is stated.

    Examples
    --------
    >>> from divkit.divergences import JS_DISTANCE
    >>> JS_DISTANCE.base.name, JS_DISTANCE.forward(0.25)
    ('js', 0.5)
    """

    name: str
    label: str
    base: FDivergence
    forward: Callable[[float], float]
    slope: Callable[[float], float]
    source: str = ""
    log_gain: float | None = None
    power: float | None = None

    def __post_init__(self) -> None:
        if self.power is not None:
            for d in (0.25, 0.5):
                if not math.isclose(self.forward(d), d**self.power, rel_tol=1e-12):
                    raise ValueError(f"divergence {self.name!r}: it is not D^{self.power!r}.")

    @property
    def unit(self) -> str:
        """Nats of a logarithm, √nats of a root of nats, else nothing."""
        if self.log_gain is not None:
            return "nats"
        return "√nats" if self.power == 0.5 and self.base.unit == "nats" else ""

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True)
class IPM(Remade):
    """A distance that is no f-divergence: Wasserstein, energy distance, MMD.

    `parameters` holds the kernel's bandwidth or the order; `label` says the scale; `family` says
    what methods compute, "w1", "w2", "energy" or "mmd2", and is the name unless another is given.

    >>> from divkit.divergences import W1
    >>> W1.name, W1.unit
    ('w1', 'length')
    """

    name: str
    label: str
    parameters: tuple[tuple[str, float], ...] = ()
    unit: str = ""
    source: str = ""
    family: str = ""

    def __post_init__(self) -> None:
        if not self.family:
            object.__setattr__(self, "family", self.name)

    def __repr__(self) -> str:
        words = ", ".join(f"{k}={v!r}" for k, v in self.parameters)
        return f"{self.name}({words})" if words else self.name


Divergence: TypeAlias = FDivergence | Transformed | IPM


def is_metric(divergence: Divergence, *families: str) -> TypeGuard[IPM]:
    """Return whether a divergence is a probability metric of one of these families."""
    return isinstance(divergence, IPM) and divergence.family in families
