r"""Scores of a generator: ceilings of mode coverage, and thinning by the discriminator.

In the plane a perfect generator of Gaussian modes has χ²₂ ≤ 9 for a share 1 − e^{−4.5} of its
draws: no more are "of high quality". If exactly j of k equal modes are covered, equally, and modes
do not overlap, then with s = 1 + k/j

    2 JSD = (1 − j/k) log 2 + (j/k) log(2/s) + log(2(k/j)/s),    KL(q‖p) = log(k/j).

A draw of q that is kept with probability D*/(M(1 − D*)), M = sup p/q, is a draw of p, and one in M
is kept.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch

from divkit.distributions.base import Law, Law1D
from divkit.distributions.compose.mixture import Mixture, Mixture1D
from divkit.distributions.families.normal import Normal
from divkit.distributions.finite.discrete import categorical
from divkit.distributions.toys import ring
from divkit.divergences import JS, REVERSE_KL
from divkit.generators.rejection import Rejection, best_rejection
from divkit.theory.framework.computations import by_engine, over_line
from divkit.theory.framework.densities import density, log_ratio
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured
from divkit.theory.framework.registry import FALSE_ALARM, Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence
from divkit.theory.framework.stochastic import kolmogorov
from divkit.types import Tensor

PRINTED = ((1, ".496929"), (2, ".380396"), (4, ".215762"), (6, ".095603"), (7, ".045407"))
"""Covered modes of eight, and JSD, computed elsewhere."""


@check(
    "mode-ceilings",
    statement="A perfect generator in the plane has 98.889% within 3σ; JSD and reverse KL when j "
    "of k equal modes are covered.",
    formula=r"P(\chi^2_2\leq 9)=1-e^{-4.5},\quad\mathrm{KL}(q\,\|\,p)=\log\frac{k}{j}",
    left="the engine on finite laws and on rings of Gaussians; a share of draws",
    right="the formulas; printed digits",
    because="rounding, the engine's error; for the share an interval of level 1 − 1e-6",
)
def mode_ceilings(context: Context) -> Evidence:
    """Eight modes, as atoms and as Gaussians of sd .01 and .05 on a ring of radius 1."""
    rows: list[Comparison] = []
    for j, text in PRINTED:
        p, q = covered(8, 8), covered(8, j)
        js = by_engine(p, q, JS)
        rows.append(equal(f"{j} of 8 modes: JSD, printed", js, Measured(float(text), 5e-7)))
        rows.append(equal(f"{j} of 8 modes: JSD", js, covered_js(8, j), 1e-15))
        rows.append(
            equal(
                f"{j} of 8 modes: reverse KL", by_engine(p, q, REVERSE_KL), math.log(8 / j), 1e-15
            )
        )
    whole = ring(8, radius=1.0, sd=0.05)
    for j in (2, 6):
        part = Mixture((1 / j,) * j, whole.components[:j])
        value = by_engine(whole, part, JS)
        rows.append(equal(f"{j} of 8 Gaussians 15σ apart: JSD", value, covered_js(8, j), 1e-9))
    rows.append(_share_row(context.rng(), 400_000 if context.full else 100_000))
    return evidence(rows, _ceiling_figure)


def covered(k: int, j: int) -> Law:
    """The first j of k atoms, equally likely."""
    return categorical([1 / j] * j + [0.0] * (k - j))


def covered_js(k: int, j: int) -> float:
    """JSD of k equal modes and j of them, from the formula."""
    more = k / j
    s = 1 + more
    return 0.5 * ((1 - 1 / more) * math.log(2) + math.log(2 / s) / more + math.log(2 * more / s))


def _share_row(rng: np.random.Generator, n: int) -> Comparison:
    """Hoeffding's interval for the share of draws within 3σ of the nearest mode."""
    share = high_quality(ring(8, radius=1.0, sd=0.01), 0.01, n, rng)
    half = math.sqrt(math.log(2 / FALSE_ALARM) / (2 * n))
    return equal("share within 3σ of a mode", Measured(share, half), 1 - math.exp(-4.5))


def high_quality(law: Mixture, sd: float, n: int, rng: np.random.Generator) -> float:
    """The share of n draws within 3 sd of the nearest centre."""
    centres = torch.tensor(np.array([part.mean for part in law.components]))
    nearest = torch.cdist(law.sample(n, rng), centres).amin(dim=1)
    return float((nearest <= 3 * sd).double().mean())


