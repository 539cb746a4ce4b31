r"""Inequalities between divergences, on pairs that chance draws, and where they are tight.

    ½TV² ≤ log 2 − h((1−TV)/2) ≤ JSD ≤ log 2 · TV
    log 2 · H² ≤ JSD ≤ H²,  ¼Δ ≤ JSD ≤ ½ log 2 · Δ,  2H² ≤ Δ ≤ 4H²,  JSD ≤ ¼ Jeffreys
    KL ≥ 2TV²,  TV ≤ √(1 − e^{−KL}),  H² ≤ TV ≤ √(1 − BC²),  KL ≥ −2 log BC

(Lin 1991; Topsøe 2000; Pinsker; Bretagnolle and Huber 1979; Le Cam). Every quantity is the
engine's own; none is derived from another.
"""

from __future__ import annotations

import math

import numpy as np

from divkit.distributions.base import Law1D
from divkit.distributions.compose.mixture import Mixture1D
from divkit.distributions.families.normal import Normal
from divkit.divergences import HELLINGER2, JEFFREYS, JS, KL, TRIANGULAR, TV
from divkit.theory.framework.computations import LOG2, by_engine
from divkit.theory.framework.figure import Figure, line
from divkit.theory.framework.measured import Measured, exp, log, root
from divkit.theory.framework.pairs import Pair, parsed
from divkit.theory.framework.registry import Context, check
from divkit.theory.framework.result import Comparison, Evidence, at_most, equal, evidence

EACH = "the engine, each quantity by its own integral"


def random_law(rng: np.random.Generator) -> Law1D:
    """A mixture of one to three normals of any shape."""
    k = int(rng.integers(1, 4))
    parts = [
        Normal(float(rng.normal(0, 1.5)), float(np.exp(rng.normal(-0.3, 0.6)))) for _ in range(k)
    ]
    weights = rng.dirichlet(np.ones(k))
    last = 1 - float(weights[:-1].sum())
    return Mixture1D((*weights[:-1].tolist(), last), tuple(parts))


def random_pairs(context: Context, count: int = 12) -> list[tuple[str, Pair]]:
    """Named random pairs, ten times as many on a full run."""
    rng = context.rng()
    n = 10 * count if context.full else count
    return [(f"random pair {k + 1}", (random_law(rng), random_law(rng))) for k in range(n)]


def entropy(x: Measured) -> Measured:
    """h(x) = −x log x − (1−x) log(1−x); its slope is log((1−x)/x)."""
    a = x.value
    if a <= 0:
        return Measured(0.0, 40 * x.error)
    return x.through(-a * math.log(a) - (1 - a) * math.log1p(-a), math.log((1 - a) / a) + 1)


@check(
    "js-tv-bounds",
    statement="½TV² ≤ log 2 − h((1−TV)/2) ≤ JSD ≤ log 2 · TV, which uniforms attain.",
    formula=r"\frac{1}{2}\mathrm{TV}^2\leq\log 2-h\left(\frac{1-\mathrm{TV}}{2}\right)"
    r"\leq\mathrm{JSD}\leq\log 2\cdot\mathrm{TV}",
    left=EACH,
    right=EACH,
)
def js_tv_bounds(context: Context) -> Evidence:
    """Random pairs; U[0, 1] against U[t, 1+t]; Bernoulli pairs that reach the lower bound."""
    rows: list[Comparison] = []
    seen = []
    for t in (0.1, 0.5, 0.9):
        js = by_engine(*parsed("uniform(0, 1)", f"uniform({t}, {1 + t})"), JS)
        rows.append(equal(f"uniforms, offset {t:g}: JSD = t log 2", js, t * LOG2, 2e-16))
    for name, (p, q) in random_pairs(context):
        js, tv = by_engine(p, q, JS), by_engine(p, q, TV)
        middle = LOG2 - entropy(0.5 * (1 - tv))
        rows.append(at_most(f"{name}: ½TV² ≤ log 2 − h", 0.5 * (tv * tv), middle))
        rows.append(at_most(f"{name}: log 2 − h ≤ JSD", middle, js))
        rows.append(at_most(f"{name}: JSD ≤ log 2 · TV", js, LOG2 * tv))
        seen.append((tv.value, js.value))
    return evidence(rows, lambda: _region(seen))


