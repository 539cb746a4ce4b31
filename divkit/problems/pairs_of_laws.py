"""Named pairs of laws: what calculators, trained critics and estimators are compared on.

A problem can be mapped: the same invertible map of both laws makes a new pair, and no divergence
that depends on densities alone changes, so that one truth serves many shapes.

>>> shift = PROBLEMS["shift1"]
>>> from divkit.distributions import Exp
>>> shift.mapped(Exp()).p.support == shift.p.support
False
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from divkit.distributions import toys
from divkit.distributions.adapt import settle
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.compose.product import Product
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.families.bounded import Uniform
from divkit.distributions.families.heavy import Cauchy, StudentT
from divkit.distributions.families.location_scale import Gumbel, Laplace, Logistic
from divkit.distributions.families.multivariate import MultivariateNormal, MultivariateStudentT
from divkit.distributions.families.normal import Normal
from divkit.distributions.maps.space import Map
from divkit.plain import require_count, require_positive
from divkit.registry import Registry
from divkit.types import FloatArray


class Regime(StrEnum):
    """Reasons why a problem is hard; each has a table of its own in the benchmark."""

    LINE = "line"
    PLANE = "plane"
    FEW = "3 to 10 columns"
    MANY = "many columns"
    HEAVY = "heavy tails"
    COUNTS = "counts and mixed columns"
    LARGE = "large divergence"
    NEAR = "nearly equal"
    ROWS = "odd samples"


@dataclass(frozen=True)
class Problem:
    """A pair of laws with a name.

    Attributes
    ----------
    name : the registry's, with the maps that were applied.
    p, q : the laws, of one dimension; scales are standard deviations.
    note : what it is hard at, or whence it comes.
    regime : what it is one of.
    ratio : rows of Q for each row of P, where samples of it are drawn.
    copies : how often each row is repeated there, as by a join gone wrong.

    Raises
    ------
    ValueError
        If the laws differ in dimension, or ratio or copies are not positive.

    Examples
    --------
    >>> from divkit import Normal
    >>> Problem("mine", Normal(0, 1), Normal(1, 1)).name
    'mine'
    """

    name: str
    p: Law
    q: Law
    note: str = ""
    regime: Regime = Regime.LINE
    ratio: float = 1.0
    copies: int = 1

    def __post_init__(self) -> None:
        settle(self, "p", "q")
        if self.p.dim != self.q.dim:
            raise ValueError(
                f"problem {self.name!r}: p and q must have one dimension; got {self.p.dim} and "
                f"{self.q.dim}."
            )
        require_positive("ratio", self.ratio)
        require_count("copies", self.copies, 1)

    def sizes(self, n: int) -> tuple[int, int]:
        """Return how many rows samples of P and Q have where n are asked for."""
        return n, max(1, round(self.ratio * n))

    def distinct(self, n: int) -> tuple[int, int]:
        """Return how many of them are draws, not copies of others."""
        first, second = self.sizes(n)
        return -(-first // self.copies), -(-second // self.copies)

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return self.p.dim

    def mapped(self, map: Map) -> Problem:
        """Return the pair of images: f-divergences, and functions of them, stay as they are.

        Raises
        ------
        ValueError
            If the map acts on another dimension, or is not defined on a support.
        """
        images = (transformed(self.p, map), transformed(self.q, map))
        return Problem(f"{self.name} under {map!r}", *images, self.note)

    def swapped(self) -> Problem:
        """Return the pair (q, p)."""
        return Problem(f"{self.name} swapped", self.q, self.p, self.note)


def _in_catalogue() -> Iterable[tuple[Problem, tuple[str, ...]]]:
    """The catalogue's problems, made when one of them is asked for."""
    from divkit.problems.catalogue import catalogue

    return ((problem, (problem.name,)) for problem in catalogue())


