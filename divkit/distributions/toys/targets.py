r"""The toy targets everyone uses, each with a density that is exactly normalised.

Mixtures of Gaussians (ring, grid), a uniform law (checkerboard), a closed form (concentric rings),
invertible images of Gaussians with a known Jacobian (banana, funnel, pinwheel), and curves under
Gaussian noise (moons, spiral). A curve c(t), t of density w on an interval, under noise σz has
density ∫ w(t) N(x; c(t), σ²I) dt. The laws here are its Gauss–Legendre sums: finite mixtures, so
normalised to rounding whatever the number of nodes, with nodes so dense (in units of σ) that they
agree with the curve's integral to better than 1e-12 of the highest density.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import flint
import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import Mixture
from divkit.distributions.compose.transformed import Transformed
from divkit.distributions.counts.checks import whole
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.maps.space import Bend, Twist, Widen
from divkit.distributions.toys.laws import GaussianRings, UniformBoxes, length_of
from divkit.types import FloatArray

_MOST_NODES = 5000
_MOST_BLOBS = 10_000
_LARGEST_COUNT = 1000

Curve = Callable[[FloatArray], FloatArray]


def ring(modes: int = 8, radius: float = 2.0, sd: float = 0.4) -> Mixture:
    """Return equal Gaussians N(·, sd²I) at `modes` points around a circle (VEEGAN's ring).

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If modes < 1, or radius or sd is not positive.

    See Also
    --------
    divkit.rings : circles in place of points.
    divkit.mixture : of any laws.

    Examples
    --------
    >>> ring().log_prob([[2.0, 0.0], [0.0, 0.0]])
    array([ -2.08341677, -12.5052956 ])
    """
    angles = 2 * math.pi * np.arange(_count("modes", modes)) / modes
    return _blobs(length_of("radius", radius) * _direction(angles), sd)


def grid(side: int = 5, spacing: float = 2.0, sd: float = 0.05) -> Mixture:
    """Return side × side equal Gaussians, `spacing` apart around 0 (VEEGAN's and PacGAN's grid).

    Raises
    ------
    ValueError
        If side < 1, or spacing or sd is not positive.

    Examples
    --------
    >>> grid().log_prob([[0.0, 0.0], [1.0, 0.0]])
    array([   0.93471166, -198.37214116])
    """
    ticks = length_of("spacing", spacing) * (np.arange(_count("side", side)) - (side - 1) / 2)
    return _blobs(np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2), sd)


def checkerboard(cells: int = 4, half_width: float = 4.0) -> UniformBoxes:
    """Return the uniform law on every other square of a cells × cells board on [−w, w]².

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If cells is not in 1 … 50, or half_width is not positive.

    See Also
    --------
    divkit.rings : another target whose density is known.
    divkit.product : of laws of single coordinates.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(checkerboard().log_prob([[-3.5, -3.5], [-3.5, -1.5]])).round(6)
    array([0.03125, 0.     ])
    """
    lines = np.linspace(-1, 1, _count("cells", cells, at_most=50) + 1) * length_of(
        "half_width", half_width
    )
    sides = list(zip(lines[:-1].tolist(), lines[1:].tolist(), strict=True))
    chosen = [(sides[i], sides[j]) for i in range(cells) for j in range(cells) if (i + j) % 2 == 0]
    return UniformBoxes(tuple(chosen))


def rings(radii: Sequence[float] = (1.0, 2.0, 3.0), sd: float = 0.1) -> GaussianRings:
    """Return concentric circles under Gaussian noise, each as likely; the density is exact.

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If there is no radius, or a radius or sd is not positive.

    See Also
    --------
    divkit.ring : points in place of circles.

    Examples
    --------
    >>> rings().log_prob([[1.0, 0.0], [1.5, 0.0]])
    array([ -1.55158648, -13.72011266])
    """
    return GaussianRings(tuple(radii), sd)


def moons(sd: float = 0.1) -> Mixture:
    """Return two interlocking half circles of radius 1 under Gaussian noise.

    The upper one is (cos t, sin t), the lower (1 − cos t, ½ − sin t), t uniform on [0, π]; the
    arcs are their Gauss–Legendre sums (see the module).

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If sd is not positive.

    See Also
    --------
    divkit.rings : another target in the plane.

    Examples
    --------
    >>> moons().log_prob([[0.0, 1.0], [0.0, 3.0]])
    array([  -0.4529739 , -201.00311918])
    """
    t, weights = _nodes(math.pi, 0.0, math.pi, sd)
    upper = _direction(t)
    lower = np.array([1.0, 0.5]) - upper
    return _blobs(np.concatenate([upper, lower]), sd, np.tile(weights / 2, 2))


def spiral(arms: int = 2, turns: float = 1.0, radius: float = 3.0, sd: float = 0.2) -> Mixture:
    """Return Archimedean spiral arms under Gaussian noise.

    Along an arm, c(s) = radius·s·(cos 2π·turns·s, sin 2π·turns·s) with s = √t, t uniform on
    [0, 1], so that mass spreads evenly along it; arms are turned copies of the first, their
    Gauss–Legendre sums (see the module).

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If arms < 1, or another parameter is not positive.

    See Also
    --------
    divkit.pinwheel : another target in the plane.

    Examples
    --------
    >>> spiral().log_prob([[0.0, 0.0], [3.0, 0.0]])
    array([-3.34195446, -2.95127312])
    """
    sweep = 2 * math.pi * length_of("turns", turns)
    length = 0.7 * length_of("radius", radius) * (1 + sweep)  # ≥ |c′|·2√(s(1−s)): see _nodes
    s, weights = _nodes(length, 0.0, 1.0, sd)
    offsets = 2 * math.pi * np.arange(_count("arms", arms)) / arms
    points = [radius * s[:, None] * _direction(sweep * s + offset) for offset in offsets]
    return _blobs(np.concatenate(points), sd, np.tile(2 * s * weights / arms, arms))


def banana(dim: int = 2, curvature: float = 0.5, spread: float = 1.0) -> Transformed:
    """Return a Gaussian bent along a parabola: x₁ + curvature·(x₀² − spread²), mean 0.

    Before bending, x₀ ~ N(0, spread²) and the other coordinates are standard normal; the map
    keeps volumes (Haario, Saksman, Tamminen 1999).

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If dim < 2, spread is not positive, or curvature not finite.

    See Also
    --------
    divkit.funnel : another law that is bent.
    divkit.distributions : more laws with normalised densities.

    Examples
    --------
    >>> from divkit import sample
    >>> law = banana()
    >>> law.log_prob([[0.0, -0.5], [1.0, 0.0]])
    array([-1.83787707, -2.33787707])
    >>> sample(law, 5, rng=0).shape
    torch.Size([5, 2])
    """
    scales = np.ones(_count("dim", dim, at_least=2))
    scales[0] = length_of("spread", spread)
    return Transformed(_gaussian(np.zeros(dim), np.diag(scales**2)), Bend(curvature, spread**2))


def funnel(dim: int = 2, spread: float = 3.0) -> Transformed:
    """Return Neal's funnel: x₀ ~ N(0, spread²), and given it x_i ~ N(0, e^{x₀}), i ≥ 1.

    Returns
    -------
    Law
        In R^dim.

    Raises
    ------
    ValueError
        If dim < 2, or spread is not positive.

    See Also
    --------
    divkit.banana : another law that is bent.

    Examples
    --------
    >>> funnel().log_prob([[0.0, 0.0], [3.0, 1.0]])
    array([-2.93648936, -4.96138289])
    """
    scales = np.ones(_count("dim", dim, at_least=2))
    scales[0] = length_of("spread", spread)
    return Transformed(_gaussian(np.zeros(dim), np.diag(scales**2)), Widen())


def pinwheel(
    arms: int = 5, rate: float = 1.0, radial: float = 0.6, tangential: float = 0.2
) -> Transformed:
    """Return Gaussian blades around a circle of radius 2, swirled: turned by rate·|x| at x.

    Before the swirl, blade k is N at distance 2 in direction 2πk/arms, with standard deviations
    `radial` along that direction and `tangential` across; the swirl keeps areas.

    Returns
    -------
    Law
        In the plane.

    Raises
    ------
    ValueError
        If arms < 1, radial or tangential is not positive, or rate not finite.

    See Also
    --------
    divkit.spiral : another target in the plane.

    Examples
    --------
    >>> pinwheel().log_prob([[0.0, 0.0]])
    array([-5.27316909])
    """
    spread = np.diag([length_of("radial", radial) ** 2, length_of("tangential", tangential) ** 2])
    blades = []
    for angle in 2 * math.pi * np.arange(_count("arms", arms)) / arms:
        along, across = _direction(np.array([angle, angle + math.pi / 2]))
        axes = np.stack([along, across], axis=1)
        cov = axes @ spread @ axes.T
        blades.append(_gaussian(2 * along, (cov + cov.T) / 2))
    return Transformed(Mixture((1 / arms,) * arms, tuple(blades)), Twist(rate))


TOYS: tuple[Callable[[], Law], ...] = (
    ring, grid, checkerboard, rings, moons, spiral, banana, funnel, pinwheel,
)  # fmt: skip
"""Every toy target of the plane at its default parameters."""


def _blobs(centers: FloatArray, sd: float, weights: FloatArray | None = None) -> Mixture:
    """A mixture of N(center, sd²I), equal weights unless given."""
    if len(centers) > _MOST_BLOBS:
        raise ValueError(
            f"{len(centers)} Gaussians are asked for; at most {_MOST_BLOBS} are made."
        )
    cov = length_of("sd", sd) ** 2 * np.eye(2)
    shares = np.full(len(centers), 1 / len(centers)) if weights is None else weights
    return Mixture(tuple(shares.tolist()), tuple(_gaussian(c, cov) for c in centers))


def _gaussian(mean: FloatArray, cov: FloatArray) -> MultivariateNormal:
    return MultivariateNormal(tuple(mean.tolist()), tuple(map(tuple, cov.tolist())))


def _direction(angle: FloatArray) -> FloatArray:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _nodes(length: float, low: float, high: float, sd: float) -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes on [low, high] at most 0.8 sd apart along a curve; weights sum to 1.

    They lie π√(1−x²)/count apart on [−1, 1], so `length` is the largest |dc/dx|·2√(1−x²). A sum of
    Gaussians h = 0.8 sd apart differs from their integral by e^{−2π²(sd/h)²} = 4e-14 of it.
    """
    needed = 16 + 2 * length / length_of("sd", sd)
    if needed > _MOST_NODES:
        raise ValueError(
            f"a curve of length {length:.4g} under noise sd = {sd!r} needs {needed:.3g} nodes; at "
            f"most {_MOST_NODES} are made. Raise sd."
        )
    count = math.ceil(needed)
    roots = [flint.arb.legendre_p_root(count, k, weight=True) for k in range(count)]
    nodes, weights = np.array([[float(ball.mid()) for ball in pair] for pair in roots]).T
    return (low + high) / 2 + (high - low) / 2 * nodes, weights / weights.sum()


def _count(name: str, value: int, at_least: int = 1, at_most: int = _LARGEST_COUNT) -> int:
    whole(name, value, at_least)
    if value > at_most:
        raise ValueError(f"{name} must be at most {at_most}; got {value!r}.")
    return int(value)
