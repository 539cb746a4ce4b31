r"""The gap of the ELBO, and importance weights that close it.

log p(x) − ELBO = KL(q(z) ‖ p(z|x)) for any law q of codes. In probabilistic PCA both sides are
known: the ELBO here is a Gauss–Hermite sum over q, exact for the quadratic that it integrates, log
p comes from the normal law of x, and KL from the engine.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.divergences import KL
from divkit.generators.ppca import ProbabilisticPCA
from divkit.theory.framework.computations import by_engine
from divkit.theory.framework.figure import Figure, line, marks
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.framework.stochastic import mean_of
from divkit.training.systems.vae import importance_bound
from divkit.types import FloatArray, Tensor

PRINTED = ProbabilisticPCA(np.array([[1.0], [2.0]]), 0.5)
POINT: FloatArray = np.array([0.7, -0.4])


@check(
    "vae-elbo-gap",
    statement="log p(x) − ELBO is KL(q(z|x) ‖ p(z|x)); the bound of K importance weights rises "
    "with K to log p(x).",
    formula=r"\log p(x)-\mathrm{ELBO}(x)=\mathrm{KL}(q(z|x)\,\|\,p(z|x)),\qquad"
    r"\mathcal{L}_K\leq\mathcal{L}_{K+1}\leq\log p(x)",
    left="log p(x) of the normal law, less the ELBO by Gauss–Hermite sums over q",
    right="KL to the posterior by the engine; printed digits",
    because="rounding; for 16 weights and more, intervals of level 1 − 1e-6",
)
def vae_elbo_gap(context: Context) -> Evidence:
    """The printed example, a random model in R⁵ with two codes, and importance weights."""
    rows = [
        equal("log p(x), printed", log_evidence(PRINTED, POINT), Measured(-2.991859340, 5e-10)),
        equal("gap at the posterior", gap(PRINTED, POINT, PRINTED.posterior(POINT)), 0.0, 1e-13),
        equal(
            "gap at N(0, 1), printed", gap(PRINTED, POINT, Normal()), Measured(3.802870545, 5e-10)
        ),
    ]
    rng = context.rng()
    wide = ProbabilisticPCA(rng.normal(size=(5, 2)), 0.8, rng.normal(size=5))
    point = rng.normal(size=5)
    tilted = MultivariateNormal((0.3, -0.2), ((0.9, 0.3), (0.3, 0.5)))
    for case, model, x, q in (
        ("one code, q = N(0, 1)", PRINTED, POINT, Normal()),
        ("one code, q = N(.1, .5²)", PRINTED, POINT, Normal(0.1, 0.5)),
        ("two codes", wide, point, tilted),
        ("two codes, q = the posterior", wide, point, wide.posterior(point)),
    ):
        away = by_engine(q, model.posterior(x), KL)
        rows.append(equal(f"{case}: gap", gap(model, x, q), away, 1e-12))
        closed = Measured(model.elbo(x, q), 1e-13)
        rows.append(equal(f"{case}: ELBO in closed form", closed, summed_elbo(model, x, q), 1e-12))
    weighted = _importance_rows(context.rng(), 400_000 if context.full else 100_000)
    return evidence([*rows, *weighted], lambda: _bounds_figure(context.rng()))


def log_evidence(model: ProbabilisticPCA, x: FloatArray) -> Measured:
    """Log p(x), to rounding."""
    return Measured(float(model.law.log_prob(x[None])[0]), 1e-14)


def gap(model: ProbabilisticPCA, x: FloatArray, q: Law) -> Measured:
    """Log p(x) − ELBO."""
    return log_evidence(model, x) - summed_elbo(model, x, q)


def summed_elbo(model: ProbabilisticPCA, x: FloatArray, q: Law) -> Measured:
    """E_q[log p(x|z) + log p(z) − log q(z)] by a Gauss–Hermite sum of 20 nodes an axis."""
    z, mass = hermite(q.dim)
    codes = _moved(q, z)
    return Measured(float(mass @ log_weights(model, x, q, codes)), 1e-13)


def hermite(dim: int, order: int = 20) -> tuple[Tensor, Tensor]:
    """Nodes (n, dim) and weights of E over N(0, I)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    line, mass = torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum())
    grid = torch.cartesian_prod(*[line] * dim).reshape(-1, dim)
    return grid, torch.cartesian_prod(*[mass] * dim).reshape(-1, dim).prod(dim=1)


