r"""Laws of estimates where the divergence is zero, or where their bias is small.

p = q, D = σ(θᵀφ) with d slopes and an intercept: 2m (max Ṽ + 2 log 2) is twice the log-likelihood
ratio of a logistic regression on 2m points against a constant, so it tends to χ²_d (Wilks 1938).

p = q in k cells: with shares a, b of m samples each and t = (a − b)/(a + b),
4m JSD = m Σ (a + b)(t² + t⁴/6 + …), whose first term is Pearson's statistic for two samples. So
4m JSD → χ²_{k−1}, and JSD has the mean (k − 1)/(4m); the next term adds about k²/(4m) to 4m JSD.

p ≠ q, D* in the class: by the sandwich (White 1982) D̂ gains tr(H⁻¹S)/(2m) over D* on its own
samples, and lacks as much on the population. Here H = ∫ pq/(p+q) φφᵀ and S = H − 2uuᵀ, with
u = E_p[(1−D*)φ] = E_q[D*φ] = H e₀, e₀ the intercept, since both samples are of fixed size. So
tr(H⁻¹S) = k − 2 E_q D*: with k parameters JSD is biased by ±(k − 2 E_q D*)/(4m), upward in-sample
and downward held out, and the mean of the two is free of it. At p = q this is d/(4m).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy import special

from divkit.distributions.base import Law1D
from divkit.distributions.finite.discrete import categorical
from divkit.exact.affinity.method import Affinity
from divkit.exact.api import divergence
from divkit.theory.framework.computations import LOG2, line_edges
from divkit.theory.framework.figure import Figure, line, marks
from divkit.theory.framework.integration import legendre_nodes
from divkit.theory.framework.measured import Measured, measured
from divkit.theory.framework.pairs import Pair, log_densities, parsed
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.theory.framework.stochastic import kolmogorov, mean_of
from divkit.theory.samples.fits import best, halves, values, with_one
from divkit.types import FloatArray, Tensor

_BLOCK = 300_000  # samples in memory at once


@check(
    "finite-m-null",
    equation="(10)",
    statement="Where p = q the best of d slopes finds 2m(max V + 2 log 2) → χ²_d.",
    formula=r"p=q:\quad 2m\left(\max_{D\in\mathcal{F}_d}\tilde V(D)+2\log 2\right)\to\chi^2_d",
    left="logistic fits to samples: distance of distribution functions, and means",
    right="χ²_d; d",
    because="1e-6 false alarms (DKW; normal approximation), and (d+1)/m where it is a limit",
)
def finite_m_null(context: Context) -> Evidence:
    """Normal and Laplace samples, m = 200, one slope and three."""
    rng, m = context.rng(), 200
    fits = 10_000 if context.full else 2500
    rows: list[Comparison] = []
    for name, d in context.each((("normal", 1), ("normal", 3), ("laplace", 2))):
        gains = 2 * m * null_gain(name, d, m, fits, rng)
        distance, allowed = kolmogorov(gains, chi2(d))
        rows.append(
            at_most(f"{name}, d = {d}: sup |F − χ²_{d}|", distance, 0.0, allowed + (d + 1) / m)
        )
        rows.append(equal(f"{name}, d = {d}: mean", mean_of(gains), float(d), d * (d + 1) / m))
    return evidence(
        rows, lambda: _quantiles(gains, 2, "2m(max V + 2 log 2), Laplace samples, d = 2")
    )


def null_gain(name: str, d: int, m: int, fits: int, rng: np.random.Generator) -> FloatArray:
    """max Ṽ + 2 log 2 over logits of d coordinates, both samples from one law."""
    draws: dict[str, Callable[[tuple[int, ...]], FloatArray]] = {
        "normal": rng.standard_normal,
        "laplace": lambda size: rng.laplace(size=size),
    }
    a, b = halves(m)
    gains = []
    for block in _blocks(fits, 2 * m * d):
        phi = with_one(torch.from_numpy(draws[name]((block, 2 * m, d))))
        gains.append(values(phi, best(phi, a, b), a, b) + 2 * LOG2)
    return torch.cat(gains).numpy()


@check(
    "histogram-null",
    statement="Where p = q a histogram of k cells finds 4m JSD → χ²_{k−1}: a mean of (k−1)/(4m).",
    formula=r"p=q:\quad 4m\,\mathrm{JSD}(\hat a\,\|\,\hat b)\to\chi^2_{k-1},\qquad "
    r"E\,\mathrm{JSD}\approx\frac{k-1}{4m}",
    left="JSD of two multinomial samples: distance of distribution functions, and means",
    right="χ²_{k−1}; (k−1)/(4m), .004750 for k = 20, m = 1000",
    because="1e-6 false alarms (DKW; normal approximation), and k²/(4m) where it is a limit",
)
def histogram_null(context: Context) -> Evidence:
    """Equal and unequal cells."""
    rng, fits = context.rng(), 40_000 if context.full else 10_000
    rows = []
    uneven = np.arange(1, 11) / 55
    for case, chance, m in (
        ("20 equal cells, m = 1000", np.full(20, 0.05), 1000),
        ("10 unequal cells, m = 2000", uneven, 2000),
        ("2 cells, m = 500", np.array([0.3, 0.7]), 500),
    ):
        k = len(chance)
        spare = float((1 / chance).sum()) / (4 * m)
        jsd = histogram_js(rng.multinomial(m, chance, (2, fits)) / m)
        distance, allowed = kolmogorov(4 * m * jsd, chi2(k - 1))
        steps = 2.0 / np.sqrt(m) if k == 2 else 0.0  # two cells: a lattice of few values
        rows.append(at_most(f"{case}: sup |F − χ²|", distance, 0.0, allowed + spare / k + steps))
        rows.append(equal(f"{case}: mean", mean_of(jsd), (k - 1) / (4 * m), spare / (4 * m)))
        if k == len(uneven):
            scaled, label = 4 * m * jsd, f"4m JSD, {case}"
    return evidence(
        [*rows, *_by_counting(rng)], lambda: _quantiles(scaled, len(uneven) - 1, label)
    )


def histogram_js(shares: FloatArray) -> FloatArray:
    """JSD of shares (2, …, k): Σ ½ a log(2a/(a+b)) + ½ b log(2b/(a+b))."""
    middle = 0.5 * shares.sum(axis=0)
    parts = special.rel_entr(shares, middle)
    total: FloatArray = 0.5 * parts.sum(axis=(0, -1))
    return total


def _by_counting(rng: np.random.Generator) -> list[Comparison]:
    """The sum above against the engine."""
    shares = rng.multinomial(1000, np.full(20, 0.05), (2, 3)) / 1000
    estimates = histogram_js(shares)
    return [
        equal(
            f"sample {j + 1} by the engine",
            Measured(float(estimates[j]), 1e-15),
            divergence(categorical(shares[0, j]), categorical(shares[1, j]), "js"),
        )
        for j in range(3)
    ]


@check(
    "cross-fit-bias",
    statement="k parameters bias JSD by (k − 2 E_q D*)/(4m): upward in-sample, downward held out.",
    formula=r"E\,\widehat{\mathrm{JSD}}_{\mathrm{in}}-\mathrm{JSD}\approx"
    r"\frac{k-2E_qD^*}{4m}\approx\mathrm{JSD}-E\,\widehat{\mathrm{JSD}}_{\mathrm{out}}",
    left="logistic fits: gain over D* on their own samples, lack on the population; half their "
    "difference",
    right="(k − 2 E_q D*)/(4m), E_q D* through the affinity; 0",
    because="1e-6 false alarms (normal approximation), and a relative 12/m of next order",
)
def cross_fit_bias(context: Context) -> Evidence:
    """Gaussian pairs, whose best logit is linear or quadratic."""
    rng, rows = context.rng(), []
    seen: list[tuple[int, Measured, float]] = []
    fits = 8000 if context.full else 1000
    cases = (
        ("shift, k = 2", ("normal(0, 1)", "normal(1, 1)"), 1),
        ("shift and scale, k = 3", ("normal(0, 1)", "normal(0.5, 1.3)"), 2),
    )
    for case, words, degree in context.each(cases):
        p, q = parsed(*words)
        wanted = degree + 1 - 2 * mean_discriminator(p, q)
        for m in (100, 400):
            inside, outside = biases((p, q), degree, m, fits, rng)
            left = {"in-sample": mean_of(4 * m * inside), "held out": mean_of(-4 * m * outside)}
            for way, mean in left.items():
                rows.append(equal(f"{case}, m = {m}: {way}", mean, wanted, 12 / m * wanted.value))
                seen.append((m, mean, wanted.value))
            rest = mean_of(2 * m * (inside + outside))
            rows.append(equal(f"{case}, m = {m}: mean of both", rest, 0.0, 12 / m * wanted.value))
    return evidence(rows, lambda: _bias_figure(seen))


def _bias_figure(seen: list[tuple[int, Measured, float]]) -> Figure:
    """4m times each bias, in the order of the rows, beside k − 2 E_q D*."""
    x = range(1, len(seen) + 1)
    measured_bias = marks(
        "in-sample, and held out with its sign turned", x, [mean for _, mean, _ in seen]
    )
    theory = line("k − 2 E_q D*", x, [wanted for *_, wanted in seen], "dashes")
    caption = (
        "In turn in-sample and held out: k = 2 at m = 100, then 400; k = 3 at m = 100, then 400. "
        "Bars: 1e-6 false alarms."
    )
    return Figure("case", "4m × bias of JSD (nats)", (theory, measured_bias), caption=caption)


def mean_discriminator(p: Law1D, q: Law1D) -> Measured:
    """E_q D*."""
    return measured(Affinity(line=True).mean_discriminator(p, q))


def biases(
    pair: Pair, degree: int, m: int, fits: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """JSD as D̂ reads it, less as D* does: on their own samples, and on the population."""
    nodes, weights = legendre_nodes(line_edges(*pair), 24)
    lp, lq = log_densities(pair, nodes)
    on_p, on_q, phi_all = weights * lp.exp(), weights * lq.exp(), powers(nodes, degree)
    oracle = torch.linalg.lstsq(phi_all, (lp - lq)[:, None]).solution[:, 0]
    whole = float(values(phi_all, oracle, on_p, on_q))
    (a, b), inside, outside = halves(m), [], []
    for block in _blocks(fits, 2 * m * degree):
        x, y = (law.sample(block * m, rng).reshape(block, m) for law in pair)
        phi = powers(torch.cat([x, y], dim=1), degree)
        theta = best(phi, a, b, oracle)
        inside.append(values(phi, theta, a, b) - values(phi, oracle.expand_as(theta), a, b))
        outside.append(values(phi_all, theta, on_p, on_q) - whole)
    return 0.5 * torch.cat(inside).numpy(), 0.5 * torch.cat(outside).numpy()


def powers(x: Tensor, degree: int) -> Tensor:
    """(1, x, …, x^degree) at points (…, n), as (…, n, 1 + degree)."""
    return torch.stack([x**k for k in range(degree + 1)], dim=-1)


def chi2(d: int) -> Callable[[FloatArray], FloatArray]:
    """The distribution function of χ²_d."""

    def cdf(v: FloatArray) -> FloatArray:
        below: FloatArray = special.gammainc(d / 2, v / 2)
        return below

    return cdf


def _blocks(fits: int, size: int) -> list[int]:
    count = max(1, fits * size // _BLOCK)
    return [len(part) for part in np.array_split(np.arange(fits), count)]


def _quantiles(sample: FloatArray, d: int, label: str) -> Figure:
    u = np.linspace(0.005, 0.995, 100)
    x = 2 * special.gammaincinv(d / 2, u)
    return Figure(
        f"quantile of χ²_{d}",
        "quantile over the fits",
        (line("equal", x, x), line(label, x, np.quantile(sample, u), "marks")),
        caption="Estimates between two samples of one law.",
    )
