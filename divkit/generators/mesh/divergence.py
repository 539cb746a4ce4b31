r"""f-divergences of a law p and the law q of a map of noise, by quadrature over the noise.

With l = log q − log p and prices a = f(0⁺), b = lim f(u)/u of the non-negative form (a mass of q
where p = 0, of p where q = 0), Φ(p, q) = a q + b p − integrand ≥ 0 is concave, homogeneous and
increasing in p and in q, and 0 where either is. So

    D_f = f(1) + a + b − ∫ Φ(p, q) dx = f(1) + E_z g(l(G(z))) + (a + b)(1 − m),
    g(l) = a + b − Φ(e^{−l}, 1) = integrand(−l, 0) − b (e^{−l} − 1),

the expectation over the mass m of noise whose image has an area: what p has where q = 0 is in it,
and singular mass pays its full price. Noise of mass ε that is left out changes ∫Φ by at most
Φ(1, ε). For JSD g = log 2 − ½ [e^{−l} log(1 + e^l) + log(1 + e^{−l})].

Three more integrals are taken on the same nodes: the mass of p in the image of noise;
E_q p/(p+q) = E_p q/(p+q), which draws of p must agree with: a mode of p that no node has seen
shows there; and the mass of noise, which shows what nodes have not seen of noise that is no normal
or uniform law.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import torch
from scipy import special

from divkit.distributions.base import Law
from divkit.distributions.null_sets import share_measure
from divkit.distributions.support import full_space
from divkit.divergences import JS
from divkit.divergences.base import FDivergence
from divkit.divergences.stable import LOG2
from divkit.exact.method import NotApplicableError
from divkit.generators.mesh.beyond import log_outside, may_be_reached, two_cells
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.polygons import IntArray
from divkit.generators.mesh.preimages import CheckedDensities
from divkit.generators.mesh.quadrature import LEAST, Integral, Terms, integrate
from divkit.generators.mesh.start import Start, started, unit_of
from divkit.generators.mesh.triangles import Triangles
from divkit.results import Result
from divkit.types import FloatArray, Tensor

_DRAWS, _MANY, _FEW = 4096, 2**15, 4000
_AT, _MOST_FINER = 1e-3, 5.0  # the tolerance for so many draws; 25 times as many at most
_SIGMAS = 5.0
_HEAVIEST = 1.0  # noise in one triangle, in units of the tolerance
_ROUNDING = 1e-14
_OPERATION = 2.0**-50  # four roundings of each node's weight and of its place in a sum
_SEEN = 0.01  # of p's mass that the nodes may not have seen where its price is infinite
_LARGEST = 600.0  # |l| beyond which e^{−l} leaves the floats


class Pieces(Protocol):
    """A map piece by piece."""

    @property
    def noise(self) -> Noise:
        """The law of z."""
        ...

    @property
    def triangles(self) -> FloatArray:
        """Noise with an image that has an area (t, 3, 2)."""
        ...

    @property
    def images(self) -> FloatArray:
        """Images of the corners (t, 3, d)."""
        ...

    @property
    def pieces(self) -> IntArray:
        """The piece of each triangle (t,)."""
        ...

    def log_density(self, piece: IntArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """G(z) of noise in these pieces, and log q there."""
        ...

    @property
    def lost(self) -> float:
        """Noise without a piece."""
        ...

    def checked(self, count: int) -> CheckedDensities | None:
        """Densities at draws, where `log_density` is not exact."""
        ...


class Pushed(Protocol):
    """A law of G(z), as a quadrature over z needs it."""

    @property
    def pieces(self) -> Pieces:
        """G, piece by piece."""
        ...

    @property
    def singular(self) -> float:
        """The mass that has no density."""
        ...

    @property
    def tolerance(self) -> float:
        """Wanted error."""
        ...

    @property
    def most(self) -> int:
        """Nodes at most."""
        ...

    def log_prob(self, x: Tensor) -> Tensor:
        """log q at points (n, d)."""
        ...


@dataclass(frozen=True, eq=False)
class PricedDivergence:
    """One divergence of p and q, as a function of l = log q − log p.

    Attributes
    ----------
    kind : f.
    reverse : whether it is D_f(q‖p).
    empty : points with mass of q where p = 0.
    sizes : the largest |l| of each call.
    """

    kind: FDivergence
    reverse: bool
    empty: list[FloatArray] = field(default_factory=list)
    sizes: list[float] = field(default_factory=lambda: [1.0])

    @property
    def prices(self) -> tuple[float, float]:
        """Of a mass of q where p = 0, and of p where q = 0."""
        ends = self.kind.at_zero, self.kind.slope_at_infinity
        return ends[::-1] if self.reverse else ends

    def integrand(self, l: FloatArray) -> FloatArray:
        """The density of D over that of q, without f(1)."""
        ratio, one = torch.from_numpy(-l), torch.zeros(len(l), dtype=torch.float64)
        pair = (one, ratio) if self.reverse else (ratio, one)
        return np.asarray(self.kind.integrand(*pair).numpy())

    def paid(self, l: FloatArray) -> FloatArray:
        """g(l), or the integrand itself where the price of p's mass is infinite."""
        if JS.is_same_as(self.kind):
            return jensen_shannon(l)
        price = self.prices[1]
        if math.isinf(price):
            return self.integrand(l)
        if len(l) and float(l.min()) < -_LARGEST:
            raise NotApplicableError(
                f"the density of q is e^{float(l.min()):.0f} of p's at a node: floats do not hold "
                f"the ratio that {self.kind.name} needs."
            )
        return np.asarray(self.integrand(l) - price * np.expm1(-l))

    @property
    def bounded(self) -> bool:
        """Whether both prices are finite."""
        return math.isfinite(sum(self.prices))

    def missing(self, mass: float) -> float:
        """A bound of what noise of this mass changes; its usual size if a price is infinite."""
        if mass == 0:
            return 0.0
        a, b = self.prices
        if not self.bounded:
            return 4 * mass * max(self.sizes)
        here = float(self.integrand(np.array([math.log(mass)]))[0])
        return abs(a * mass + b - mass * here) + _ROUNDING * (a + b)


