r"""The central statement: max_D V(D) = −2 log 2 + 2 JSD(p‖q), and what surrounds it.

V(D) = E_p log D + E_q log(1 − D). For any D with logit c,

    V(D*) − V(D) = ∫ (p+q) KL(Ber D* ‖ Ber D) dx ≥ 0.

The two sides of the identity are never computed alike: the left one integrates what the
definition of V says, or trains a D; the right one takes JSD through the affinity at complex order
(whose integrand is over frequencies), by a proof in ball arithmetic, or by counting.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch.nn.functional import logsigmoid

from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.maximise import train
from divkit.critics.mlp import MLP
from divkit.critics.population import training_points
from divkit.distributions.base import Law1D
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.divergences import GAN
from divkit.divergences.stable import softplus
from divkit.exact.named import gan_value
from divkit.exact.tensor.method import TensorQuadrature
from divkit.theory.framework.computations import (
    LOG4,
    by_affinity,
    by_definition,
    by_proof,
    over_line,
)
from divkit.theory.framework.densities import log_density
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.integration import trapezoid
from divkit.theory.framework.measured import Measured, measured
from divkit.theory.framework.pairs import SHIFTS, SMOOTH, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.types import Critic, Tensor

FORMULA = r"\max_D V(D)=V(D^*)=-2\log 2+2\,\mathrm{JSD}(p\,\|\,q)"


def value_at_best(lp: Tensor, lq: Tensor) -> Tensor:
    """p log D* + q log(1 − D*), D* = p/(p+q)."""
    return lp.exp() * logsigmoid(lp - lq) + lq.exp() * logsigmoid(lq - lp)


@check(
    "gan-identity",
    equation="(7)",
    statement="The best discriminator's value is −2 log 2 + 2 JSD.",
    formula=FORMULA,
    left="V(D*) by quadrature of its definition; V of a trained D plus what it lacks",
    right="JSD through the affinity at complex order; by proof in ball arithmetic",
)
def gan_identity(context: Context) -> Evidence:
    """Quadrature of the definition, the engine and a trained D against affinity and proof."""
    rows = []
    values = []
    for name, words in SMOOTH.items():
        p, q = parsed(*words)
        left = by_definition(p, q, value_at_best)
        rows.append(equal(f"{name}: by affinity", left, 2 * by_affinity(p, q) - LOG4))
        rows.append(equal(f"{name}: by proof", gan_value(p, q), 2 * by_proof(p, q) - LOG4))
    for mu in SHIFTS:
        p, q = shift(mu)
        left, right = by_definition(p, q, value_at_best), 2 * by_affinity(p, q) - LOG4
        rows.append(equal(f"N(0, 1), N({mu:g}, 1)", left, right))
        values.append(left.value)
    rows += [*_plane_rows(), *_uniform_rows(), *_trained_rows(context)]
    return evidence(rows, lambda: _identity_figure(values))


def _plane_rows() -> list[Comparison]:
    """Two dimensions: cubature of the integrand against the affinity of Gaussians."""
    p = MultivariateNormal((0.0, 0.0), ((1.0, 0.6), (0.6, 1.0)))
    q = MultivariateNormal((1.0, -0.5), ((1.5, -0.3), (-0.3, 0.7)))
    value = TensorQuadrature()(p, q, GAN)
    return [equal("normals of the plane: cubature", value, 2 * by_affinity(p, q) - LOG4)]


def _uniform_rows() -> list[Comparison]:
    """U[0, 1] against U[t, 1 + t]: they share 1 − t of their mass: JSD = t log 2, t ≤ 1."""
    return [
        equal(
            f"uniforms, offset {t:g}",
            gan_value(*parsed("uniform(0, 1)", f"uniform({t}, {1 + t})")),
            2 * min(t, 1.0) * measured(math.log(2)) - LOG4,
        )
        for t in (0.25, 0.5, 1.0, 3.0)
    ]


@cache
def trained_on_population(p: Law1D, q: Law1D, seed: int) -> Critic:
    """A perceptron trained on quadrature nodes of both laws: m = ∞.

    It stops where a step promises 1e-8 nats: a lack is counted in thousandths.
    """
    solver = LevenbergMarquardt(steps=60, tolerance=1e-8)
    return train(training_points(p, q), critic=MLP((12,)), maximiser=solver, seed=seed).critic


def _trained_rows(context: Context) -> list[Comparison]:
    rows = []
    for name in ("normal shift 1", "mixtures"):
        p, q = parsed(*SMOOTH[name])
        critic = trained_on_population(p, q, context.seed)
        value, lack = value_of(p, q, critic), lack_of(p, q, critic)
        bound = 2 * by_proof(p, q) - LOG4
        rows.append(equal(f"{name}: V(trained D) + what it lacks", value + lack, bound))
        rows.append(at_most(f"{name}: V(trained D)", value, bound))
        rows.append(at_most(f"{name}: V* is nearly reached, within 1e-3", bound, value, 1e-3))
    return rows


def _identity_figure(values: list[float]) -> Figure:
    mu = [0.1 * k for k in range(0, 101)]
    curve = [2 * by_affinity(*shift(m)).value - LOG4.value for m in mu]
    return Figure(
        "distance μ of two unit normals",
        "nats",
        (
            line("−2 log 2 + 2 JSD, through the affinity", mu, curve),
            line("V(D*), from its definition", SHIFTS, values, "marks"),
        ),
        caption="The value rises from −log 4, where the laws agree, to 0, where they part.",
    )


def value_of(p: Law1D, q: Law1D, critic: Critic) -> Measured:
    """V(D) = E_p log σ(c) + E_q log σ(−c), by the trapezoid rule on the line."""

    def integrand(x: Tensor) -> Tensor:
        c = critic(x[:, None]).detach()
        lp, lq = log_density(p, x), log_density(q, x)
        return lp.exp() * logsigmoid(c) + lq.exp() * logsigmoid(-c)

    return trapezoid(integrand, *_span(p, q), steps=4096)


def lack_of(p: Law1D, q: Law1D, critic: Critic) -> Measured:
    """∫ (p+q) KL(Ber D* ‖ Ber D), on panels: the Bregman form of softplus, non-negative."""

    def integrand(x: Tensor) -> Tensor:
        c = critic(x[:, None]).detach()
        lp, lq = log_density(p, x), log_density(q, x)
        return torch.logaddexp(lp, lq).exp() * bernoulli_kl(lp - lq, c)

    return over_line(p, q, integrand)


def bernoulli_kl(c: Tensor, other: Tensor) -> Tensor:
    """KL(Ber σ(c) ‖ Ber σ(other)) = softplus(other) − softplus(c) − σ(c)(other − c)."""
    return softplus(other) - softplus(c) - torch.sigmoid(c) * (other - c)


def _span(p: Law1D, q: Law1D) -> tuple[float, float]:
    return min(p.reach[0], q.reach[0]), max(p.reach[1], q.reach[1])