def _ceiling_figure() -> Figure:
    j = tuple(range(1, 9))
    js = tuple(by_engine(covered(8, 8), covered(8, k), JS).value for k in j)
    return Figure(
        "modes covered, of eight",
        "nats",
        (line("JSD", j, js), line("reverse KL", j, [math.log(8 / k) for k in j], "dashes")),
        caption="What a generator that misses modes, and is perfect on the others, is worth.",
    )


WIDE = (Normal(0.0, 1.0), Normal(0.0, 2.0))
LOPSIDED = (Mixture1D((0.3, 0.7), (Normal(-2.0, 0.5), Normal(1.0, 1.0))), Normal(0.0, 2.0))


@check(
    "rejection",
    statement="Draws of q kept with probability D*/(M(1 − D*)) follow p exactly; 1 in M is kept.",
    formula=r"q(x)\,\frac{D^*}{M(1-D^*)}=\frac{p(x)}{M},\qquad\Pr(\mathrm{kept})=\frac{1}{M}",
    left="∫ q·D*/(M(1 − D*)) on panels; kept draws",
    right="1/M; P_p on intervals; the distribution function of p",
    because="quadrature; intervals of level 1 − 1e-6 (Hoeffding; Dvoretzky–Kiefer–Wolfowitz)",
)
def rejection(context: Context) -> Evidence:
    """A narrow normal from a wide one (M = 2), a mixture from a normal."""
    rng, rows = context.rng(), []
    n = 200_000 if context.full else 40_000
    for case, (p, q) in (("N(0, 1) from N(0, 2²)", WIDE), ("mixture", LOPSIDED)):
        log_bound = math.log(2) if p is WIDE[0] else largest_ratio(p, q)
        rule = best_rejection(p, q, log_bound)
        rate = math.exp(-log_bound)
        rows.append(equal(f"{case}: rate by quadrature", kept_mass(rule, p), rate, 1e-12))
        for low, high in ((-1.0, 0.5), (0.5, 3.0)):
            inside = kept_mass(rule, p, low, high)
            share = float(p.cdf(high) - p.cdf(low))
            rows.append(
                equal(
                    f"{case}: kept in [{low:g}, {high:g}], of all kept",
                    inside,
                    rate * share,
                    1e-12,
                )
            )
        rows += _drawn_rows(case, rule, p, rate, n, rng)
    return evidence(rows, _thinned_figure)


def largest_ratio(p: Law1D, q: Law1D) -> float:
    """Sup of log p − log q, by a grid and a parabola about its best point."""
    x = torch.linspace(-6, 6, 24_001, dtype=torch.float64)
    ratio = log_ratio(p, q, x)
    k = int(ratio.argmax())
    a, b, c = ratio[k - 1 : k + 2].tolist()
    return float(b - (a - c) ** 2 / (8 * (a - 2 * b + c))) + 1e-12


def kept_mass(rule: Rejection, p: Law1D, *ends: float) -> Measured:
    """∫ q · keep, over the line or an interval."""
    q = rule.generator
    if not isinstance(q, Law1D):
        raise TypeError(f"expected a law on the line; got {q!r}.")

    def integrand(x: Tensor) -> Tensor:
        inside = torch.ones_like(x) if not ends else ((x > ends[0]) & (x < ends[1])).to(x)
        return inside * density(q, x) * rule.keep_probability(x[:, None])

    return over_line(p, q, integrand, *ends)


def _drawn_rows(
    case: str, rule: Rejection, p: Law1D, rate: float, n: int, rng: np.random.Generator
) -> list[Comparison]:
    (kept,) = itertools.islice(rule.batches(n, rng), 1)
    half = math.sqrt(math.log(2 / FALSE_ALARM) / (2 * n))
    distance, allowed = kolmogorov(kept[:, 0].numpy(), p.cdf)
    return [
        equal(f"{case}: share of draws kept", Measured(len(kept) / n, half), rate),
        at_most(f"{case}: sup |F_kept − F_p|", Measured(distance), allowed),
    ]


def _thinned_figure() -> Figure:
    p, q = LOPSIDED
    log_bound = largest_ratio(p, q)
    x = torch.linspace(-6, 6, 241, dtype=torch.float64)
    envelope = math.exp(log_bound) * density(q, x)
    keep = best_rejection(p, q, log_bound).keep_probability(x[:, None])
    return Figure(
        "x",
        "density; probability of being kept",
        (
            line("p", x, density(p, x)),
            line("M q", x, envelope, "dashes"),
            line("D*/(M(1 − D*))", x, keep),
        ),
        caption="M q touches p at one point; there every draw is kept.",
    )
