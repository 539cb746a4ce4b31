r"""Maximum likelihood is the nearest law in KL, and how near m samples get.

E_p[−log p_θ] = H(p) + KL(p‖p_θ), so both sides have one minimiser; for a normal model it matches
the target's mean and variance, since with mean a and variance v of p

    E_p[−log N(x; μ, σ²)] = ½ log(2πσ²) + (v + (a − μ)²)/(2σ²).

With m samples of a law of the model, 2m KL(p_θ₀‖p_θ̂) → χ²_k for k parameters (Wilks 1938). For a
normal mean it is χ²₁ exactly; for a normal mean and scale, with S = Σ(x−x̄)²/σ² ~ χ²_{m−1},

    KL = ½ [log(S/m) + (1 + (x̄−μ)²/σ²)·m/S − 1],   E log S = ψ((m−1)/2) + log 2, E 1/S = 1/(m−3),
    E KL = ½ [ψ((m−1)/2) + log(2/m) + (m+1)/(m−3) − 1].
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special
from scipy.optimize import minimize

from divkit.distributions.base import Law1D
from divkit.distributions.families.normal import Normal
from divkit.divergences import KL
from divkit.theory.framework.computations import by_definition, by_engine, line_edges
from divkit.theory.framework.densities import density
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.integration import legendre_nodes
from divkit.theory.framework.measured import Measured, measured
from divkit.theory.framework.pairs import parsed
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.framework.stochastic import kolmogorov, mean_of
from divkit.types import FloatArray

TARGET = "mixture(0.4: normal(-1, 0.6), 0.6: normal(1.5, 1))"
MEAN, VARIANCE = 0.5, 0.4 * (0.36 + 1.0) + 0.6 * (1.0 + 2.25) - 0.25


def cross_entropy(mu: float, sigma: float) -> Measured:
    """E_p[−log N(x; μ, σ²)] from the target's two moments."""
    spread = VARIANCE + (MEAN - mu) ** 2
    return measured(0.5 * math.log(2 * math.pi)) + math.log(sigma) + spread / (2 * sigma**2)


@check(
    "mle-is-min-kl",
    equation="(2)",
    statement="Expected log-likelihood and KL have one optimum: cross-entropy = H(p) + KL.",
    formula=r"E_p[-\log p_\theta]=H(p)+\mathrm{KL}(p\,\|\,p_\theta),\quad"
    r"\arg\max_\theta E_p\log p_\theta=\arg\min_\theta\mathrm{KL}(p\,\|\,p_\theta)",
    left="cross-entropy from the target's moments; the optimum by BFGS on quadrature nodes",
    right="entropy by quadrature + KL by the engine; mean and scale of the target",
    because="both sides' errors; for the optimum, slope left over times inverse curvature",
)
def mle_is_min_kl(context: Context) -> Evidence:
    """A normal model of a two-component target, on a grid of parameters and at its optimum."""
    target = parsed(TARGET, TARGET)[0]
    entropy = by_definition(target, target, lambda lp, _: -lp.exp() * lp)
    rows, best = [], math.sqrt(VARIANCE)
    for mu in (-1.0, 0.5, 2.0):
        for sigma in (0.7, best, 3.0):
            total = entropy + by_engine(target, Normal(mu, sigma), KL)
            rows.append(equal(f"μ = {mu:g}, σ = {sigma:.3g}", cross_entropy(mu, sigma), total))
    least = by_engine(target, Normal(MEAN, best), KL)
    for mu, sigma in (
        (MEAN + 0.05, best),
        (MEAN - 0.05, best),
        (MEAN, best * 1.05),
        (MEAN, best / 1.05),
    ):
        other = by_engine(target, Normal(mu, sigma), KL)
        rows.append(below(f"KL is larger at μ = {mu:g}, σ = {sigma:.4g}", least, other))
    return evidence([*rows, *_optimum(target)], lambda: _landscape(target, entropy))


def _optimum(target: Law1D) -> list[Comparison]:
    """Maximise E_p log p_θ numerically; at the optimum the curvatures are 1/σ² and 2."""
    nodes, weights = legendre_nodes(line_edges(target, target), 24)
    mass = density(target, nodes) * weights

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        """E_p[−log p_θ] − ½ log 2π with its slopes, θ = (μ, log σ)."""
        z = (nodes - theta[0]) * math.exp(-theta[1])
        square = float(mass @ (z * z))
        slopes = [-float(mass @ z) * math.exp(-theta[1]), 1 - square]
        return 0.5 * square + float(theta[1]), np.array(slopes)

    fit = minimize(loss, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-10})
    left = 1e-14 + float(np.abs(loss(fit.x)[1]).max())
    mu, log_sigma = fit.x.tolist()
    return [
        equal("optimum: mean", Measured(mu, 4 * VARIANCE * left), MEAN),
        equal("optimum: log scale", Measured(log_sigma, 4 * left), 0.5 * math.log(VARIANCE)),
    ]


