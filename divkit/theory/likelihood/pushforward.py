r"""The law of a generator G(z): P_G(A) = P_z(G⁻¹A).

In one dimension its density is the sum over all preimages,

    p_G(x) = Σ_{z: G(z) = x} p_z(z)/|G'(z)|.

The indicator 1[G(z) = x] that is written in its place stands for a Dirac delta: as it reads, it
is right for discrete z only. A prior of lower dimension than its image has no density at all,
and no law with a density resembles it: JSD = log 2.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from scipy import special

from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.support import Singular, Support
from divkit.exact.named import gan_value, js_divergence
from divkit.theory.framework.computations import LOG2
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.integration import cuts, panels
from divkit.theory.framework.measured import ROUNDING, Measured
from divkit.theory.framework.registry import FALSE_ALARM, Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.theory.framework.stochastic import normal_quantile
from divkit.types import FloatArray, Tensor

Map: TypeAlias = Callable[[FloatArray], FloatArray]
FAR = 40.0
"""Where a standard normal code ends, for float64."""


@dataclass(frozen=True)
class MonotoneBranch:
    """A branch of G on (low, high) where it is monotone, with its inverse.

    `inverse` maps x to z and `slope` z to G'(z); both elementwise.
    """

    low: float
    high: float
    ends: tuple[float, float]
    inverse: Map
    slope: Map


def density(pieces: list[MonotoneBranch], x: FloatArray) -> FloatArray:
    """Σ over preimages of φ(z)/|G'(z)|, z standard normal."""
    total = np.zeros_like(x)
    for piece in pieces:
        inside = (x > min(piece.ends)) & (x < max(piece.ends))
        z = piece.inverse(x[inside])
        total[inside] += np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) / np.abs(piece.slope(z))
    return total


def probability(pieces: list[MonotoneBranch], low: float, high: float) -> float:
    """P_z(G⁻¹[low, high]): normal probabilities of the preimages, branch by branch."""
    total = 0.0
    for piece in pieces:
        a, b = np.clip([low, high], min(piece.ends), max(piece.ends))
        if a < b:
            z = np.sort(piece.inverse(np.array([a, b])))
            total += float(np.diff(special.ndtr(np.clip(z, piece.low, piece.high)))[0])
    return total


def straight(forward: Map, a: float, b: float) -> MonotoneBranch:
    """The branch between a and b, where G is straight."""
    u, v = map(float, forward(np.array([a, b])))
    slope = (v - u) / (b - a)

    def inverse(x: FloatArray) -> FloatArray:
        return a + (x - u) / slope

    return MonotoneBranch(a, b, (u, v), inverse, lambda z: np.full_like(z, slope))


@dataclass(frozen=True)
class Pushforward:
    """A map of a standard normal z, its branches, and intervals to weigh.

    `steep` marks a density that is steep at the ends ±1 of its range.
    """

    name: str
    forward: Map
    pieces: list[MonotoneBranch]
    intervals: tuple[tuple[float, float], ...]
    whole: tuple[float, float]
    steep: bool = False


def affine() -> Pushforward:
    """2z − 1."""

    def forward(z: FloatArray) -> FloatArray:
        return 2 * z - 1

    pieces = [straight(forward, -FAR, FAR)]
    return Pushforward("2z − 1", forward, pieces, ((-2.0, 0.5), (1.0, 4.0)), (-25.0, 23.0))


def squash() -> Pushforward:
    """tanh z."""
    piece = MonotoneBranch(-FAR, FAR, (-1.0, 1.0), np.arctanh, lambda z: 1 - np.tanh(z) ** 2)
    return Pushforward("tanh z", np.tanh, [piece], ((-0.9, -0.3), (0.0, 0.99)), (-1.0, 1.0), True)


def network() -> Pushforward:
    """A perceptron with three leaky units; it folds the line, so points have up to 3 preimages."""
    corners = np.array([-1.0, 0.2, 1.1])

    def forward(z: FloatArray) -> FloatArray:
        hidden = np.maximum(z[:, None] - corners, 0.1 * (z[:, None] - corners))
        out: FloatArray = 0.8 * z + hidden @ np.array([-1.6, 2.0, -0.5])
        return out

    edges = [-FAR, *corners.tolist(), FAR]
    pieces = [straight(forward, a, b) for a, b in itertools.pairwise(edges)]
    whole = (min(min(p.ends) for p in pieces), max(max(p.ends) for p in pieces))
    return Pushforward("leaky perceptron", forward, pieces, ((-1.5, -0.5), (-0.3, 0.6)), whole)


@check(
    "pushforward",
    equation="(3)",
    statement="A generator's density sums p_z(z)/|G′(z)| over all preimages.",
    formula=r"P_G(A)=P_z(G^{-1}A),\qquad p_G(x)=\sum_{z:\,G(z)=x}\frac{p_z(z)}{|G'(z)|}",
    left="the sum over preimages: at points, and integrated over intervals",
    right="χ²₁ for z²; P_z of the preimage by normal probabilities; frequency among samples",
    because="both sides' errors; for frequencies 1e-6 false alarms",
)
def pushforward(context: Context) -> Evidence:
    """z², an affine map, tanh, and a folding perceptron."""
    rng, n = context.rng(), 200_000
    rows = _square_rows()
    for generator in (affine(), squash(), network()):
        draws = generator.forward(rng.standard_normal(n))
        for low, high in generator.intervals:
            mass = integral(generator, low, high)
            case = f"{generator.name} in [{low:g}, {high:g}]"
            exact = probability(generator.pieces, low, high)
            rows.append(equal(f"{case}: P_z of the preimage", mass, Measured(exact, 4e-16)))
            seen = float(((draws >= low) & (draws <= high)).mean())
            noise = normal_quantile(FALSE_ALARM) * math.sqrt(exact * (1 - exact) / n)
            rows.append(equal(f"{case}: frequency", Measured(seen, noise), mass))
        rows.append(
            equal(f"{generator.name}: total mass", integral(generator, *generator.whole), 1.0)
        )
    return evidence(rows, lambda: _fold_figure(rng))


