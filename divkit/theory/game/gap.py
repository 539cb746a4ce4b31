r"""The gap of a discriminator that is not the best, and where it comes from.

Gap: V(D*) − V(D) = ∫ (p+q) KL(Ber D* ‖ Ber D).

Budget. In a class of logits c = θᵀφ(x) the value is concave in θ, and at its maximiser θ_c over
the population Σ-conditions ∫ [p(1 − D_c) − q D_c] φ = 0 hold. They make the Bregman divergence of
softplus additive (Pythagoras): for every D of the class

    V(D*) − V(D) = ∫ (p+q) KL(Ber D* ‖ Ber D_c)      approximation
                 + ∫ (p+q) KL(Ber D_c ‖ Ber D̂)      estimation, D̂ the best on m samples
                 + V(D̂) − V(D)                       optimisation, D where training stopped,

and the mean of the estimation term tends to tr(H⁻¹S)/(2m) (White 1982), with
H = ∫ (p+q) D_c(1 − D_c) φφᵀ and S = Var_p[(1 − D_c)φ] + Var_q[D_c φ].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from divkit.critics.points import WeightedPoints, from_nodes, from_samples
from divkit.distributions.base import Law1D
from divkit.theory.framework.computations import LOG4, by_affinity, by_proof, line_edges, over_line
from divkit.theory.framework.densities import log_density, log_ratio
from divkit.theory.framework.figure import Figure, line, marks
from divkit.theory.framework.integration import legendre_nodes
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.pairs import SMOOTH, parsed
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Evidence, at_most, equal, evidence
from divkit.theory.framework.stochastic import mean_of
from divkit.theory.game.identity import bernoulli_kl, lack_of, value_of
from divkit.types import FloatArray, Tensor


@check(
    "gan-gap",
    equation="(6)",
    statement="What any D lacks is its mean Bernoulli divergence from D*, never negative.",
    formula=r"V(D^*)-V(D)=\int (p+q)\,"
    r"\mathrm{KL}(\mathrm{Ber}\,D^*\,\|\,\mathrm{Ber}\,D)\,dx\geq 0",
    left="V* by proof minus V(D) by the trapezoid rule, for random D",
    right="the Bernoulli divergence on Gauss–Legendre panels",
)
def gan_gap(context: Context) -> Evidence:
    """Random waves added to the best logit, and logits that know nothing of it."""
    rng, rows = context.rng(), []
    for name in ("normal shift 1", "normal scale 2", "mixtures"):
        p, q = parsed(*SMOOTH[name])
        best = 2 * by_proof(p, q) - LOG4
        for k in range(12 if context.full else 3):
            for knows in (1.0, 0.0):
                wave = Wave(p, q, knows, *rng.uniform(0.2, 1.5, 3))
                lack = lack_of(p, q, wave)
                case = f"{name}, {'best logit + wave' if knows else 'wave'} {k + 1}"
                rows.append(equal(case, best - value_of(p, q, wave), lack))
                rows.append(at_most(f"{case}: not negative", 0.0, lack))
    return evidence(rows)


@dataclass(frozen=True)
class Wave:
    """The logit knows·(log p − log q) + a sin(bx + c)."""

    p: Law1D
    q: Law1D
    knows: float
    a: float
    b: float
    c: float

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) at points (n, 1)."""
        wave = self.a * torch.sin(self.b * x[:, 0] + self.c)
        return self.knows * log_ratio(self.p, self.q, x) + wave