def jensen_shannon(l: FloatArray) -> FloatArray:
    """log 2 − ½ [e^{−l} log(1 + e^l) + log(1 + e^{−l})], to rounding for every l."""
    soft = np.log1p(np.exp(-np.abs(l)))
    held = np.clip(l, -30.0, 700.0)
    near = np.exp(-held) * (np.maximum(held, 0.0) + np.log1p(np.exp(-np.abs(held))))
    first = np.where(l < -30.0, 1 - 0.5 * np.exp(np.minimum(l, 0.0)), near)
    return np.asarray(LOG2 - 0.5 * (first + np.maximum(-l, 0.0) + soft))


def divergence_from(law: Pushed, p: Law, kind: FDivergence, *, reverse: bool = False) -> Result:
    """Return D_f(p‖law), or D_f(law‖p), with its error.

    Raises
    ------
    NotApplicableError
        If p has no density in the plane, or floats do not hold what the divergence needs.
    """
    if not share_measure(p.support, full_space(p.dim)):
        raise NotApplicableError(f"p has no density on R^{p.dim}: its support is {p.support!r}.")
    start, game, name = time.perf_counter(), PricedDivergence(kind, reverse), kind.name
    if math.isinf(game.prices[0]) and law.singular > 0:
        share = f"{law.singular:.3g} of the noise is pushed onto curves or points"
        return _infinite(name, f"{share}, where p has no mass")
    tolerance, spans = 0.8 * law.tolerance, np.array([sum(game.prices), math.inf, 1.0, 0.0])
    begun = _begin(law, p, game, _FEW, tolerance, math.inf)
    if begun.cut:
        begun = _begin(law, p, game, law.most // 4, tolerance, float(spans[0]))
    else:  # so few that none need be light
        spans[0] = math.inf
    lost = begun.lost + law.pieces.lost
    if len(begun.triangles) == 0:
        return _result(law, p, game, Integral(np.zeros(4), np.zeros(4), 0), lost, start)
    drawn = _by_draws(law, p, game, lost, start) if begun.cut and game.bounded else None
    if drawn is not None and drawn.error <= 2 * law.tolerance:
        return drawn
    terms, noise = _terms(law, p, game), law.pieces.noise
    found = integrate(terms, noise, begun, unit_of(p), tolerance, law.most, spans)
    result = _result(law, p, game, found, lost, start)
    return result if drawn is None else min(result, drawn, key=lambda each: each.error)


def _begin(
    law: Pushed, p: Law, game: PricedDivergence, most: int, tolerance: float, span: float
) -> Start:
    """The triangles to start from."""
    every = Triangles(law.pieces.triangles, law.pieces.images, law.pieces.pieces)
    share = law.tolerance / 100 if game.bounded else LEAST
    return started(
        every, law.pieces.noise, p, unit_of(p), share, _HEAVIEST * law.tolerance, most,
        tolerance, span,
    )  # fmt: skip


def _by_draws(law: Pushed, p: Law, game: PricedDivergence, lost: float, start: float) -> Result:
    """D_f from draws of p, at each of which q is known, where many triangles miss p's features.

    D_f − f(1) = E_p g̃(−l), g̃ that of the laws with their roles changed: between 0 and a + b.
    """
    x = p.sample(_MANY, np.random.default_rng(1))
    l = np.asarray(law.log_prob(x).numpy()) - np.asarray(p.log_prob(x).numpy())
    paid = PricedDivergence(game.kind, not game.reverse).paid(-l)
    spread = float(paid.std()) + sum(game.prices) / _MANY
    error = _SIGMAS * spread / math.sqrt(_MANY) + game.missing(lost)
    words = (f"the error is above the tolerance, {law.tolerance:.1g}",)
    return Result.exact(
        game.kind.at_one + float(paid.mean()), error, "quadrature",
        f"MeshDraws(tolerance={law.tolerance:g})", name=game.kind.name,
        warnings=words if error > 2 * law.tolerance else (), singular=law.singular,
        left_out=lost, nodes=_MANY, seconds=time.perf_counter() - start,
    )  # fmt: skip


def _terms(law: Pushed, p: Law, game: PricedDivergence) -> Terms:
    """g, p's density over q's, p/(p+q), and 1, of noise in pieces."""

    def terms(z: FloatArray, piece: IntArray) -> FloatArray:
        x, log_q = law.pieces.log_density(piece, z)
        log_p = np.asarray(p.log_prob(torch.from_numpy(x)).numpy())
        l = log_q - log_p
        if math.isinf(game.prices[0]) and bool(np.isposinf(l).any()):
            game.empty.append(x[np.isposinf(l)][0])
            l = np.where(np.isposinf(l), 0.0, l)
        game.sizes.append(
            float(np.abs(l, where=np.isfinite(l), out=np.zeros_like(l)).max(initial=0.0))
        )
        ratio = np.exp(np.minimum(-l, _LARGEST))
        return np.stack([game.paid(l), ratio, special.expit(-l), np.ones(len(l))], axis=1)

    return terms


def _infinite(name: str, reason: str) -> Result:
    return Result.exact(math.inf, 0.0, "quadrature", "MeshQuadrature()", name=name, reason=reason)


def _result(
    law: Pushed, p: Law, game: PricedDivergence, found: Integral, lost: float, start: float
) -> Result:
    kind, name = game.kind, game.kind.name
    if game.empty:
        spot = ", ".join(f"{c:.4g}" for c in game.empty[0])
        return _infinite(name, f"the generator has mass where p has none, as at ({spot})")
    witness, missed = _witness(law, p, found)
    outside = len(missed) / _DRAWS
    if math.isinf(game.prices[1]) and len(missed):
        return _where_none_is_seen(law, game, missed)
    value = kind.at_one + float(found.value[0])
    value += (law.singular + lost) * sum(price for price in game.prices if math.isfinite(price))
    moved, doubt = _corrected(law, p, game)
    value += moved
    error = float(found.error[0]) + game.missing(lost + _lacking(law, found, lost))
    error += witness + doubt
    error += _OPERATION * (1 + found.nodes) * (1 + abs(value))
    if math.isinf(game.prices[1]):
        error += _unseen(game, found) + found.far
    warnings = []
    if error > 2 * law.tolerance:
        warnings.append(f"the error is above the tolerance, {law.tolerance:.1g}")
    if witness:
        warnings.append(
            "draws of p do not agree with the quadrature: a part of p is not resolved; what they "
            "differ by is in the error"
        )
    if math.isinf(game.prices[1]):
        warnings.append(
            f"finite only if the generator has mass wherever p does, as {_DRAWS} draws of p show"
        )
    result = Result.exact(
        value, error, "quadrature", f"MeshQuadrature(tolerance={law.tolerance:g})", name=name,
        warnings=tuple(warnings), singular=law.singular, left_out=lost, nodes=found.nodes,
        mass_p=float(found.value[1]), outside=outside, seconds=time.perf_counter() - start,
    )  # fmt: skip
    if math.isinf(game.prices[1]) and found.far > law.tolerance:
        low = max(value - error + found.far, kind.at_one)  # what is farther adds to it
        reason = "the rows of p that pay most lie where the generator has next to no mass"
        return replace(
            result, error=math.inf, interval=(low, kind.upper), one_sided="lower", reason=reason
        )
    return result


def _where_none_is_seen(law: Pushed, game: PricedDivergence, missed: FloatArray) -> Result:
    """∞ where the generator has no mass at draws of p; a limit where far noise may come there."""
    kind, pieces, share = game.kind, law.pieces, len(missed) / _DRAWS
    words = f"{share:.3g} of p's draws lie where"
    if not may_be_reached(pieces.noise, pieces.triangles, pieces.images, missed):
        return _infinite(kind.name, f"{words} the generator has no mass")
    least = two_cells(game.integrand, len(missed), _DRAWS, log_outside(pieces.noise))
    reason = f"{words} the generator has mass, if any, by noise too far out for floats alone"
    least += kind.at_one
    return Result.bound(
        least, (least, kind.upper), "MeshQuadrature()", kind="quadrature", name=kind.name,
        reason=reason,
    )  # fmt: skip


def _lacking(law: Pushed, found: Integral, lost: float) -> float:
    """Noise that the nodes have too little or too much of.

    Raises
    ------
    NotApplicableError
        If it is more than the tolerance.
    """
    if law.pieces.noise.masses_are_exact:
        return 0.0
    gap = abs(1 - float(found.value[3]) - lost - law.singular) + float(found.error[3])
    if gap > law.tolerance:
        raise NotApplicableError(
            f"triangles do not tell the noise, {law.pieces.noise.law!r}: the nodes see "
            f"{float(found.value[3]):.4g} of its mass."
        )
    return gap


def _corrected(law: Pushed, p: Law, game: PricedDivergence) -> tuple[float, float]:
    """Change that rough densities make, by draws of noise, and the error of that.

    Four standard errors; a share of preimages that are not found costs at most all that q's mass
    can.
    """
    finer = min(max(_AT / law.tolerance, 1.0), _MOST_FINER)
    check = law.pieces.checked(int(_DRAWS * finer**2))
    if check is None or len(check.x) == 0:
        return 0.0, 0.0
    log_p = np.asarray(p.log_prob(torch.from_numpy(check.x)).numpy())
    gap = game.paid(check.exact - log_p) - game.paid(check.rough - log_p)
    price = sum(game.prices) if game.bounded else max(game.sizes)
    spread = float(gap.std()) + 1 / len(gap)
    return float(gap.mean()), 4 * spread / math.sqrt(len(gap)) + price * check.missed


def _unseen(game: PricedDivergence, found: Integral) -> float:
    """Worth at most of p's mass that no node saw, where its price is infinite."""
    unseen = abs(1 - float(found.value[1])) + float(found.error[1])
    if unseen > _SEEN:
        raise NotApplicableError(
            f"the nodes see {float(found.value[1]):.4g} of p's mass: {game.kind.name} rests on "
            "where the generator has next to none."
        )
    return unseen * max(game.sizes)


def _witness(law: Pushed, p: Law, found: Integral) -> tuple[float, FloatArray]:
    """Contradiction of E_p q/(p+q) by draws of p, if any, and those that lie where q = 0."""
    x = p.sample(_DRAWS, np.random.default_rng(0))
    log_q = np.asarray(law.log_prob(x).numpy())
    seen = special.expit(log_q - np.asarray(p.log_prob(x).numpy()))
    gap = abs(float(seen.mean()) - float(found.value[2]))
    allowed = _SIGMAS * max(float(seen.std()), 1 / math.sqrt(_DRAWS)) / math.sqrt(_DRAWS)
    allowed += float(found.error[2])
    missed = np.asarray(x.numpy())[np.isneginf(log_q)]
    return (2 * gap if gap > allowed else 0.0), missed