PROBLEMS: Registry[Problem] = Registry("problem", _in_catalogue, listing="divkit bench run --list")
"""Every named pair: those of this module, and `divkit.problems.catalogue`."""


def _add(name: str, p: Law, q: Law, note: str) -> None:
    PROBLEMS.register(name, Problem(name, p, q, note, _regime(name, p.dim)))


def _regime(name: str, dim: int) -> Regime:
    named = {
        "student3_vs_cauchy": Regime.HEAVY, "student10_shift": Regime.HEAVY,
        "mixture5_vs_student5": Regime.HEAVY, "students10_vs_laplaces10": Regime.HEAVY,
        "shift6": Regime.LARGE, "needle": Regime.LARGE, "shift20": Regime.MANY,
    }  # fmt: skip
    sizes = {1: Regime.LINE, 2: Regime.PLANE}
    return named.get(name) or sizes.get(dim) or (Regime.FEW if dim <= 10 else Regime.MANY)


def _gaussian(mean: Sequence[float] | FloatArray, cov: FloatArray) -> MultivariateNormal:
    return MultivariateNormal(tuple(map(float, mean)), tuple(map(tuple, cov.tolist())))


def autoregressive(dim: int, correlation: float) -> FloatArray:
    """Covariance correlation^|i−j| of a stationary first-order autoregression, (dim, dim).

    >>> autoregressive(3, 0.5)
    array([[1.  , 0.5 , 0.25],
           [0.5 , 1.  , 0.5 ],
           [0.25, 0.5 , 1.  ]])
    """
    place = np.arange(dim)
    return np.asarray(float(correlation) ** np.abs(place[:, None] - place))


def _shift(*mean: float) -> tuple[MultivariateNormal, MultivariateNormal]:
    """The standard normal law, and the same moved to `mean`."""
    eye = np.eye(len(mean))
    return _gaussian(np.zeros(len(mean)), eye), _gaussian(mean, eye)


def _matched(law: Law) -> MultivariateNormal:
    """The normal law of the same mean and covariance."""
    if law.mean is None or law.covariance is None:
        raise ValueError(f"the moments of {law!r} are not known.")
    return _gaussian(law.mean, law.covariance)


def _unlike(shift: float, scale: float) -> Product:
    """Ten copies each of five unlike laws on the line."""
    families: tuple[Callable[[float, float], Law], ...] = (
        Normal, Laplace, Logistic, Gumbel, lambda loc, width: StudentT(5.0, loc, width),
    )  # fmt: skip
    return Product(tuple(make(shift, scale) for make in families for _ in range(10)))


def _add_line() -> None:
    three = mixture([0.3, 0.4, 0.3], [Normal(-3, 0.5), Normal(0, 0.7), Normal(3, 0.5)])
    two = mixture([0.5, 0.5], [Normal(-1, 1), Normal(2, 1.5)])
    bimodal = mixture([0.4, 0.6], [Normal(-1.5, 0.6), Normal(1, 1)])
    target = mixture([0.33, 0.67], [Normal(-1, 0.25), Normal(2, 2**0.5)])
    _add("shift1", Normal(0, 1), Normal(1, 1), "the unit shift: JSD .111421482185")
    _add("shift6", Normal(0, 1), Normal(6, 1), "KL 18: no sample shows the overlap")
    _add("scale3", Normal(0, 1), Normal(0, 3), "one law inside the other")
    _add("mixture3_vs_mixture2", three, two, "three narrow modes against two wide ones")
    _add("bimodal_vs_laplace", bimodal, Laplace(0, 1), "KL .257567; a kink at 0")
    _add("fgan_target", target, Normal(1, 1.8), "f-GAN's univariate fit, near its KL optimum")
    _add("student3_vs_cauchy", StudentT(3, 0, 1), Cauchy(0, 1), "KL .113408; heavy tails")
    _add("gumbel_vs_logistic", Gumbel(0, 1), Logistic(0.5, 1.2), "KL swapped is infinite")
    _add("needle", Normal(0, 1), Normal(50, 0.01), "a narrow peak far away")
    _add("uniform_overlap", Uniform(0, 1), Uniform(0.5, 1.5), "JSD ½ log 2, KL infinite")
    _add("uniform_disjoint", Uniform(0, 1), Uniform(2, 3), "JSD log 2, no gradient")