def _region(seen: list[tuple[float, float]]) -> Figure:
    tv = np.linspace(0, 0.999, 100)
    half = 0.5 * (1 - tv)
    low = LOG2 + half * np.log(half) + (1 - half) * np.log1p(-half)
    return Figure(
        "TV",
        "JSD, nats",
        (
            line("log 2 · TV", tv, LOG2 * tv),
            line("log 2 − h((1−TV)/2)", tv, low),
            line("½ TV²", tv, 0.5 * tv**2, "dashes"),
            line("random pairs", [t for t, _ in seen], [j for _, j in seen], "marks"),
        ),
        caption="Where JSD may lie, given TV.",
    )


@check(
    "js-hellinger-triangle",
    statement="JSD, squared Hellinger and triangular discrimination are equivalent; "
    "JSD ≤ ¼ Jeffreys.",
    formula=r"\log 2\,H^2\leq\mathrm{JSD}\leq H^2,\;\frac{\Delta}{4}\leq\mathrm{JSD}\leq"
    r"\frac{\log 2}{2}\Delta,\;2H^2\leq\Delta\leq 4H^2,\;\mathrm{JSD}\leq\frac{J}{4}",
    left=EACH,
    right=EACH,
)
def js_hellinger_triangle(context: Context) -> Evidence:
    """Seven inequalities on each random pair."""
    rows = []
    for name, (p, q) in random_pairs(context):
        js, h2, delta, jeffreys = (
            by_engine(p, q, d) for d in (JS, HELLINGER2, TRIANGULAR, JEFFREYS)
        )
        rows += [
            at_most(f"{name}: log 2 · H² ≤ JSD", LOG2 * h2, js),
            at_most(f"{name}: JSD ≤ H²", js, h2),
            at_most(f"{name}: ¼Δ ≤ JSD", 0.25 * delta, js),
            at_most(f"{name}: JSD ≤ ½ log 2 · Δ", js, 0.5 * LOG2 * delta),
            at_most(f"{name}: 2H² ≤ Δ", 2 * h2, delta),
            at_most(f"{name}: Δ ≤ 4H²", delta, 4 * h2),
            at_most(f"{name}: JSD ≤ ¼ Jeffreys", js, 0.25 * jeffreys),
        ]
    return evidence(rows)


@check(
    "pinsker-and-kin",
    statement="Pinsker, Bretagnolle–Huber, Le Cam, and KL against the Bhattacharyya distance.",
    formula=r"\mathrm{KL}\geq 2\mathrm{TV}^2,\;\mathrm{TV}\leq\sqrt{1-e^{-\mathrm{KL}}},\;"
    r"H^2\leq\mathrm{TV}\leq\sqrt{1-\mathrm{BC}^2},\;\mathrm{KL}\geq-2\log\mathrm{BC}",
    left=EACH,
    right=EACH,
)
def pinsker_and_kin(context: Context) -> Evidence:
    """Five inequalities on each random pair."""
    rows = []
    for name, (p, q) in random_pairs(context):
        kl, tv, h2 = (by_engine(p, q, d) for d in (KL, TV, HELLINGER2))
        overlap = 1 - h2
        rows += [
            at_most(f"{name}: Pinsker", 2 * (tv * tv), kl),
            at_most(f"{name}: Bretagnolle–Huber", tv, root(1 - exp(-kl))),
            at_most(f"{name}: H² ≤ TV", h2, tv),
            at_most(f"{name}: TV ≤ √(1 − BC²)", tv, root(1 - overlap * overlap)),
            at_most(f"{name}: −2 log BC ≤ KL", -2 * log(overlap), kl),
        ]
    return evidence(rows)
