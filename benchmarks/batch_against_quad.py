"""The batch engine against `scipy.integrate.quad`, pair by pair, on one thread.

    python benchmarks/batch_against_quad.py [--pairs 4000] [--repeats 5] [--output batch.json]

Two workloads, drawn from one seed: pairs of Gaussians (locations uniform in [−3, 3], scales
log-uniform in [0.3, 3]) and pairs of 3-component mixtures (the same, weights Dirichlet(1, 1, 1)).
Both sides compute JSD to 3e-14 absolute. The peer is what a careful user writes: plain-`math`
callbacks, a finite range (8.5 scales beyond every component), breakpoints at the means, an
absolute tolerance of 3e-14 and room for subdivisions. The true errors of both are measured
against mpmath (35 digits) on a subset; each engine is timed several times, the best time counts.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
for _name in THREAD_VARIABLES:  # read once, when the libraries below are loaded
    os.environ[_name] = "1"

import mpmath  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy.integrate import quad  # noqa: E402

from divkit.exact.batch.api import divergence_batch  # noqa: E402
from divkit.exact.batch.laws import NormalBatch, NormalMixtureBatch  # noqa: E402

TOLERANCE = 3e-14
SEED = 20250
BEYOND = 8.5  # scales: what is left out weighs less than 1e-17
WANTED = {"gaussians": (100.0, 25.0), "mixtures": (90.0, 12.0)}  # with numba, without
_ROOT = 1 / math.sqrt(2 * math.pi)
_exp, _log = math.exp, math.log


def peer_gaussians(row: Sequence[Sequence[float]]) -> float:
    """JSD of two Gaussians by quad; row is ((loc, loc), (scale, scale))."""
    (m1, m2), (s1, s2) = row
    r1, r2 = 1 / s1, 1 / s2
    a1, a2 = _ROOT * r1, _ROOT * r2

    def integrand(x: float) -> float:
        u, v = (x - m1) * r1, (x - m2) * r2
        p, q = a1 * _exp(-0.5 * u * u), a2 * _exp(-0.5 * v * v)
        m = 0.5 * (p + q)
        total = p * _log(p / m) if p > 0 else 0.0
        return 0.5 * (total + q * _log(q / m)) if q > 0 else 0.5 * total

    low = min(m1 - BEYOND * s1, m2 - BEYOND * s2)
    high = max(m1 + BEYOND * s1, m2 + BEYOND * s2)
    return quad(
        integrand, low, high, points=sorted((m1, m2)), epsabs=TOLERANCE, epsrel=0.0, limit=200
    )[0]


def peer_mixtures(row: Sequence[Sequence[Sequence[float]]]) -> float:
    """JSD of two mixtures of three normals by quad; row is (weights, locs, scales)."""
    weights, locs, scales = row
    (m1, m2, m3), (n1, n2, n3) = locs
    (r1, r2, r3), (t1, t2, t3) = ([1 / s for s in side] for side in scales)
    (a1, a2, a3), (b1, b2, b3) = (
        [_ROOT * w / s for w, s in zip(*sides, strict=True)]
        for sides in zip(weights, scales, strict=True)
    )

    def integrand(x: float) -> float:
        u1, u2, u3 = (x - m1) * r1, (x - m2) * r2, (x - m3) * r3
        v1, v2, v3 = (x - n1) * t1, (x - n2) * t2, (x - n3) * t3
        p = a1 * _exp(-0.5 * u1 * u1) + a2 * _exp(-0.5 * u2 * u2) + a3 * _exp(-0.5 * u3 * u3)
        q = b1 * _exp(-0.5 * v1 * v1) + b2 * _exp(-0.5 * v2 * v2) + b3 * _exp(-0.5 * v3 * v3)
        m = 0.5 * (p + q)
        total = p * _log(p / m) if p > 0 else 0.0
        return 0.5 * (total + q * _log(q / m)) if q > 0 else 0.5 * total

    parts = [(m, s) for side in zip(locs, scales, strict=True) for m, s in zip(*side, strict=True)]
    low, high = min(m - BEYOND * s for m, s in parts), max(m + BEYOND * s for m, s in parts)
    points = sorted(m for m, _ in parts)
    return quad(integrand, low, high, points=points, epsabs=TOLERANCE, epsrel=0.0, limit=200)[0]


def draw(n: int, components: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, locations and scales, (n, 2, components) each."""
    rng = np.random.default_rng(SEED + components)
    shape = (n, 2, components)
    weights = rng.dirichlet(np.ones(components), (n, 2))
    locs = rng.uniform(-3, 3, shape)
    return weights, locs, np.exp(rng.uniform(math.log(0.3), math.log(3), shape))


def truth(weights: Any, locs: Any, scales: Any) -> mpmath.mpf:
    """JSD of one pair of mixtures to 30 digits: 40-point Gauss–Legendre on panels of one scale."""
    with mpmath.workdps(35):
        sides = [
            [(mpmath.mpf(w) / (s * mpmath.sqrt(2 * mpmath.pi)), mpmath.mpf(m), mpmath.mpf(s))
             for w, m, s in zip(*side, strict=True)]
            for side in zip(weights, locs, scales, strict=True)
        ]  # fmt: skip
        grid = sorted({m + k * s for side in sides for _, m, s in side for k in range(-12, 13)})

        def density(side: list[Any], x: mpmath.mpf) -> mpmath.mpf:
            return mpmath.fsum(a * mpmath.exp(-(((x - m) / s) ** 2) / 2) for a, m, s in side)

        def integrand(x: mpmath.mpf) -> mpmath.mpf:
            p, q = density(sides[0], x), density(sides[1], x)
            middle = (p + q) / 2
            return (p * mpmath.log(p / middle) + q * mpmath.log(q / middle)) / 2

        nodes = _legendre(40)
        return mpmath.fsum(
            (b - a) / 2 * mpmath.fsum(w * integrand((a + b + (b - a) * t) / 2) for t, w in nodes)
            for a, b in itertools.pairwise(grid)
        )


