r"""The GAN's relatives: what the ELBO lacks, and what an auto-encoder never had.

log p(x) − ELBO = KL(q(z) ‖ p(z|x)) for any law q of codes. In probabilistic PCA both sides are
known: the ELBO here is a Gauss–Hermite sum over q, exact for the quadratic that it integrates, log
p comes from the normal law of x, and KL from the engine. An auto-encoder maximises no likelihood
at all: its decoder's law under a prior is computed here exactly, on images that are enumerated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np
import torch

from divkit.distributions.base import Law
from divkit.distributions.images import bars_and_stripes
from divkit.distributions.multivariate import MultivariateNormal
from divkit.distributions.normal import Normal
from divkit.divergences.table import JS, KL
from divkit.exact.api import divergence
from divkit.gan.autoencoder import AutoEncoder, train_autoencoder
from divkit.gan.batches import every_atom
from divkit.gan.decoders import BinaryDecoder
from divkit.gan.ppca import ProbabilisticPCA
from divkit.gan.vae import VAE, importance_bound, train_vae
from divkit.theory.measured import Measured, measured
from divkit.theory.registry import Context, check
from divkit.theory.result import (
    Comparison,
    Evidence,
    Figure,
    Line,
    at_most,
    below,
    equal,
    evidence,
)
from divkit.theory.roads import by_engine
from divkit.theory.stochastic import mean_of
from divkit.types import FloatArray, Tensor

S = TypeVar("S")
PRINTED = ProbabilisticPCA(np.array([[1.0], [2.0]]), 0.5)
POINT: FloatArray = np.array([0.7, -0.4])


@check(
    "vae-elbo-gap",
    group="F",
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
    return evidence([*rows, *weighted], _bounds_figure(context.rng()))


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
    found: Tensor = given + prior - q.log_prob(z)
    return found


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
    found = [drawn_bound(k, PROPOSAL, 50_000, rng) for k in counts]
    x = tuple(map(float, counts))
    truth = log_evidence(PRINTED, POINT).value
    return Figure(
        "importance weights K",
        "nats",
        (
            Line("log p(x)", (1.0, 128.0), (truth, truth), "dashes"),
            Line(
                "bound, mean over draws",
                x,
                tuple(b.value for b in found),
                "marks",
                tuple(b.value - b.error for b in found),
                tuple(b.value + b.error for b in found),
            ),
        ),
        log_x=True,
        caption="K = 1 is the ELBO. Bars hold at 1 in 10⁶.",
    )


TARGET = bars_and_stripes(3)
DECODER = BinaryDecoder(9, 2, (32,))
MARKS = (1, 100, 300, 1000)


@check(
    "autoencoder-no-density",
    group="F",
    statement="An auto-encoder's decoder under a prior it never saw stays far from the data "
    "while its copies become perfect; the VAE's comes near, by its KL term.",
    formula=r"E\,|x-d(e(x))|^2\to 0\;\not\Rightarrow\;\mathrm{JSD}(p\,\|\,d_{\sharp}N(0,I))\to 0",
    left="JSD of the enumerated decoder's law: exact sums over images, a grid of codes",
    right="JSD of the VAE, the same decoder with a KL term; stated margins",
    because="what twice as fine a grid of codes changes",
)
def autoencoder_no_density(context: Context) -> Evidence:
    """Bars and stripes of side 3; one decoder, trained by three objectives."""
    copies, plain = trained_autoencoder(MARKS)
    bound, vae = trained_vae(MARKS, 1.0)
    _, free = trained_vae((600,), 0.0)
    rows = [
        below("auto-encoder: squared error falls 20-fold", copies[-1], copies[0] / 20),
        below("auto-encoder: yet its JSD is above .3", 0.3, plain[-1]),
        below("VAE: the ELBO rises by 2 nats", bound[0] + 2, bound[-1]),
        below("VAE: JSD falls by .3", vae[-1] + 0.3, vae[0]),
        below("VAE: JSD below the auto-encoder's by .1", vae[-1] + 0.1, plain[-1]),
        below("VAE without its KL term: JSD above the VAE's by .1", vae[-1] + 0.1, free[-1]),
    ]
    return evidence(rows, _copies_figure(copies, plain, vae))


def exact_js(law_of: BinaryDecoder, theta: Tensor) -> Measured:
    """JSD to bars and stripes; the error is what twice as fine a grid changes."""
    finer = replace(law_of, grid=2 * law_of.grid)
    rough, fine = (measured(divergence(TARGET, d.law(theta), JS)) for d in (law_of, finer))
    return Measured(fine.value, fine.error + 2 * abs(fine.value - rough.value))


@cache
def trained_autoencoder(marks: tuple[int, ...]) -> tuple[list[float], list[Measured]]:
    """Squared errors and JSD at the marks."""
    model, errors, far = AutoEncoder(DECODER), [], []
    for step in _at(train_autoencoder(model, every_atom(TARGET), 0.01, rng=0), marks):
        errors.append(step.error)
        far.append(exact_js(DECODER, step.theta[: DECODER.size]))
    return errors, far


@cache
def trained_vae(marks: tuple[int, ...], kl_weight: float) -> tuple[list[float], list[Measured]]:
    """ELBO and JSD at the marks."""
    vae, bounds, far = VAE(DECODER, kl_weight=kl_weight, codes=4), [], []
    for step in _at(train_vae(vae, every_atom(TARGET), 0.01, rng=0), marks):
        bounds.append(step.elbo)
        far.append(exact_js(DECODER, vae.decoding(step.theta)))
    return bounds, far


def _at(steps: Iterator[S], marks: Sequence[int]) -> Iterator[S]:
    """The steps with these numbers, counted from 1."""
    wanted = set(marks)
    numbered = enumerate(itertools.islice(steps, max(marks)), start=1)
    return (step for k, step in numbered if k in wanted)


def _copies_figure(errors: list[float], plain: list[Measured], vae: list[Measured]) -> Figure:
    x = tuple(map(float, MARKS))
    return Figure(
        "step",
        "JSD, nats; squared error",
        (
            Line("squared error of copies", x, tuple(errors), "dashes"),
            Line("JSD, auto-encoder under N(0, I)", x, tuple(m.value for m in plain)),
            Line("JSD, VAE", x, tuple(m.value for m in vae)),
        ),
        log_x=True,
        log_y=True,
        caption="Bars and stripes, one decoder: copying well is not generating well.",
    )
