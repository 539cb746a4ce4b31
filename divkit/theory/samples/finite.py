r"""The evidence of m samples: all to a D that memorises, something true to one fixed before.

Distinct samples, unrestricted D. Ṽ(D) = Σ log D(x_i)/m + Σ log(1 − D(y_j))/m is at most 0, and
nearest neighbours approach it: with logit ±B by the label of the nearest sample,
Ṽ = −2 log(1 + e^{−B}). This reads as JSD = log 2, whatever p and q are: it is the JSD of two
empirical laws, which have no atom in common. For the same reason a density and its own empirical
law are at log 2 for every m. Over cells of mass 1/K at most m of them hold a sample, so TV ≥
1 − m/K and JSD ≥ log 2 − h(m/(2K)), which tends to log 2 as the cells shrink.

Restricted to d slopes and an intercept, D can make little of a law p and m samples of its own: the
score's variance is Cov φ/(4m), the curvature ½E φφᵀ, so that 4m (max V + 2 log 2) → χ²_d.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.spatial import cKDTree

from divkit.distributions.base import Law1D
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import FiniteLaw, categorical
from divkit.exact.api import divergence
from divkit.games import GAN
from divkit.theory.framework.computations import LOG2, LOG4, by_engine
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import SMOOTH, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.framework.stochastic import kolmogorov, mean_of
from divkit.theory.samples.fits import best, halves, values, with_one
from divkit.theory.samples.null import chi2
from divkit.types import FloatArray, Tensor

CERTAINTY = 36.0
"""The memorising logit: e^{−36} is below a rounding of 1."""


@check(
    "memorising-d",
    equation="(10)",
    statement="On distinct samples an unrestricted D reaches V = 0, whatever p and q are; fresh "
    "samples show that it learnt nothing.",
    formula=r"\sup_D\tilde V(D)=0\;\Rightarrow\;\widehat{\mathrm{JSD}}=\log 2,\qquad "
    r"V(D)\leq-2\log 2+2\,\mathrm{JSD}",
    left="value of the nearest-neighbour D on its own samples; V* of the empirical laws; value on "
    "fresh samples",
    right="0; the bound of the laws",
    because="2 e^{−36} for the logit; fresh: 1e-6 false alarms (normal approximation)",
)
def memorising_d(context: Context) -> Evidence:
    """Equal laws, a shift, two mixtures; 200 samples of each, 4,000 fresh ones."""
    rng, rows = context.rng(), []
    cases = {"equal laws": ("normal(0, 1)", "normal(0, 1)"), **SMOOTH}
    for name in ("equal laws", "normal shift 1", "mixtures"):
        p, q = parsed(*cases[name])
        x, y = p.sample(200, rng), q.sample(200, rng)
        learnt = Nearest(x, y)
        rows.append(equal(f"{name}: own samples", value_on(learnt, x, y), 0.0, 1e-15))
        rows.append(equal(f"{name}: V* of the empirical laws", empirical_value(x, y), 0.0, 1e-14))
        fresh = p.sample(4000, rng), q.sample(4000, rng)
        bound = 2 * divergence(p, q, "js").value - LOG4
        rows.append(below(f"{name}: fresh samples", value_on(learnt, *fresh), bound))
    return evidence([*rows, _with_ties(rng)], lambda: _memory_figure(rng))


def _memory_figure(rng: np.random.Generator) -> Figure:
    """JSD as read off V, on own samples and on fresh ones, by how far the laws are apart."""
    distances = tuple(0.5 * k for k in range(11))
    own, fresh, truth = [], [], []
    for mu in distances:
        p, q = shift(mu)
        x, y = p.sample(200, rng), q.sample(200, rng)
        learnt = Nearest(x, y)
        own.append(GAN.implied(value_on(learnt, x, y).value))
        fresh.append(GAN.implied(value_on(learnt, p.sample(4000, rng), q.sample(4000, rng)).value))
        truth.append(divergence(p, q, "js").value)
    return Figure(
        "distance of two unit normals",
        "JSD as V reads (nats)",
        (
            line("its own 200 + 200 samples", distances, own, "marks"),
            line("fresh samples", distances, fresh, "dashes"),
            line("JSD", distances, truth),
        ),
        caption="A D that memorises reads log 2 on what it saw, nonsense on what it did not.",
    )


class Nearest:
    """The logit ±36 by the label of the nearest sample."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.tree, self.real = cKDTree(torch.cat([x, y]).numpy()), len(x)

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) at points (n, d)."""
        nearest = self.tree.query(x.numpy())[1]
        return torch.from_numpy(np.where(nearest < self.real, CERTAINTY, -CERTAINTY))


def value_on(critic: Nearest, x: Tensor, y: Tensor) -> Measured:
    """Mean payoff, with what chance allows around it."""
    paid = GAN.on_p(critic(x)).numpy(), GAN.on_q(critic(y)).numpy()
    return mean_of(paid[0]) + mean_of(paid[1])


def empirical(x: Tensor) -> FiniteLaw:
    """The law of one row of x (m, d) picked at random."""
    return FiniteLaw(tuple(map(tuple, x.tolist())), (1 / len(x),) * len(x))


def empirical_value(x: Tensor, y: Tensor) -> Measured:
    """−2 log 2 + 2 JSD of the two empirical laws, by counting."""
    result = divergence(empirical(x), empirical(y), "js")
    return 2 * Measured(result.value, result.error) - LOG4


def _with_ties(rng: np.random.Generator) -> Comparison:
    """Samples on four points are not distinct: no D reaches 0."""
    chances = ([0.25] * 4, [0.4, 0.3, 0.2, 0.1])
    p, q = (categorical((rng.multinomial(200, chance) / 200).tolist()) for chance in chances)
    result = divergence(p, q, "js")
    return below("samples with ties: V* of the empirical laws", 2 * result.value - LOG4, 0.0)


@check(
    "empirical-js",
    equation="(10)",
    statement="A density and its own m samples are at JSD log 2 for every m; a restricted D sees "
    "χ²_d/(8m).",
    formula=r"\mathrm{JSD}(p\,\|\,\hat p_m)=\log 2\;\;\forall m,\qquad "
    r"4m\left(\max_{D\in\mathcal{F}_d}V+2\log 2\right)\to\chi^2_d",
    left="JSD over cells of mass 1/K, by counting; 4m(max V + 2 log 2) over many samples",
    right="log 2 by the engine, less h(m/(2K)); χ²_d",
    because="both sides' errors; 1e-6 false alarms (DKW; normal approximation), 3/m where a limit",
)
def empirical_js(context: Context) -> Evidence:
    """Cells ever finer; then logistic D on (1, x, x²), so that d = 2."""
    rng, rows, law = context.rng(), [], Normal(0, 1)
    for m in (1, 10, 1000):
        sample = law.sample(m, rng)
        whole = by_engine(law, empirical(sample))
        rows.append(equal(f"m = {m}: the engine", whole, LOG2))
        for cells in (100 * m, 10_000 * m):
            counted = by_engine(*in_cells(law, sample, cells))
            rows.append(at_most(f"m = {m}, {cells} cells: not more", counted, whole))
            share = m / (2 * cells)
            lack = -share * math.log(share) - (1 - share) * math.log1p(-share)
            rows.append(at_most(f"m = {m}, {cells} cells: nearly", whole - lack, counted))
    sizes, fits = (100, 400, 1600), 4000 if context.full else 1000
    seen = {m: 4 * m * restricted_gain(m, fits, rng) for m in context.each(sizes)}
    for m, gains in seen.items():
        distance, allowed = kolmogorov(gains, chi2(2))
        rows.append(at_most(f"m = {m}: sup |F − χ²₂|", distance, 0.0, allowed + 3 / m))
        rows.append(equal(f"m = {m}: mean of 4m(max V + 2 log 2)", mean_of(gains), 2.0, 8 / m))
    return evidence(rows, lambda: _empirical_figure(seen))


def in_cells(law: Law1D, sample: Tensor, cells: int) -> tuple[FiniteLaw, FiniteLaw]:
    """Both laws over cells of equal mass: the occupied ones, and the rest as one."""
    where = np.floor(law.cdf(sample.numpy()[:, 0]) * cells)
    counts = np.unique(where, return_counts=True)[1]
    rest = (cells - len(counts)) / cells
    return (
        categorical([*np.full(len(counts), 1 / cells), rest]),
        categorical([*(counts / len(sample)), 0.0]),
    )


def restricted_gain(m: int, fits: int, rng: np.random.Generator) -> FloatArray:
    """max V + 2 log 2 over logits of (1, x, x²), p = N(0, 1) itself against m samples of it."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    mass = torch.from_numpy(weights / weights.sum())
    a = torch.cat([mass, torch.zeros(m, dtype=mass.dtype)])
    b = torch.cat([torch.zeros(60, dtype=mass.dtype), halves(1, m)[1][1:]])
    gains = []
    for block in np.array_split(np.arange(fits), max(1, fits * m // 200_000)):
        y = torch.from_numpy(rng.standard_normal((len(block), m)))
        z = torch.cat([torch.from_numpy(nodes).expand(len(block), -1), y], dim=1)[..., None]
        phi = with_one(torch.cat([z, z * z], dim=-1))
        gains.append(values(phi, best(phi, a, b), a, b) + 2 * LOG2)
    return torch.cat(gains).numpy()


def _empirical_figure(seen: dict[int, FloatArray]) -> Figure:
    m = tuple(seen)
    means = [mean_of(gains) for gains in seen.values()]
    return Figure(
        "samples m of p itself",
        "JSD that D sees, nats",
        (
            line("every D: log 2", m, (LOG2,) * len(m)),
            line("d = 2 in theory: d/(8m)", m, [2 / (8 * size) for size in m], "dashes"),
            line(
                "logistic D on (1, x, x²)",
                m,
                [mean.value / (8 * size) for mean, size in zip(means, m, strict=True)],
                "marks",
                [(mean.value - mean.error) / (8 * s) for mean, s in zip(means, m, strict=True)],
                [(mean.value + mean.error) / (8 * s) for mean, s in zip(means, m, strict=True)],
            ),
        ),
        log_x=True,
        log_y=True,
        caption="A density against its own samples: what an unrestricted and a restricted D see.",
    )