def integral(generator: Pushforward, low: float, high: float) -> Measured:
    """∫ of the density by panels; tanh's, steep at its ends, in the variable x = tanh t."""
    kinks = [end for piece in generator.pieces for end in piece.ends]
    if generator.steep:
        edges = cuts(*np.arctanh(np.clip([low, high], -1 + 1e-15, 1 - 1e-15)).tolist(), 0.5)
        return panels(lambda t: _density_at(generator, torch.tanh(t)) / torch.cosh(t) ** 2, edges)
    return panels(lambda x: _density_at(generator, x), cuts(low, high, 0.25, *kinks))


def _density_at(generator: Pushforward, x: Tensor) -> Tensor:
    return torch.from_numpy(density(generator.pieces, x.numpy()))


def _square_rows() -> list[Comparison]:
    """z² has two preimages ±√x and the density of χ²₁."""
    x = np.array([0.01, 0.3, 1.0, 3.0, 9.0, 30.0])
    pieces = [
        MonotoneBranch(-FAR, 0.0, (FAR**2, 0.0), lambda v: -np.sqrt(v), lambda z: 2 * z),
        MonotoneBranch(0.0, FAR, (0.0, FAR**2), np.sqrt, lambda z: 2 * z),
    ]
    densities, wanted = density(pieces, x), np.exp(-0.5 * x) / np.sqrt(2 * np.pi * x)
    return [
        equal(f"z² at {at:g}", Measured(float(f), 64 * ROUNDING * float(f)), float(w))
        for at, f, w in zip(x, densities, wanted, strict=True)
    ]


def _fold_figure(rng: np.random.Generator) -> Figure:
    generator = network()
    x = np.linspace(-3, 3, 601)
    counts, edges = np.histogram(generator.forward(rng.standard_normal(100_000)), 60, (-3, 3))
    centres = 0.5 * (edges[1:] + edges[:-1])
    heights = counts / 100_000 / np.diff(edges)
    return Figure(
        "x = G(z)",
        "density",
        (
            line("sum over preimages", x, density(generator.pieces, x)),
            line("100,000 samples", centres, heights, "marks"),
        ),
        caption="The image of a normal law under a perceptron that folds the line.",
    )


@dataclass(frozen=True)
class OnALine(Law):
    """The law of (z, 0): a normal code decoded into the plane."""

    @property
    def dim(self) -> int:
        """2."""
        return 2

    @property
    def support(self) -> Support:
        """The axis, a null set of the plane."""
        return Singular(2, "a one-dimensional code decoded into the plane")

    def _log_prob(self, x: Tensor) -> Tensor:
        return torch.full_like(x[:, 0], -math.inf)

    def _sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        return np.stack([rng.standard_normal(n), np.zeros(n)], axis=1)


@check(
    "pushforward-singular",
    equation="(3)",
    statement="A code of lower dimension than its image: JSD = log 2, V* = 0 against any density.",
    formula=r"\dim z<\dim x\;\Rightarrow\;\mathrm{JSD}(P_G\,\|\,p)=\log 2,\quad\max_D V=0",
    left="the engine; V of a D that asks whether x lies within δ of the image",
    right="log 2; 0",
    because="both sides' errors; for the tube, 1e-9 (its V is −2ε + 2δφ(0) log ε to first order)",
)
def pushforward_singular(context: Context) -> Evidence:
    """The x-axis against a normal law of the plane, decided from supports and shown by a D."""
    flat, spread = OnALine(), MultivariateNormal((0.0, 0.0), ((1.0, 0.3), (0.3, 1.0)))
    rows = [
        equal("JSD of the two", js_divergence(flat, spread), LOG2),
        equal("JSD, swapped", js_divergence(spread, flat), LOG2),
        equal("V*", gan_value(flat, spread), 0.0),
    ]
    previous = -math.inf
    for digits in (2, 4, 8, 12):
        value = tube_value(10.0**-digits, 10.0**-digits)
        rows.append(at_most(f"δ = 1e-{digits}: V(D) ≤ V*", value, 0.0))
        rows.append(at_most(f"δ = 1e-{digits}: V(D) rises", previous, value))
        previous = value
    rows.append(at_most("a thin tube comes near V* = 0", 0.0, previous, 1e-9))
    return evidence(rows)


def tube_value(delta: float, epsilon: float) -> float:
    """V of D = 1 − ε within δ of the axis and ε elsewhere; the plane's law has unit variances."""
    inside = math.erf(delta / math.sqrt(2))
    on_image = math.log1p(-epsilon)
    return on_image + inside * math.log(epsilon) + (1 - inside) * on_image