def _add_space() -> None:
    ring, plane = toys.ring(modes=8, radius=2.0, sd=0.4), np.eye(2)
    spiral = toys.spiral(arms=2, turns=1.0, radius=3.0, sd=0.3)
    banana = toys.banana(dim=3, curvature=0.5)
    white = _gaussian(np.zeros(10), np.eye(10))
    tall = _gaussian(np.zeros(3), np.diag([1.0, 1.5, 1.0]))
    _add("ring8_vs_matched_normal", ring, _gaussian(np.zeros(2), 2.16 * plane), "equal moments")
    _add("ring8_vs_normal", ring, _gaussian(np.zeros(2), 4 * plane), "N(0, 4I)")
    _add("spiral_vs_matched_normal", spiral, _matched(spiral), "equal moments, curved arms")
    _add("shift2d", *_shift(2.0, 0.0), "two dimensions, one of them idle")
    _add("banana3_vs_normal", banana, tall, "equal moments; dependence of second order")
    _add("ar10", _gaussian(np.zeros(10), autoregressive(10, 0.5)), white, "AR(.5) against N(0, I)")
    _add("shift20", *_shift(*[0.5] * 20), "KL 2.5: a half in each of 20 coordinates")
    _add("product50", _unlike(0.0, 1.0), _unlike(0.1, 1.1), "50 unlike independent coordinates")


def _add_five() -> None:
    one, eye = np.ones(5), np.eye(5)
    modes = mixture([0.5, 0.5], [_gaussian(-0.7 * one, eye), _gaussian(0.7 * one, eye)])
    student = MultivariateStudentT(5.0, (0.0,) * 5, tuple(map(tuple, eye.tolist())))
    wide = 1.5 * (0.7 * eye + 0.3)
    turns = 0.5 * np.array([1.0, -1.0, 1.0, -1.0, 1.0])
    _add("mixture5_vs_student5", modes, student, "two modes against heavy tails, df = 5")
    _add("ar5_vs_equicorrelated", _gaussian(np.zeros(5), autoregressive(5, 0.5)),
         _gaussian(turns, wide), "KL 1.00746; shift ±.5 in turn")  # fmt: skip
    heavy = tuple(map(tuple, np.eye(10).tolist()))
    _add("student10_shift", MultivariateStudentT(3.0, (0.0,) * 10, heavy),
         MultivariateStudentT(3.0, (0.5,) * 10, heavy), "ten heavy-tailed dimensions")  # fmt: skip


def _add_shapes() -> None:
    tight = toys.spiral(arms=2, turns=1.5, radius=3.0, sd=0.2)
    moons = toys.moons(sd=0.15)
    bent = Product((toys.banana(dim=2, curvature=0.5), *(Normal(0, 1) for _ in range(8))))
    tall = _gaussian(np.zeros(10), np.diag([1.0, 1.5, *[1.0] * 8]))
    students = Product(tuple(StudentT(3.0, 0.0, 1.0) for _ in range(10)))
    laplaces = Product(tuple(Laplace(0.3, 1.0) for _ in range(10)))
    _add("tight_spiral_vs_matched_normal", tight, _matched(tight), "arms as thin as their gaps")
    _add("moons_vs_matched_normal", moons, _matched(moons), "two arcs, each inside the other's")
    _add("banana10_vs_normal", bent, tall, "eight of ten coordinates idle, two bent")
    _add("students10_vs_laplaces10", students, laplaces, "ten independent heavy tails")


_add_line()
_add_space()
_add_five()
_add_shapes()