def _landscape(target: Law1D, entropy: Measured) -> Figure:
    mu = np.linspace(-2, 3, 51)
    sigma = math.sqrt(VARIANCE)
    cross = [cross_entropy(float(m), sigma).value for m in mu]
    coarse = mu[::5]
    total = [(entropy + by_engine(target, Normal(float(m), sigma), KL)).value for m in coarse]
    return Figure(
        "model's mean μ",
        "nats",
        (
            line("cross-entropy, from moments", mu, cross),
            line("H(p) + KL(p‖p_θ)", coarse, total, "marks"),
        ),
        caption="Both have their minimum at the target's mean, 0.5.",
    )


@check(
    "mle-finite-m",
    equation="(1)",
    statement="The KL left after m samples falls as 1/m: 2m KL tends to χ² (Wilks).",
    formula=r"2m\,\mathrm{KL}(p_{\theta_0}\,\|\,p_{\hat\theta})\to\chi^2_k,\quad"
    r"2m\,E=m\left[\psi\left(\frac{m-1}{2}\right)+\log\frac{2}{m}+\frac{m+1}{m-3}-1\right]",
    left="maximum-likelihood fits to samples: distance of distribution functions, and means",
    right="χ²_k; the closed form",
    because="1e-6 false alarms (DKW; normal approximation for means); 1/m where Wilks is a limit",
)
def mle_finite_m(context: Context) -> Evidence:
    """Normal mean, normal mean and scale, exponential rate."""
    rng, fits = context.rng(), 20_000 if context.full else 4_000
    one = 2 * 5 * _mean_only(5, fits, rng)
    both = {m: 2 * m * _mean_and_scale(m, fits, rng) for m in (10, 100, 1000)}
    rate = 2 * 1000 * _exponential(1000, fits, rng)
    rows = [
        _against_chi2("normal mean, m = 5, exactly χ²₁", one, 1, 0.0),
        _against_chi2("normal mean and scale, m = 1000", both[1000], 2, 1e-3),
        _against_chi2("exponential rate, m = 1000", rate, 1, 1e-3),
    ]
    for m, printed in ((10, 3.50862), (100, 2.10518), (1000, 2.01020)):
        rows.append(equal(f"2m E KL, m = {m}", mean_of(both[m]), expected_kl(m)))
        rows.append(equal(f"closed form, m = {m}", expected_kl(m), Measured(printed, 5e-6)))
    return evidence([*rows, *_kl_by_engine()], lambda: _wilks_figure(both[1000]))


def expected_kl(m: int) -> float:
    """2m E KL for a normal mean and scale."""
    inner = special.digamma((m - 1) / 2) + math.log(2 / m) + (m + 1) / (m - 3) - 1
    return float(m * inner)


def _against_chi2(case: str, values: FloatArray, k: int, extra: float) -> Comparison:
    distance, allowed = kolmogorov(values, lambda v: special.gammainc(k / 2, v / 2))
    return at_most(f"{case}: sup |F − χ²_{k}|", distance, 0.0, allowed + extra)


def _mean_only(m: int, fits: int, rng: np.random.Generator) -> FloatArray:
    mean: FloatArray = rng.standard_normal((fits, m)).mean(axis=1)
    return mean**2 / 2


def _mean_and_scale(m: int, fits: int, rng: np.random.Generator) -> FloatArray:
    kl = np.empty(fits)
    for block in np.array_split(np.arange(fits), max(1, fits * m // 500_000)):
        x = rng.standard_normal((len(block), m))
        kl[block] = standard_kl(x.mean(axis=1), x.std(axis=1))
    return kl


def standard_kl(mu: FloatArray, sigma: FloatArray) -> FloatArray:
    """KL(N(0, 1) ‖ N(μ, σ²)) = log σ + (1 + μ²)/(2σ²) − ½."""
    return np.log(sigma) + (1 + mu**2) / (2 * sigma**2) - 0.5


def _exponential(m: int, fits: int, rng: np.random.Generator) -> FloatArray:
    mean = rng.gamma(m, 1 / m, fits)  # of m unit exponentials; the fitted rate is 1/mean
    return 1 / mean - 1 + np.log(mean)


def _kl_by_engine() -> list[Comparison]:
    """The formula used above against the engine."""
    rows = []
    for mu, sigma in ((0.3, 1.2), (-0.1, 0.9)):
        value = float(standard_kl(np.array(mu), np.array(sigma)))
        truth = by_definition(Normal(0, 1), Normal(mu, sigma), lambda a, b: a.exp() * (a - b))
        rows.append(equal(f"KL to N({mu:g}, {sigma:g}²)", Measured(value, 4e-16), truth))
    return rows


def _wilks_figure(values: FloatArray) -> Figure:
    ordered = np.sort(values)
    u = np.linspace(0.005, 0.995, 100)
    x = -2 * np.log1p(-u)  # χ²₂'s quantiles
    quantiles = np.quantile(ordered, u)
    return Figure(
        "quantile of χ²₂",
        "quantile of 2m KL over the fits",
        (line("equal", x, x), line("normal mean and scale, m = 1000", x, quantiles, "marks")),
        caption="Wilks's theorem: what is left of the KL after m samples, times 2m.",
    )