@dataclass(frozen=True)
class LogisticFit:
    """The logit θᵀφ(x), φ = (1, x): linear, as most classifiers are."""

    theta: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (n,) at points (n, 1)."""
        return features(x) @ self.theta


def features(x: Tensor) -> Tensor:
    """(1, x) at points (n, 1), as (n, 2)."""
    return torch.cat([torch.ones_like(x), x], dim=1)


def ascend(points: WeightedPoints, steps: int) -> LogisticFit:
    """Newton steps from 0 on the concave value of logistic D: quadratic convergence."""
    phi, theta = features(points.x), torch.zeros(2, dtype=torch.float64)
    mass = points.weight
    for _ in range(steps):
        d = torch.sigmoid(phi @ theta)
        slope = phi.T @ (points.p_weight - mass * d)
        bend = (phi * (mass * d * (1 - d))[:, None]).T @ phi
        theta = theta + torch.linalg.solve(bend, slope)
    return LogisticFit(theta)


@check(
    "gan-error-budget",
    statement="V* − V = approximation + estimation + optimisation; estimation falls as 1/m.",
    formula=r"V^*-V(D)=\int(p+q)\,\mathrm{KL}(D^*\|D_c)+\int(p+q)\,\mathrm{KL}(D_c\|\hat D)"
    r"+[V(\hat D)-V(D)],\quad E[\mathrm{estimation}]\approx\frac{\mathrm{tr}(H^{-1}S)}{2m}",
    left="V* by affinity minus V(D) by the trapezoid rule; mean over many fits",
    right="the three terms, each from the known densities; tr(H⁻¹S)/(2m)",
    because="both sides' errors; for the mean 1e-6 false alarms and a relative 8/m of next order",
)
def gan_error_budget(context: Context) -> Evidence:
    """A logistic D between normals of unlike scale, whose best logit is not linear."""
    rng, rows = context.rng(), []
    p, q = parsed("normal(0, 1)", "normal(1, 1.5)")
    best, on_population = 2 * by_affinity(p, q) - LOG4, _population(p, q)
    in_class = ascend(on_population, 12)
    for m in (100, 1000, 10000):
        points = from_samples(p.sample(m, rng), q.sample(m, rng))
        fitted, stopped = ascend(points, 12), ascend(points, 1)
        terms = (
            lack_of(p, q, in_class)
            + _between(p, q, in_class, fitted)
            + (value_of(p, q, fitted) - value_of(p, q, stopped))
        )
        rows.append(equal(f"m = {m}: three terms", best - value_of(p, q, stopped), terms))
    sizes, fits = (250, 500, 1000), 4000 if context.full else 800
    means = [_mean_estimation(p, q, in_class, m, fits, rng) for m in context.each(sizes)]
    limit = _sandwich(on_population, in_class)
    for m, mean in zip(sizes, means, strict=True):
        rows.append(
            equal(f"m = {m}: mean estimation term × 2m", 2 * m * mean, limit, 8 / m * limit)
        )
    return evidence(rows, lambda: _budget_figure(sizes, means, limit))


def _population(p: Law1D, q: Law1D) -> WeightedPoints:
    nodes, weights = legendre_nodes(line_edges(p, q), 24)
    lp, lq = log_density(p, nodes), log_density(q, nodes)
    return from_nodes(nodes[:, None], weights, lp, lq, "Gauss–Legendre panels")


def _between(p: Law1D, q: Law1D, first: LogisticFit, second: LogisticFit) -> Measured:
    """∫ (p+q) KL(Ber D₁ ‖ Ber D₂)."""
    return over_line(
        p,
        q,
        lambda x: (
            torch.logaddexp(log_density(p, x), log_density(q, x)).exp()
            * bernoulli_kl(first(x[:, None]), second(x[:, None]))
        ),
    )


def _mean_estimation(
    p: Law1D, q: Law1D, best: LogisticFit, m: int, fits: int, rng: np.random.Generator
) -> Measured:
    """Mean over fits to m + m samples of V(D_c) − V(D̂), in its Bregman form."""
    on_population = _population(p, q)
    mass, phi = on_population.weight, features(on_population.x)
    lacks = []
    for _ in range(0, fits, 50):
        x, y = p.sample(50 * m, rng).reshape(50, m), q.sample(50 * m, rng).reshape(50, m)
        fitted = fit_many(x, y) @ phi.T  # (50, nodes)
        lacks.append(bernoulli_kl(phi @ best.theta, fitted) @ mass)
    return mean_of(torch.cat(lacks).numpy())


def fit_many(x: Tensor, y: Tensor, steps: int = 7) -> Tensor:
    """Newton steps for many logistic fits at once: samples (fits, m) of each law -> (fits, 2)."""
    z, m = torch.cat([x, y], dim=1), x.shape[1]
    real = torch.zeros_like(z)
    real[:, :m] = 1.0
    theta = torch.zeros(len(z), 2, dtype=z.dtype)
    for _ in range(steps):
        d = torch.sigmoid(theta[:, :1] + theta[:, 1:] * z)
        residual, bend = (real - d) / m, d * (1 - d) / m
        slope = torch.stack([residual.sum(1), (residual * z).sum(1)], dim=1)
        cross = (bend * z).sum(1)
        rows = [bend.sum(1), cross, cross, (bend * z * z).sum(1)]
        theta = theta + torch.linalg.solve(torch.stack(rows, 1).reshape(-1, 2, 2), slope)
    return theta


def _sandwich(points: WeightedPoints, best: LogisticFit) -> float:
    """tr(H⁻¹S)."""
    phi, d = features(points.x), torch.sigmoid(best(points.x))
    bend = (phi * ((points.weight) * d * (1 - d))[:, None]).T @ phi
    scores = _covariance(phi * (1 - d)[:, None], points.p_weight)
    scores = scores + _covariance(phi * d[:, None], points.q_weight)
    return float(torch.linalg.solve(bend, scores).trace())


def _covariance(values: Tensor, weights: Tensor) -> Tensor:
    centred = values - weights @ values
    return (centred * weights[:, None]).T @ centred


def _budget_figure(sizes: tuple[int, ...], means: list[Measured], limit: float) -> Figure:
    m: FloatArray = np.array(sizes, dtype=np.float64)
    return Figure(
        "samples of each law, m",
        "estimation term, nats",
        (line("tr(H⁻¹S)/(2m)", m, limit / (2 * m)), marks("mean over the fits", m, means)),
        log_x=True,
        log_y=True,
        caption="What m samples cost a logistic discriminator; bars hold at 1 in 10⁶.",
    )
