r"""Exact divergences in any dimension from the affinity ρ(ω) = ∫ p^{½−iω} q^{½+iω} dx.

    JSD = ¼ ∫_R [1 − ρ(ω)] / [(¼ + ω²) cosh πω] dω

(docs/numerics.md derives it by Parseval's identity and the Mellin transform of log(1 + u)). ρ is
closed form within an exponential family, multiplies over independent coordinates and does not
change under an invertible map of both laws; so one trapezoid rule on the line gives JSD, the GAN
value, the JSD of any class prior, triangular discrimination and E_q D* for Gaussians and for
products of unlike 1-D laws, whatever the dimension. The reported error is the sum of the proved
error of the trapezoid rule, the proved bound on the nodes left out, the errors of the factors
carried through their product, and rounding.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import Law
from divkit.divergences.base import Divergence, FDivergence, Transformed
from divkit.divergences.quantities import Quantity
from divkit.exact.affinity.family import EPS, Complex, LogAffinity
from divkit.exact.affinity.kernels import Kernel, triangular, weighted_js
from divkit.exact.affinity.pairs import log_affinity
from divkit.exact.method import (
    NotApplicableError,
    Outcome,
    granted,
    read_each,
    transformed,
)
from divkit.results import Result
from divkit.types import FloatArray

_MEAN_DISCRIMINATOR = triangular(scale=-0.25, at_one=0.5)  # E_q D* = ½ − Δ/4


@dataclass(frozen=True)
class Affinity:
    """Divergences from the affinity at complex order, for exponential families and products.

    Applies to `js`, `js_fgan`, `gan`, `weighted_js(π)`, `triangular` and functions of them.

    Parameters
    ----------
    step : h of the trapezoid rule. JSD's error is at most Σ_{k≥1} (kA + 1.7) e^{−kA/2}, A = 2π/h,
        for any pair: 1e-20 at the default, 7e-15 at 0.085.
    cutoff : the largest |ω| used; what lies beyond weighs less than 1e-19.
    line : also take a pair of single 1-D laws of unlike families, by quadrature of ρ (a route to
        the same number that shares no integrand with direct quadrature).

    Raises
    ------
    NotApplicableError
        If the divergence has no such kernel (KL, TV, …), or ρ is not to be had for the pair.

    Examples
    --------
    >>> from divkit import MultivariateNormal
    >>> from divkit.divergences import JS
    >>> p, q = (MultivariateNormal((m,) * 3, ((1, 0, 0), (0, 1, 0), (0, 0, 1))) for m in (0, 1))
    >>> round(Affinity()(p, q, JS).value, 12)
    0.275305764974
    """

    step: float = 0.0625
    cutoff: float = 14.0
    line: bool = False

    def __post_init__(self) -> None:
        if not 0.01 <= self.step <= 1:
            raise ValueError(f"step must be in [0.01, 1]; got {self.step!r}.")
        if not 1 <= self.cutoff < math.inf:
            raise ValueError(f"cutoff must be in [1, inf); got {self.cutoff!r}.")

    def __call__(self, p: Law, q: Law, divergence: Divergence) -> Result:
        """Return the divergence of p and q with its error."""
        return granted(self.several(p, q, (divergence,))[0])

    def several(self, p: Law, q: Law, divergences: Sequence[Divergence]) -> list[Outcome]:
        """Each divergence, or why there is none; they share the affinity."""
        start = time.perf_counter()

        def read(rho: LogAffinity, kernel: Kernel, kind: Divergence) -> Result:
            if isinstance(kind, Transformed):
                return transformed(kind, self._integrate(rho, kernel, kind.base.name, start))
            return self._integrate(rho, kernel, kind.name, start)

        return read_each(divergences, _base_kernel, lambda: self._rho(p, q), read)

    def mean_discriminator(self, p: Law, q: Law) -> Result:
        """Return E_q D* = E_q p/(p+q) = ∫ pq/(p+q) = ½ ∫ ρ(ω) / cosh(πω) dω, in [0, ½]."""
        start = time.perf_counter()
        return self._integrate(self._rho(p, q), _MEAN_DISCRIMINATOR, "E_q D*", start)

    @property
    def _omega(self) -> FloatArray:
        return self.step * np.arange(math.floor(self.cutoff / self.step) + 1.0)

    def _rho(self, p: Law, q: Law) -> LogAffinity:
        return log_affinity(p, q, self._omega, line=self.line)

    def _integrate(self, rho: LogAffinity, kernel: Kernel, name: str, start: float) -> Result:
        omega = self._omega
        value, error = integrate(rho, omega, kernel)
        return Result.exact(
            value,
            error,
            "quadrature",
            repr(self),
            name=name,
            bhattacharyya_coefficient=float(np.exp(rho.log_rho[0].real)),
            nodes=len(omega),
            seconds=time.perf_counter() - start,
        )


def _base_kernel(divergence: Divergence) -> Kernel:
    return kernel_of(divergence.base if isinstance(divergence, Transformed) else divergence)


def kernel_of(divergence: Divergence) -> Kernel:
    """Return the kernel of a divergence, or raise NotApplicableError."""
    if isinstance(divergence, FDivergence) and divergence.quantity is not None:
        scale, at_one = divergence.factor, divergence.at_one
        match divergence.quantity:
            case Quantity("js", prior):
                return weighted_js(prior, scale, at_one)
            case Quantity("triangular"):
                return triangular(scale, at_one)
    raise NotApplicableError(
        f"the affinity formula gives js, js_fgan, gan, weighted_js and triangular; "
        f"got {divergence.name!r}."
    )


def integrate(rho: LogAffinity, omega: FloatArray, kernel: Kernel) -> tuple[float, float]:
    """Return the divergence that a kernel makes of ρ on the grid ω = 0, h, 2h, …, and its error.

    Of the two forms of the integral, in 1 − ρ and in ρ, the one with the smaller error is used:
    the first keeps nearly equal laws, the second keeps a GAN value near 0. The bound by the
    Jeffreys divergence is that of the first form alone.
    """
    weight = 2 * float(omega[1]) * kernel.scale * kernel.kappa(omega)
    weight[0] *= 0.5
    phase = np.exp(-1j * omega * kernel.shift)
    defect, whole = -np.expm1(rho.log_rho), np.exp(rho.log_rho)
    near, far = weight * (defect * phase).real, weight * (whole * phase).real
    period, unit = 2 * math.pi / float(omega[1]), kernel.scale * kernel.beyond(float(omega[-1]))
    alias = kernel.alias(period)
    shared = min(alias, kernel.alias_jeffreys(period) * rho.jeffreys)
    forms = [
        (kernel.at_one, near, shared + abs(unit) * _left_of_defect(defect, kernel)),
        (kernel.upper, -far, alias + 2 * abs(unit) * float(np.abs(whole[0]))),
    ]
    start, terms, missed = min(forms, key=lambda form: form[2] + _rounding(*form[:2]))
    carried = float((np.abs(weight) * _error_of_rho(rho)).sum())
    return start + math.fsum(terms), carried + missed + _rounding(start, terms)


def _left_of_defect(defect: Complex, kernel: Kernel) -> float:
    """Bound 2∫|Re (1 − ρ) κ| beyond the cutoff Ω in units of ∫κ: at most 4, since |ρ| ≤ 1.

    Without a shift, 1 − cos 2x ≤ 4(1 − cos x) makes it at most 4(ω/Ω)² times its largest value
    so far, and (ω/Ω)² costs at most another factor 2 under either kernel.
    """
    return 4.0 if kernel.shift else min(4.0, 16 * float(defect.real.max()))


def _error_of_rho(rho: LogAffinity) -> FloatArray:
    """|ρ|(e^slack − 1), or |ρ| plus the largest |ρ| that the slack allows where that says less."""
    size = np.exp(rho.log_rho.real)
    small = np.minimum(rho.slack, 1.0)
    most = np.exp(np.minimum(rho.log_rho.real + rho.slack, 0.0))
    return np.asarray(np.where(rho.slack <= 1, size * np.expm1(small), size + most))


def _rounding(start: float, terms: FloatArray) -> float:
    return EPS * (abs(start) + 8 * float(np.abs(terms).sum()))
