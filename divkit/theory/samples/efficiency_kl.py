r"""A large KL cannot be measured, and JSD can.

By Jensen χ² + 1 = E_p r ≥ e^{E_p log r} = e^{KL}. The efficient variance of a KL estimate is at
least χ²/m, so an error ε needs m ≥ (e^{KL} − 1)/ε² samples of q. It may be infinite: between
normals χ² is finite if and only if 2Σ_p⁻¹ − Σ_q⁻¹ is positive definite, which no sample shows.

Nor can a limit be trusted. Let q' = (1 − δ) q + δp, δ = 1/n. Samples of n points of q' and of q
are the same with probability (1 − δ)^n ≥ ¼, but p/q' ≤ n, so KL(p‖q') ≤ log n. A lower limit on KL
that holds for all laws with probability above ¾ cannot often exceed log n (McAllester and Stratos
2020: 2 log n + 5 for mutual information at usual levels).

JSD is not so. It is the information of a fair bit L on X; under q' the bit is L̃, equal to L but
for a share δ of the q's, and L → L̃ → X gives I(L; X) = I(L̃; X) − I(L̃; X|L), that is

    JSD(p, q') = JSD_{(1+δ)/2}(p, q) − ½ JSD_δ(p, q) ≥ (1 − δ) JSD(p, q) − ½ h(δ),

as JSD_π is concave in π, 0 at π = 1, and at most h(π). So 0 ≤ JSD(p, q) − JSD(p, q') ≤
δ log 2 + ½ h(δ): n samples that cannot tell q from q' need not.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture
from divkit.distributions.families.multivariate import MultivariateNormal
from divkit.distributions.families.normal import Normal
from divkit.divergences import JS, KL, PEARSON
from divkit.theory.framework.computations import LOG2, by_engine
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import exp
from divkit.theory.framework.pairs import SMOOTH, parsed, shift
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, below, equal, evidence
from divkit.theory.samples.efficiency import dual_variances


@check(
    "high-kl-limit",
    statement="χ² + 1 ≥ e^KL: an error ε in KL needs (e^KL − 1)/ε² samples, and no limit for all "
    "laws exceeds about log n. JSD has no such end.",
    formula=r"\chi^2+1\geq e^{\mathrm{KL}},\qquad q'=(1-\delta)\,q+\delta\,p:\quad "
    r"\mathrm{KL}(p\,\|\,q')\leq\log\frac{1}{\delta},\quad "
    r"\mathrm{JSD}(p,q)-\mathrm{JSD}(p,q')\leq\delta\log 2+\frac{h(\delta)}{2}",
    left="e^KL, and KL and JSD to a law that n samples hardly tell from q, by the engine; whether "
    "χ² between normals is infinite",
    right="χ² + 1 by the engine; log n; δ log 2 + ½h(δ), δ = 1/n; the criterion 2Σp⁻¹ − Σq⁻¹ ≻ 0",
)
def high_kl_limit(context: Context) -> Evidence:
    """Inequality on pairs, hidden mass at n = 10 … 10⁶, and infinite variance by its criterion."""
    comparisons = []
    for name, words in SMOOTH.items():
        p, q = parsed(*words)
        chi2 = by_engine(p, q, PEARSON)
        comparisons.append(at_most(f"{name}: e^KL ≤ χ² + 1", exp(by_engine(p, q, KL)), chi2 + 1.0))
    for n in (10, 1000, 10**6):
        comparisons += _hidden(n)
    return evidence([*comparisons, *_finiteness()], _errors_figure)


def _hidden(n: int) -> list[Comparison]:
    """A share 1/n of p in q: seen by a quarter of the samples at most."""
    p, q = shift(8.0)
    share = 1 / n
    hiding = mixture([1 - share, share], [q, p])
    unseen = n * math.log1p(-share)
    entropy = -share * math.log(share) - (1 - share) * math.log1p(-share)
    lost = by_engine(p, q, JS) - by_engine(p, hiding, JS)
    return [
        at_most(f"n = {n}: log ¼ ≤ log-chance to see none of it", math.log(0.25), unseen),
        at_most(f"n = {n}: KL(p‖q′) ≤ log n", by_engine(p, hiding, KL), math.log(n)),
        below(f"n = {n}: KL(p‖q) is more", math.log(n), by_engine(p, q, KL)),
        at_most(f"n = {n}: JSD's change", lost, share * LOG2 + 0.5 * entropy),
        at_most(f"n = {n}: JSD falls", 0.0, lost),
    ]


def _finiteness() -> list[Comparison]:
    """1 for an infinite χ²(p‖q), 0 for a finite one: the engine against the criterion."""
    comparisons = []
    for scale in (0.5, 0.7, 0.71, 1.0, 3.0):
        infinite = chi2_is_infinite(Normal(0, 1), Normal(0.3, scale))
        comparisons.append(
            equal(f"N(0, 1), N(.3, {scale:g}²): infinite", infinite, float(scale**2 <= 0.5))
        )
    p = MultivariateNormal((0.0, 0.0), ((1.0, 0.5), (0.5, 1.0)))
    for cross in (-0.9, 0.0, 0.2, 0.9):
        cov = np.array([[1.0, cross], [cross, 1.0]])
        q = MultivariateNormal((0.0, 0.0), tuple(map(tuple, cov.tolist())))
        least = np.linalg.eigvalsh(2 * np.linalg.inv([[1, 0.5], [0.5, 1]]) - np.linalg.inv(cov))[0]
        case = f"correlation .5 against {cross:g}: infinite"
        comparisons.append(equal(case, chi2_is_infinite(p, q), float(least <= 0)))
    return comparisons


def chi2_is_infinite(p: Law, q: Law) -> float:
    """1 where the engine proves χ²(p‖q) infinite, else 0."""
    return float(math.isinf(by_engine(p, q, PEARSON).value))


def _errors_figure() -> Figure:
    mu = [0.25 * k for k in range(1, 21)]
    kl = [math.sqrt(m * m + math.expm1(m * m)) for m in mu]
    coarse = mu[3::4]
    js = [math.sqrt(sum(v.value for v in dual_variances(JS, *shift(m)))) for m in coarse]
    return Figure(
        "distance μ of two unit normals",
        "√n × standard error from n + n samples",
        (
            line("KL, at best", mu, kl),
            line("JSD, at best", coarse, js, "marks"),
            line("JSD, all laws: .46863", (mu[0], mu[-1]), (0.46863, 0.46863), "dashes"),
        ),
        log_y=True,
        caption="The least standard error that an estimate of either can have.",
    )