def _moved(q: Law, z: Tensor) -> Tensor:
    """Draws of the normal law q from draws of N(0, I)."""
    mean, covariance = torch.tensor(q.mean), torch.tensor(q.covariance)
    moved: Tensor = mean + z @ torch.linalg.cholesky(covariance).mT
    return moved


def log_weights(model: ProbabilisticPCA, x: FloatArray, q: Law, z: Tensor) -> Tensor:
    """Log p(x, z)/q(z) at codes (n, k)."""
    loads, shift = torch.tensor(model.loadings), torch.tensor(np.asarray(model.shift))
    noise = Normal(0.0, model.noise**0.5)
    rest = torch.from_numpy(x) - shift - z @ loads.mT  # (n, d)
    given = noise.log_prob(rest.reshape(-1, 1)).reshape(rest.shape).sum(1)
    prior = Normal().log_prob(z.reshape(-1, 1)).reshape(z.shape).sum(1)
    logs: Tensor = given + prior - q.log_prob(z)
    return logs


def exact_bound(k: int, q: Law) -> Measured:
    """The bound of K ≤ 3 weights by tensor Gauss–Hermite sums at two orders."""

    def at(order: int) -> float:
        z, mass = hermite(1, order)
        one = log_weights(PRINTED, POINT, q, _moved(q, z))
        terms = torch.cartesian_prod(*[one] * k).reshape(-1, k)
        weight = torch.cartesian_prod(*[mass] * k).reshape(-1, k).prod(dim=1)
        return float(weight @ importance_bound(terms.mT))

    fine, rough = at(80), at(60)
    return Measured(fine, 4 * abs(fine - rough) + 1e-12)


def drawn_bound(k: int, q: Law, n: int, rng: np.random.Generator) -> Measured:
    """The bound of K weights as a mean over n//K independent draws."""
    z = q.sample(k * (n // k), rng)
    logs = log_weights(PRINTED, POINT, q, z).reshape(k, -1)
    return mean_of(importance_bound(logs).numpy())


PROPOSAL = Normal(0.0, 0.5)


def _importance_rows(rng: np.random.Generator, n: int) -> list[Comparison]:
    """K = 1, 2, 3 exactly; 16 and 256 by draws."""
    bounds = [exact_bound(k, PROPOSAL) for k in (1, 2, 3)]
    truth = log_evidence(PRINTED, POINT)
    rows = [equal("one weight is the ELBO", bounds[0], summed_elbo(PRINTED, POINT, PROPOSAL))]
    for k, (first, second) in enumerate(itertools.pairwise([*bounds, truth]), start=1):
        name = f"bound of {k + 1}" if k < 3 else "log p(x)"
        rows.append(below(f"bound of {k} weights below the {name}", first, second))
    many = [drawn_bound(k, PROPOSAL, n, rng) for k in (16, 256)]
    rows.append(below("bound of 3 below the bound of 16", bounds[2], many[0]))
    rows += [at_most("bound of 16 at most log p(x)", many[0], truth)]
    rows += [equal("bound of 256 near log p(x)", many[1], truth, 0.02)]
    return rows


def _bounds_figure(rng: np.random.Generator) -> Figure:
    counts = (1, 2, 4, 8, 16, 32, 64, 128)
    bounds = [drawn_bound(k, PROPOSAL, 50_000, rng) for k in counts]
    truth = log_evidence(PRINTED, POINT).value
    return Figure(
        "importance weights K",
        "nats",
        (
            line("log p(x)", (1.0, 128.0), (truth, truth), "dashes"),
            marks("bound, mean over draws", counts, bounds),
        ),
        log_x=True,
        caption="K = 1 is the ELBO. Bars hold at 1 in 10⁶.",
    )