_NODES: dict[int, list[tuple[mpmath.mpf, mpmath.mpf]]] = {}


def _legendre(n: int) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """Nodes and weights on [−1, 1], polished to the working precision by Newton's method."""
    if n not in _NODES:
        _NODES[n] = [_polish(n, mpmath.mpf(x)) for x in np.polynomial.legendre.leggauss(n)[0]]
    return _NODES[n]


def _polish(n: int, x: mpmath.mpf) -> tuple[mpmath.mpf, mpmath.mpf]:
    for _ in range(4):
        value, before = mpmath.legendre(n, x), mpmath.legendre(n - 1, x)
        slope = n * (x * value - before) / (x * x - 1)
        x -= value / slope
    return x, 2 / ((1 - x * x) * slope * slope)


def best_time(work: Callable[[], Any], repeats: int) -> float:
    """The least processor time of `work`, in seconds: other programs do not count."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def worst_error(values: Sequence[float], truths: Sequence[mpmath.mpf]) -> float:
    """The largest distance from the truth, over the subset that has one."""
    return max(abs(float(t - mpmath.mpf(float(v)))) for t, v in zip(truths, values, strict=False))


def measure(name: str, pairs: int, repeats: int, checked: int) -> dict[str, Any]:
    """Time and check one workload; return its row of the results."""
    weights, locs, scales = draw(pairs, 1 if name == "gaussians" else 3)
    truths = [
        truth(*row)
        for row in zip(*(x[:checked].tolist() for x in (weights, locs, scales)), strict=True)
    ]
    if name == "gaussians":
        p, q = (NormalBatch(locs[:, k, 0], scales[:, k, 0]) for k in (0, 1))
        rows = list(zip(locs[:, :, 0].tolist(), scales[:, :, 0].tolist(), strict=True))
        peer = peer_gaussians
    else:
        p, q = (NormalMixtureBatch(weights[:, k], locs[:, k], scales[:, k]) for k in (0, 1))
        rows = list(zip(weights.tolist(), locs.tolist(), scales.tolist(), strict=True))
        peer = peer_mixtures
    laws = [[side.law(i) for i in range(pairs)] for side in (p, q)]
    found = [peer(row) for row in rows]
    seconds = best_time(lambda: [peer(row) for row in rows], max(1, repeats // 2))
    result: dict[str, Any] = {
        "pairs": pairs,
        "checked_against_mpmath": checked,
        "quad": {
            "microseconds_per_pair": 1e6 * seconds / pairs,
            "worst_true_error": worst_error(found, truths),
        },
    }
    for engine in ("numba", "numpy"):
        batch = divergence_batch(p, q, "js", engine=engine)  # compiles, or loads what is compiled
        here = best_time(lambda e=engine: divergence_batch(p, q, "js", engine=e), repeats)
        listed = best_time(lambda e=engine: divergence_batch(*laws, "js", engine=e), 2)
        result[engine] = {
            "microseconds_per_pair": 1e6 * here / pairs,
            "times_faster": seconds / here,
            "times_faster_from_lists_of_laws": seconds / listed,
            "worst_true_error": worst_error(batch.value, truths),
            "worst_reported_error": float(batch.error.max()),
            "worst_distance_from_quad": float(np.abs(batch.value - np.array(found)).max()),
            "nodes_per_pair": batch.diagnostics["nodes"] / pairs,
            "wanted_times_faster": WANTED[name][0 if engine == "numba" else 1],
        }
    return result


def machine() -> dict[str, Any]:
    """The setting of the figures: processor, versions, threads; no paths, no names."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in _lines("/proc/cpuinfo")
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    packages = ("numpy", "scipy", "torch", "numba", "mpmath")
    return {
        "machine": f"{cpu}, {os.cpu_count()} cores, one thread used",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in packages},
    }


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def table(results: dict[str, Any]) -> str:
    """The results as text."""
    lines = [
        f"{'workload':<10} {'engine':<7} {'µs/pair':>9} {'× quad':>8} {'wanted':>7} "
        f"{'from lists':>10} {'true error':>11} {'reported':>9}"
    ]
    for name, row in results.items():
        peer = row["quad"]
        lines.append(
            f"{name:<10} {'quad':<7} {peer['microseconds_per_pair']:>9.2f} {1:>8} {'':>18} "
            f"{peer['worst_true_error']:>11.1e}"
        )
        for engine in ("numba", "numpy"):
            ours = row[engine]
            lines.append(
                f"{name:<10} {engine:<7} {ours['microseconds_per_pair']:>9.2f} "
                f"{ours['times_faster']:>8.0f} {ours['wanted_times_faster']:>7.0f} "
                f"{ours['times_faster_from_lists_of_laws']:>10.0f} "
                f"{ours['worst_true_error']:>11.1e} {ours['worst_reported_error']:>9.1e}"
            )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--checked", type=int, default=12)
    parser.add_argument("--output", type=Path, default=None)
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = {
        name: measure(name, options.pairs, options.repeats, options.checked) for name in WANTED
    }
    print(f"{machine()['machine']}; JSD to {TOLERANCE:g}; {options.pairs} pairs each")
    print(table(results))
    if options.output:
        record = {**machine(), "tolerance": TOLERANCE, "seed": SEED, "results": results}
        options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    good = all(
        row[engine]["times_faster"] >= row[engine]["wanted_times_faster"]
        and row[engine]["worst_true_error"] <= TOLERANCE
        for row in results.values()
        for engine in ("numba", "numpy")
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
