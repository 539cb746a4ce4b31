r"""The best discriminator: D* = p/(p+q), its relatives, and what it reads out.

At a point the value is p log D + q log(1 − D). With D = σ(c) its slope in c is p σ(−c) − q σ(c),
which is zero at c = log p − log q and nowhere else. A class prior, or a smoothed label, only
replaces the two weights.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from divkit.distributions.base import Law1D
from divkit.divergences import weighted_js
from divkit.theory.framework.computations import LOG2, by_affinity, by_definition, over_line
from divkit.theory.framework.densities import density, log_density, log_ratio
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import ROUNDING, Measured, measured, root
from divkit.theory.framework.optimum import argmax
from divkit.theory.framework.pairs import SMOOTH, log_densities, normal_tv, parsed, shift
from divkit.theory.framework.registry import FALSE_ALARM, Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.theory.framework.stochastic import normal_quantile
from divkit.theory.game.identity import lack_of, trained_on_population
from divkit.types import Tensor

LOCATED = "bisection width and rounding of the densities' logarithms"


def best_logit(log_p: Tensor, log_q: Tensor) -> Tensor:
    """The c that maximises p log σ(c) + q log σ(−c) at each point, by bisection."""
    top = torch.maximum(log_p, log_q)
    a, b = (log_p - top).exp(), (log_q - top).exp()
    limit = torch.full_like(log_p, 64.0)
    return argmax(lambda c: a * logsigmoid(c) + b * logsigmoid(-c), -limit, limit)


def _logit_rows(name: str, log_p: Tensor, log_q: Tensor, offset: float = 0.0) -> list[Comparison]:
    logits = best_logit(log_p, log_q)
    slack = 16 * ROUNDING * (2 + log_p.abs() + log_q.abs()) + 2.0**-52
    rows = []
    for k, (c, a, b, e) in enumerate(zip(logits, log_p, log_q, slack, strict=True)):
        logit = Measured(float(a) - float(b) + offset, float(e))
        rows.append(equal(f"{name}, point {k + 1}", Measured(float(c)), logit))
    return rows


@check(
    "optimal-discriminator",
    equation="(6)",
    statement="The best discriminator is p/(p+q): its logit is log p − log q.",
    formula=r"D^*(x)=\frac{p(x)}{p(x)+q(x)},\quad \log\frac{D^*}{1-D^*}=\log p-\log q",
    left="logit that maximises p log D + q log(1 − D), by bisection at each point; a trained D",
    right="log p − log q; D*",
    because=LOCATED + "; for a trained D stated distances",
)
def optimal_discriminator(context: Context) -> Evidence:
    """Bisect the slope at points of five pairs; train D on the population of two of them."""
    rows: list[Comparison] = []
    x = torch.linspace(-4, 5, 7 if not context.full else 61, dtype=torch.float64)
    for name, words in SMOOTH.items():
        rows += _logit_rows(name, *log_densities(parsed(*words), x))
    for name in ("normal shift 1", "mixtures"):
        rows += _trained_rows(name, context.seed)
    return evidence(rows, _discriminator_figure)


def _trained_rows(name: str, seed: int) -> list[Comparison]:
    """By Pinsker KL(Ber a ‖ Ber b) ≥ 2(a − b)², so V* − V(D) ≥ 4 E_m (D − D*)²."""
    p, q = parsed(*SMOOTH[name])
    critic = trained_on_population(p, q, seed)

    def error(x: Tensor) -> Tensor:
        return torch.sigmoid(critic(x[:, None])) - torch.sigmoid(log_ratio(p, q, x))

    def square(x: Tensor) -> Tensor:
        return 0.5 * (density(p, x) + density(q, x)) * error(x) ** 2

    distance = over_line(p, q, square)
    worst = float(error(torch.linspace(-4, 4, 401, dtype=torch.float64)).abs().max())
    return [
        at_most(f"{name}, trained D: 4 E_m (D − D*)² ≤ gap", 4 * distance, lack_of(p, q, critic)),
        at_most(f"{name}, trained D: L²(m) error below .01", root(distance), 0.01),
        at_most(f"{name}, trained D: error on [−4, 4] below .05", worst, 0.05),
    ]


def _discriminator_figure() -> Figure:
    p, q = shift(2.0)
    x = torch.linspace(-5, 7, 241, dtype=torch.float64)
    lp, lq = log_density(p, x), log_density(q, x)
    coarse = slice(None, None, 12)
    probabilities = torch.sigmoid(best_logit(lp[coarse], lq[coarse]))
    return Figure(
        "x",
        "density, or D",
        (
            line("p = N(0, 1)", x, lp.exp()),
            line("q = N(2, 1)", x, lq.exp()),
            line("D* = p/(p+q)", x, torch.sigmoid(lp - lq), "dashes"),
            line("D by pointwise maximisation", x[coarse], probabilities, "marks"),
        ),
        caption="Two normal laws, and the discriminator that tells them apart best.",
    )


@check(
    "prior-shift",
    statement="With class prior π the best D is πp/(πp+(1−π)q), and its value −h(π) + JSD_π.",
    formula=r"\max_D\;\pi\,E_p\log D+(1-\pi)\,E_q\log(1-D)=-h(\pi)+\mathrm{JSD}_\pi(p\,\|\,q)",
    left="bisection for D*; panels over the definition for its value",
    right="log p − log q + log π/(1−π); JSD_π through the affinity",
)
def prior_shift(context: Context) -> Evidence:
    """Logits at points, and values, for several priors."""
    rows: list[Comparison] = []
    x = torch.linspace(-3, 4, 5, dtype=torch.float64)
    for prior in (0.1, 0.3, 0.8):
        for name in ("normal shift 1", "normal scale 2", "mixtures"):
            p, q = parsed(*SMOOTH[name])
            lp, lq = log_densities((p, q), x)
            rows += _logit_rows(
                f"{name}, π = {prior:g}: logit", lp + math.log(prior), lq + math.log1p(-prior), 0.0
            )
            value = by_definition(p, q, partial(_value, prior))
            entropy = measured(-prior * math.log(prior) - (1 - prior) * math.log1p(-prior))
            bound = by_affinity(p, q, weighted_js(prior)) - entropy
            rows.append(equal(f"{name}, π = {prior:g}: value", value, bound))
    return evidence(rows)


def _value(prior: float, lp: Tensor, lq: Tensor) -> Tensor:
    c = lp - lq + math.log(prior) - math.log1p(-prior)
    return prior * lp.exp() * logsigmoid(c) + (1 - prior) * lq.exp() * logsigmoid(-c)


@check(
    "label-smoothing",
    statement="With real labels 1 − α the best D is (1−α)p/(p+q).",
    formula=r"D^*=\frac{(1-\alpha)\,p}{p+q}",
    left="D that maximises (1−α)p log D + (αp + q) log(1−D), by bisection",
    right="(1−α)p/(p+q)",
    because=LOCATED,
)
def label_smoothing(context: Context) -> Evidence:
    """Probabilities at points, for several smoothings."""
    rows: list[Comparison] = []
    x = torch.linspace(-2, 3, 5, dtype=torch.float64)
    p, q = shift(1.0)
    a, b = density(p, x), density(q, x)
    for alpha in (0.0, 0.1, 0.3):
        best = torch.sigmoid(best_logit(((1 - alpha) * a).log(), (alpha * a + b).log()))
        wanted = (1 - alpha) * a / (a + b)
        rows += [
            equal(f"α = {alpha:g}, x = {float(at):g}", Measured(float(d), 1e-15), float(w))
            for at, d, w in zip(x, best, wanted, strict=True)
        ]
    return evidence(rows)


@check(
    "bce-readout",
    statement="At D* the mean cross-entropy is log 2 − JSD; its error rate is ½(1 − TV).",
    formula=r"\mathrm{BCE}(D^*)=\log 2-\mathrm{JSD},\quad \mathrm{Bayes\ error}="
    r"\frac{1}{2}(1-\mathrm{TV})",
    left="panels over the definition; a classifier run on samples",
    right="log 2 − JSD through the affinity; TV = 2Φ(μ/2) − 1",
    because="both sides' errors; where sampled, 1e-6 false alarms (normal approximation)",
)
def bce_readout(context: Context) -> Evidence:
    """Cross-entropy and error rate of unit normals, by quadrature and on samples."""
    rng, n = context.rng(), 400_000 if context.full else 100_000
    z = normal_quantile(FALSE_ALARM)
    rows = []
    for mu in (0.5, 1.0, 2.0):
        p, q = shift(mu)
        jsd = by_affinity(p, q)
        exact = by_definition(p, q, _cross_entropy)
        rows.append(equal(f"shift {mu:g}: cross-entropy", exact, LOG2 - jsd))
        loss, wrong = _classify(p, q, n, rng)
        noise = z * float(loss.std()) / math.sqrt(n)
        rows.append(
            equal(f"shift {mu:g}: sampled", Measured(float(loss.mean()), noise), LOG2 - jsd)
        )
        bayes = 0.5 * (1 - normal_tv(mu))
        rows.append(
            equal(
                f"shift {mu:g}: error rate", wrong, bayes, z * math.sqrt(bayes * (1 - bayes) / n)
            )
        )
    return evidence(rows)


def _cross_entropy(lp: Tensor, lq: Tensor) -> Tensor:
    return -0.5 * (lp.exp() * logsigmoid(lp - lq) + lq.exp() * logsigmoid(lq - lp))


def _classify(p: Law1D, q: Law1D, n: int, rng: np.random.Generator) -> tuple[Tensor, float]:
    """Loss of each point and rate of mistakes, for n/2 points of either law."""
    x, y = p.sample(n // 2, rng), q.sample(n // 2, rng)
    margin = torch.cat([log_ratio(p, q, x), log_ratio(q, p, y)])
    return -logsigmoid(margin), float((margin < 0).double().mean())
