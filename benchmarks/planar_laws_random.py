"""Random networks of noise in the plane against random laws: does the stated error hold?

    python benchmarks/planar_laws_random.py [--cases 120] [--seed 0] [--output results/…json]

Each case draws a map (affine, leaky ReLU, ReLU or tanh layers), its noise (normal or uniform) and
a law p (Gaussians, rings, grids, boards, heavy tails, bent and swirled ones), and takes JSD(p‖q)
at the default tolerance. It is set against

- the exact engine's value, where q is a normal law itself;
- the same quadrature at a twelfth of the tolerance;
- ½E_p log 2p/(p+q) + ½E_q log 2q/(p+q) by draws of both laws, with a standard error; by draws of
  q alone where hardly any of p lies where q is;
- the value of a histogram critic on fresh draws, which needs no density and bounds JSD from below.

A case is silent where its interval misses the first or the second (by more than the latter's own
error), or the draws' interval of five standard errors. The ratio is |value − truth| / error.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import time
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.nn.functional import logsigmoid  # noqa: E402

from divkit.critics.activations import TANH, leaky  # noqa: E402
from divkit.distributions import MultivariateNormal, MultivariateStudentT, toys  # noqa: E402
from divkit.distributions.base import Law  # noqa: E402
from divkit.distributions.compose.product import Product  # noqa: E402
from divkit.distributions.families.bounded import Uniform  # noqa: E402
from divkit.exact.named import js_divergence  # noqa: E402
from divkit.generators.generator import standard_normal  # noqa: E402
from divkit.generators.mesh import Layers, MeshLaw, mesh_law  # noqa: E402
from divkit.generators.mesh.divergence import jensen_shannon  # noqa: E402

LOG2, DRAWS, BINS = math.log(2), 40_000, 48
KINDS = ("affine", "leaky", "relu", "tanh")


def network(rng: np.random.Generator, kind: str) -> Layers:
    """A map of the plane into itself."""
    if kind == "affine":
        turn, stretch = rng.normal(size=(2, 2)), np.exp(rng.uniform(-4, 1, 2))
        left, _, right = np.linalg.svd(turn)
        return Layers(((left @ np.diag(stretch) @ right, rng.normal(size=2)),), ())
    depth, size = int(rng.integers(1, 4)), float(np.exp(rng.uniform(-0.7, 0.7)))
    widths = [2, *rng.integers(2, 25, depth).tolist(), 2]
    affine = tuple(
        (size * rng.normal(size=(b, a)) / math.sqrt(a), 0.4 * rng.normal(size=b))
        for a, b in itertools.pairwise(widths)
    )
    leak = float(rng.choice([0.1, 0.2, 0.6])) if kind == "leaky" else 0.0
    unit = TANH if kind == "tanh" else leaky(leak)
    return Layers(affine, (unit,) * depth)


def target(rng: np.random.Generator) -> Law:
    """A law in the plane."""
    sd = float(np.exp(rng.uniform(math.log(0.02), math.log(0.6))))
    at = tuple(rng.normal(size=2).tolist())
    root = rng.normal(size=(2, 2))
    cov = tuple(map(tuple, (root @ root.T + 0.02 * np.eye(2)).tolist()))
    makers = (
        lambda: toys.ring(int(rng.integers(1, 9)), float(rng.uniform(0.5, 2)), sd),
        lambda: toys.grid(3, float(rng.uniform(0.4, 1.5)), sd),
        lambda: toys.checkerboard(int(rng.integers(2, 5)), float(rng.uniform(1, 3))),
        lambda: toys.moons(0.05 + sd),
        lambda: toys.banana(),
        lambda: toys.pinwheel(3),
        lambda: toys.rings((0.5, 1.5), 0.03 + sd),
        lambda: MultivariateNormal(at, cov),
        lambda: MultivariateStudentT(float(rng.uniform(1, 5)), at, cov),
    )
    return makers[int(rng.integers(len(makers)))]()


def by_draws(p: Law, q: MeshLaw, layers: Layers, latent: Law, seed: int) -> tuple[float, float]:
    """JSD and its standard error; draws at which the Jacobian has no rank are singular."""
    rng = np.random.default_rng(seed)
    x, z = p.sample(DRAWS, rng), latent.sample(DRAWS, rng).numpy()
    points, slope = layers.jet(z)
    flat = np.abs(np.linalg.det(slope)) <= 1e-13 * (slope**2).sum(axis=(1, 2))
    y = torch.from_numpy(points)
    one = LOG2 + logsigmoid(p.log_prob(x) - q.log_prob(x))
    paid = LOG2 + logsigmoid(q.log_prob(y) - p.log_prob(y))
    two = torch.where(torch.from_numpy(flat), LOG2, paid)
    two = two[two.isfinite()]  # a preimage that is missed, of which the error tells
    if int((one < LOG2 - 1e-12).sum()) < 200:  # too few draws of p where q is
        l = q.log_prob(y).numpy() - p.log_prob(y).numpy()
        paid = np.where(flat, LOG2, jensen_shannon(np.where(flat, 0.0, l)))
        paid = paid[np.isfinite(paid)]
        return float(paid.mean()), float(paid.std()) / math.sqrt(len(paid))
    return 0.5 * float(one.mean() + two.mean()), 0.5 * math.sqrt(
        float(one.var() / DRAWS + two.var() / len(two))
    )


def by_histogram(p: Law, q: MeshLaw, seed: int) -> tuple[float, float]:
    """A lower limit in the mean, and its standard error."""
    rng = np.random.default_rng(seed)
    x, y = (law.sample(4 * DRAWS, rng).numpy() for law in (p, q))
    half = len(x) // 2
    pool = np.concatenate([x[:half], y[:half]])
    levels = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = [np.unique(np.quantile(pool[:, a], levels)) for a in range(2)]
    bins = [
        np.searchsorted(edges[0], v[:, 0]) * BINS + np.searchsorted(edges[1], v[:, 1])
        for v in (x, y)
    ]
    counts = [np.bincount(b[:half], minlength=BINS * BINS) + 0.5 for b in bins]
    logit = np.log(counts[0]) - np.log(counts[1])
    a = -np.logaddexp(0, -logit[bins[0][half:]])
    b = -np.logaddexp(0, logit[bins[1][half:]])
    spread = 0.5 * math.sqrt((a.var() + b.var()) / half)
    return LOG2 + 0.5 * float(a.mean() + b.mean()), spread


def measure(seed: int, case: int) -> dict[str, Any]:
    """One case."""
    rng = np.random.default_rng((seed, case))
    kind = KINDS[case % len(KINDS)]
    layers, p = network(rng, kind), target(rng)
    boxed = kind != "affine" and rng.random() < 0.25
    latent = Product((Uniform(-1.5, 1.5),) * 2) if boxed else standard_normal(2)
    start = time.process_time()
    law = mesh_law(latent, layers)
    if not isinstance(law, MeshLaw):
        raise TypeError(f"case {case} has no law")
    found = js_divergence(p, law)
    seconds = time.process_time() - start
    if kind == "affine":
        weight, bias = layers.affine[0]
        cov = weight @ weight.T
        normal = MultivariateNormal(tuple(bias), tuple(map(tuple, 0.5 * (cov + cov.T))))
        fine = js_divergence(p, normal)
    else:
        fine = js_divergence(p, law.refined(law.tolerance / 12))
    gap = abs(found.value - fine.value)
    drawn, spread = by_draws(p, law, layers, latent, case)
    least, wide = by_histogram(p, law, case)
    silent = gap > found.error + fine.error or abs(found.value - drawn) > found.error + 5 * spread
    return {
        "case": case,
        "kind": kind,
        "noise": "uniform" if boxed else "normal",
        "p": type(p).__name__,
        "layers": repr(layers),
        "js": found.value,
        "error": found.error,
        "ratio": gap / found.error if found.error else 0.0,
        "fine": fine.value,
        "fine_error": fine.error,
        "drawn": drawn,
        "drawn_error": spread,
        "histogram_above": (least - found.value - found.error) / wide,
        "singular": law.singular,
        "told": list(found.warnings),
        "silent": bool(silent),
        "seconds": seconds,
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts over the cases."""
    ratio = np.array([row["ratio"] for row in rows])
    return {
        "cases": len(rows),
        "silent": sum(row["silent"] for row in rows),
        "told": sum(bool(row["told"]) for row in rows),
        "largest_ratio": float(ratio.max()),
        "median_ratio": float(np.median(ratio)),
        "draws_beyond": sum(
            abs(row["js"] - row["drawn"]) > row["error"] + 5 * row["drawn_error"] for row in rows
        ),
        "histogram_above_5": sum(row["histogram_above"] > 5 for row in rows),
        "median_error": float(np.median([row["error"] for row in rows])),
        "largest_error": max(row["error"] for row in rows),
        "median_seconds": float(np.median([row["seconds"] for row in rows])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=None)
    chosen = parser.parse_args()
    rows = []
    for case in range(chosen.cases):
        rows.append(measure(chosen.seed, case))
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    report = {"seed": chosen.seed, "summary": summary(rows), "rows": rows}
    print(json.dumps(report["summary"]))
    if chosen.output is not None:
        chosen.output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
