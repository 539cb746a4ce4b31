r"""Does the JSD of a network's record hold the truth? Fourteen designs whose answer is known.

    OMP_NUM_THREADS=1 python benchmarks/gan_truth_coverage.py [--draws 200] [--only NAME,…]
        [--out FILE] [--report FILE]

Each draw is a network generator with parameters of its own, measured as `train_gan` measures it
(`Truth.known`); p is N(0, I_d) but for the random networks.

- thin: z ↦ R diag(1, s) R′ z, R and R′ turned at random; JSD is that of N(0, 1) and N(0, s²).
- linear: z ↦ A z, A of random entries; JSD of two normal laws by an integral over the plane.
- fold: (|z₁|, z₂), turned, by a ReLU network; JSD = ¼ (log ⅔ + log 2) + ½ log 4⁄3.
- half a line: (max(z₁, 0), z₂), turned, half of it singular; JSD = ½ log 2.
- networks: eight ReLU units at random against a ring; of x all z are found by trying each of the
  activation patterns, at 2¹⁶ points of a scrambled Sobol sequence, eight times over.
- d = 4, 8, 16: .7 z by 2d ReLU units, which only draws can tell; an integral over the radius.
- noise above: A z of z in R³ by six ReLU units, points in the plane; known by draws only.
- drawn thin: the same law as thin, from `sampled_js`, which is not told of it.

One-sided limits rest on `--points` draws of each law to fit on and as many fresh ones (a training
takes 20,000 by default).

A two-sided interval covers if it holds the truth (of networks: give or take four standard errors
of the truth). A one-sided one covers if its lower end is not above it; its level is 95 %. Each
draw leaves a line of JSON at once; a rerun does what is missing. Truths use NumPy and SciPy only.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import gan_rows
import numpy as np
import torch
from scipy import integrate, stats

from divkit.critics.activations import leaky
from divkit.distributions import MultivariateNormal, ring
from divkit.distributions.base import Law
from divkit.gan import SampledJS
from divkit.generators.generator import standard_normal
from divkit.generators.network import NetworkGenerator
from divkit.results import Result
from divkit.training.measures.truth import Truth

OUT = Path(__file__).parent.parent / "out" / "gan_truth_coverage.jsonl"
LOG2, LEVEL, NETWORKS, UNITS = math.log(2), 0.95, 40, 8
FOLD = 0.25 * (math.log(2 / 3) + LOG2) + 0.5 * math.log(4 / 3)
RELU = leaky(0.0)
THIN, DIMS = (1.0, 0.3, 0.1, 0.03, 0.01), (4, 8, 16)
SIZES = {"points": 4000}
Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Drawn:
    """One draw: what was found, and the truth with its standard error."""

    found: Result
    truth: float
    spread: float = 0.0


def turn(rng: np.random.Generator, d: int = 2) -> Array:
    """A random orthogonal matrix."""
    return np.asarray(np.linalg.qr(rng.normal(size=(d, d)))[0])


def standard(d: int) -> Law:
    """N(0, I_d) as a law that names its density and no more."""
    return MultivariateNormal(np.zeros(d), np.eye(d))


def recorded(p: Law, weights: list[Array], hidden: tuple[int, ...], seed: int) -> Result:
    """The JSD of the record of a network with these weights and no biases."""
    parts = [part for w in weights for part in (w.ravel(), np.zeros(len(w)))]
    noise, dim = weights[0].shape[1], len(weights[-1])
    generator = NetworkGenerator(standard_normal(noise), dim, hidden, RELU)
    theta = torch.from_numpy(np.concatenate(parts))
    return truth().known(p, generator, theta, np.random.default_rng((seed, 1))).js


def truth() -> Truth:
    """What measures, with the sizes that were asked for."""
    return Truth(estimate=SampledJS(SIZES["points"], SIZES["points"]))


def by_pairs(matrix: Array) -> list[Array]:
    """Weights of a ReLU network that is the linear map: max(z, 0) − max(−z, 0)."""
    eye = np.eye(matrix.shape[1])
    return [np.concatenate([eye, -eye]), np.concatenate([matrix, -matrix], axis=1)]


def jsd_terms(log_p: Array, log_q: Array) -> Array:
    """½ p log 2p/(p+q) + ½ q log 2q/(p+q)."""
    middle = np.logaddexp(log_p, log_q) - LOG2
    return np.asarray(
        0.5 * np.exp(log_p) * (log_p - middle) + 0.5 * np.exp(log_q) * (log_q - middle)
    )


@cache
def thin_truth(s: float) -> float:
    """JSD of N(0, 1) and N(0, s²)."""
    ends = [k * w for w in (s, 1.0) for k in (0.5, 1, 2, 4, 8)] + [12.0]

    def density(x: float) -> float:
        return float(jsd_terms(stats.norm.logpdf(x), stats.norm.logpdf(x, scale=s)))

    pieces = zip([0.0, *sorted(ends)][:-1], sorted(ends), strict=True)
    return 2 * sum(integrate.quad(density, a, b, epsabs=1e-13)[0] for a, b in pieces)


@cache
def radial_truth(d: int) -> float:
    """JSD of N(0, I) and N(0, .49 I) in R^d: that of |x|."""

    def density(r: float) -> float:
        near = stats.chi.logpdf(r, d, scale=0.7)
        return float(jsd_terms(stats.chi.logpdf(r, d), near))

    return float(integrate.quad(density, 0, 12, epsabs=1e-12, limit=500)[0])


def normal_truth(matrix: Array) -> float:
    """JSD of N(0, I₂) and the law of A z: both are products in the axes of A."""
    scales = np.linalg.svd(matrix, compute_uv=False)
    ticks, weight = np.polynomial.legendre.leggauss(40)
    axes = []
    for s in scales:
        ends = np.unique([k * w for w in (s, 1.0) for k in (0, 0.5, 1, 2, 4, 6, 9)])
        half = 0.5 * np.diff(ends)[:, None]
        axes.append((((ends[:-1, None] + half) + half * ticks).ravel(), (half * weight).ravel()))
    (x, a), (y, b) = axes
    log_p = stats.norm.logpdf(x)[:, None] + stats.norm.logpdf(y)
    log_q = stats.norm.logpdf(x, scale=scales[0])[:, None] + stats.norm.logpdf(y, scale=scales[1])
    return float(4 * a @ jsd_terms(log_p, log_q) @ b)


def thin(s: float) -> Callable[[int], Drawn]:
    """N(0, I₂) against a thin normal law."""

    def drawn(seed: int) -> Drawn:
        rng = np.random.default_rng((seed, 0))
        matrix = turn(rng) @ np.diag([1.0, s]) @ turn(rng)
        return Drawn(recorded(standard(2), [matrix], (), seed), thin_truth(s))

    return drawn


def drawn_thin(s: float) -> Callable[[int], Drawn]:
    """The same, known by draws."""

    def drawn(seed: int) -> Drawn:
        matrix = turn(np.random.default_rng((seed, 0))) @ np.diag([1.0, s])
        found = truth().estimate(
            standard(2), lambda n, rng: rng.normal(size=(n, 2)) @ matrix.T, seed
        )
        return Drawn(found, thin_truth(s))

    return drawn


def linear(seed: int) -> Drawn:
    """A random linear map."""
    matrix = np.random.default_rng((seed, 0)).normal(size=(2, 2))
    return Drawn(recorded(standard(2), [matrix], (), seed), normal_truth(matrix))


def folded(last: list[list[float]], truth: float) -> Callable[[int], Drawn]:
    """max(±z₁, 0), max(±z₂, 0) and one last layer, turned on both sides."""
    eye = np.eye(2)
    units = np.stack([eye[0], -eye[0], eye[1], -eye[1]])

    def drawn(seed: int) -> Drawn:
        rng = np.random.default_rng((seed, 0))
        weights = [units @ turn(rng), turn(rng) @ np.array(last)]
        return Drawn(recorded(standard(2), weights, (4,), seed), truth)

    return drawn


def in_space(d: int) -> Callable[[int], Drawn]:
    """.7 z in R^d, by 2d units."""

    def drawn(seed: int) -> Drawn:
        matrix = 0.7 * turn(np.random.default_rng((seed, 0)), d)
        return Drawn(recorded(standard(d), by_pairs(matrix), (2 * d,), seed), radial_truth(d))

    return drawn


def noise_above(seed: int) -> Drawn:
    """A z in the plane, z in R³."""
    matrix = np.random.default_rng((seed, 0)).normal(size=(2, 3)) / math.sqrt(3)
    return Drawn(recorded(standard(2), by_pairs(matrix), (6,), seed), normal_truth(matrix))


def network(seed: int) -> Drawn:
    """Eight ReLU units at random against a ring of eight."""
    generator, p = NetworkGenerator(hidden=(UNITS,), activation=RELU), ring(8, 1.0, 0.1)
    theta = generator.start(np.random.default_rng((seed, 0)))
    found = truth().known(p, generator, theta, np.random.default_rng((seed, 1))).js
    w, b, v, c = np.split(theta.numpy(), np.cumsum([2 * UNITS, UNITS, 2 * UNITS]))
    net = (w.reshape(UNITS, 2), b, v.reshape(2, UNITS), c)
    values = [network_truth(*net, seed=(seed, k)) for k in range(8)]
    return Drawn(found, float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(8)))


def network_truth(w: Array, b: Array, v: Array, c: Array, seed: tuple[int, int]) -> float:
    """JSD of a ring and v max(w z + b, 0) + c by quasi-random z: see the module.

    log 2 where the image of a pattern has no area; else E_z of log 2 − ½ [(p/q) log(1 + q/p) +
    log(1 + p/q)], which counts what p has off the image as ½ log 2 of its mass.
    """
    sobol = stats.qmc.Sobol(2, rng=np.random.default_rng(seed))
    z = stats.norm.ppf(sobol.random_base2(16))
    active = w @ z.T + b[:, None] > 0  # (units, n)
    x = (v @ np.where(active, w @ z.T + b[:, None], 0.0)).T + c
    q, regular = np.zeros(len(x)), np.ones(len(x), dtype=bool)
    for pattern in all_patterns(w, b):
        slope = (v * pattern) @ w
        if abs(np.linalg.det(slope)) < 1e-12:
            regular[(pattern == active.T).all(axis=1)] = False
            continue
        back = np.linalg.solve(slope, (x - (v * pattern) @ b - c).T)
        hit = ((w @ back + b[:, None] > -1e-12) == pattern[:, None]).all(axis=0)
        density = np.exp(-0.5 * (back**2).sum(axis=0)) / (2 * math.pi * abs(np.linalg.det(slope)))
        q += np.where(hit, density, 0.0)
    angle = 2 * math.pi * np.arange(8) / 8
    centres = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    gap = ((x[:, None] - centres) ** 2).sum(axis=-1)
    p = np.exp(-0.5 * gap / 0.01).mean(axis=1) / (2 * math.pi * 0.01)
    p, q = p[regular], q[regular]
    paid = LOG2 - 0.5 * (p / q * np.log1p(q / np.maximum(p, 1e-300)) + np.log1p(p / q))
    return float((paid.sum() + LOG2 * (~regular).sum()) / len(x))


def all_patterns(w: Array, b: Array) -> Array:
    """Every pattern of signs of w z + b: those around each crossing of two lines, and far out."""
    found = [np.zeros((0, len(b)), dtype=bool)]
    for i in range(len(b)):
        for j in range(i):
            pair = w[[i, j]]
            at = np.linalg.solve(pair, -b[[i, j]])
            signs = w @ at + b > 0
            for one in (False, True):
                for two in (False, True):
                    signs[[i, j]] = one, two
                    found.append(signs[None].copy())
    edges = np.sort(np.arctan2(w[:, 0], -w[:, 1]) % math.pi)
    angles = np.concatenate([edges, edges + math.pi, [edges[0] + 2 * math.pi]])
    middles = 0.5 * (angles[1:] + angles[:-1])
    found.append((w @ np.stack([np.cos(middles), np.sin(middles)]) > 0).T)
    return np.unique(np.concatenate(found), axis=0)


DESIGNS: dict[str, Callable[[int], Drawn]] = {
    **{f"thin, s = {s:g}": thin(s) for s in THIN},
    "linear": linear,
    "fold": folded([[1, 1, 0, 0], [0, 0, 1, -1]], FOLD),
    "half a line": folded([[1, 0, 0, 0], [0, 0, 1, -1]], 0.5 * LOG2),
    "networks": network,
    **{f"d = {d}": in_space(d) for d in DIMS},
    "noise above": noise_above,
    **{f"drawn thin, s = {s:g}": drawn_thin(s) for s in (0.1, 0.01)},
}  # fmt: skip


def row_of(name: str, seed: int) -> dict[str, Any]:
    """One draw of a design."""
    start = time.process_time()
    drawn = DESIGNS[name](seed)
    found, (low, high) = drawn.found, drawn.found.interval
    room = 4 * drawn.spread
    return {
        "design": name,
        "seed": seed,
        "one_sided": found.is_lower_bound,
        "covered": bool(low - room <= drawn.truth <= high + room),
        "value": found.value,
        "error": found.error,
        "low": low,
        "truth": drawn.truth,
        "truth_error": drawn.spread,
        "seconds": time.process_time() - start,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Every count, and the pooled coverage."""
    lines = [
        "# Coverage of the JSD of a network's record",
        "",
        "`python benchmarks/gan_truth_coverage.py`; what the designs are is in its docstring.",
        "",
        "| design | truth | covered | of | one-sided | median error or room | refutes .90 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in DESIGNS:
        own = [row for row in rows if row["design"] == name]
        if not own:
            continue
        hit, n = sum(r["covered"] for r in own), len(own)
        ends = sorted({round(r["truth"], 4) for r in own})
        truth = f"{ends[0]:.4f}" if len(ends) == 1 else f"{ends[0]:.4f} … {ends[-1]:.4f}"
        room = np.median([r["truth"] - r["low"] if r["one_sided"] else r["error"] for r in own])
        tail = stats.binom.cdf(hit, n, 0.9)
        lines.append(
            f"| {name} | {truth} | {hit} | {n} | {sum(r['one_sided'] for r in own)} | "
            f"{room:.2g} | {'yes' if tail < 1e-3 else 'no'} |"
        )
    hit, n = sum(r["covered"] for r in rows), len(rows)
    two = [r for r in rows if not r["one_sided"]]
    lines += [
        "",
        f"Pooled: {hit} of {n} ({hit / n:.4f}); two-sided intervals "
        f"{sum(r['covered'] for r in two)} of {len(two)}, one-sided "
        f"{hit - sum(r['covered'] for r in two)} of {n - len(two)} (level {LEVEL:g}).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = gan_rows.parser_of(__doc__, OUT)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--only", default=",".join(DESIGNS).replace(", ", "; "))
    parser.add_argument("--points", type=int, default=SIZES["points"])
    chosen = parser.parse_args()
    SIZES["points"] = chosen.points
    names = [name.replace("; ", ", ") for name in chosen.only.split(",")]
    most = {"networks": min(chosen.draws, NETWORKS)}
    asked = (
        ((name, seed), partial(row_of, name, seed))
        for name in names
        for seed in range(most.get(name, chosen.draws))
    )
    gan_rows.measured(chosen, ("design", "seed"), asked, table)


if __name__ == "__main__":
    main()
