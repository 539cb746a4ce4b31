"""Certified divergences against mpmath at equal digits, one thread.

    python benchmarks/certified_against_mpmath.py [--repeats 9] [--output certified.json]

The peer is what a careful user of mpmath writes: JSD on the line by `mpmath.quad` (tanh-sinh) with
the components' centres as breakpoints and a finite range; JSD of Gaussians in d dimensions by
Cholesky, `mpmath.eigsy` and `mpmath.quad` of the affinity formula. mpmath estimates its error, the
certified method proves it. Both are warmed up once; the median of the repeats counts, and the
peer's value must lie within 10^−(digits−2) of the enclosure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import mpmath as mp
import numpy as np

from divkit.distributions import Mixture1D, MultivariateNormal, Normal
from divkit.distributions.base import Law
from divkit.divergences import table
from divkit.exact.certified.method import Certified

RESULTS = Path(__file__).parent / "results" / "certified.json"
SEED = 20251


@dataclass(frozen=True)
class Case:
    """One enclosure to time: its pair, digits, target and the way mpmath computes it."""

    name: str
    p: Any
    q: Any
    digits: int
    target_ms: float
    peer: Callable[[Law, Law], Any]


def normal_mixture(law: Law) -> Callable[[Any], Any]:
    parts = (
        list(zip(law.weights, law.components, strict=True))
        if isinstance(law, Mixture1D)
        else [(1.0, law)]
    )
    rows = [(mp.mpf(w), mp.mpf(c.loc), mp.mpf(c.scale)) for w, c in parts]
    norm = mp.sqrt(2 * mp.pi)
    return lambda x: mp.fsum(
        w / (s * norm) * mp.exp(-(((x - m) / s) ** 2) / 2) for w, m, s in rows
    )


def on_the_line(p: Law, q: Law) -> Any:
    f, g = normal_mixture(p), normal_mixture(q)
    centres = sorted({x.center[0] for law in (p, q) for x in law.features})
    widest = max(x.scale[0] for law in (p, q) for x in law.features)
    reach = widest * mp.sqrt(2 * mp.mp.dps * mp.log(10))

    def integrand(x: Any) -> Any:
        a, b = f(x), g(x)
        return (a * mp.log(2 * a / (a + b)) + b * mp.log(2 * b / (a + b))) / 2

    return mp.quad(integrand, [centres[0] - reach, *centres, centres[-1] + reach])


def gaussians(p: MultivariateNormal, q: MultivariateNormal) -> Any:
    root = mp.cholesky(mp.matrix(p.cov))
    half = _solve(root, mp.matrix(q.cov))
    whitened = _solve(root, half.T)
    values, vectors = mp.eigsy((whitened + whitened.T) / 2)
    shift = vectors.T * _solve(root, mp.matrix(q.loc) - mp.matrix(p.loc))
    log_det = mp.fsum(map(mp.log, values))

    def integrand(omega: Any) -> Any:
        alpha = mp.mpc(0.5, omega)
        beta = 1 - alpha
        deltas = [alpha + beta * v for v in values]
        form = mp.fsum(s * s / z for s, z in zip(shift, deltas, strict=True))
        logs = mp.fsum(map(mp.log, deltas))
        rho = mp.exp((beta * log_det - logs - alpha * beta * form) / 2)
        return (1 - rho.real) / ((0.25 + omega**2) * mp.cosh(mp.pi * omega)) / 2

    return mp.quad(integrand, [0, 1, 3, 6, mp.mp.dps * mp.log(10) / mp.pi])


def _solve(lower: Any, right: Any) -> Any:
    """L⁻¹R by forward substitution."""
    out = right.copy()
    for k in range(out.cols):
        for i in range(out.rows):
            dot = mp.fdot((lower[i, j], out[j, k]) for j in range(i))
            out[i, k] = (out[i, k] - dot) / lower[i, i]
    return out


def cases() -> list[Case]:
    unit, shifted = Normal(0, 1), Normal(1, 1)
    one = Mixture1D((0.25, 0.5, 0.25), (Normal(-3, 0.5), Normal(0, 0.75), Normal(3, 0.5)))
    two = Mixture1D((0.25, 0.25, 0.5), (Normal(-2, 1), Normal(0.5, 0.5), Normal(2, 1)))
    p, q = random_gaussians(50)
    return [
        Case("normal shift, 20 digits", unit, shifted, 20, 30.0, on_the_line),
        Case("normal shift, 30 digits", unit, shifted, 30, 150.0, on_the_line),
        Case("3-component mixtures, 15 digits", one, two, 15, 200.0, on_the_line),
        Case("Gaussians in d = 50, 15 digits", p, q, 15, 100.0, gaussians),
    ]


def random_gaussians(dim: int) -> tuple[MultivariateNormal, MultivariateNormal]:
    rng = np.random.default_rng(SEED)

    def covariance() -> Any:
        root = rng.standard_normal((dim, dim + 5)) / np.sqrt(dim)
        product = root @ root.T
        return (product + product.T) / 2

    first = covariance()
    second = 0.7 * first + 0.3 * covariance()
    locs = 0.1 * rng.standard_normal((2, dim))
    return MultivariateNormal(locs[0], first), MultivariateNormal(locs[1], second)


def measure(case: Case, repeats: int, peer_repeats: int) -> dict[str, Any]:
    method = Certified(case.digits)
    ours, cpu, result = timed(lambda: method(case.p, case.q, table.JS), repeats)
    with mp.workdps(case.digits + 5):
        theirs, peer_cpu, value = timed(lambda: case.peer(case.p, case.q), peer_repeats)
        low, high = (mp.mpf(result.diagnostics[end]) for end in ("lower", "upper"))
        slack = abs(value) * mp.mpf(10) ** (2 - case.digits)
        agree = bool(low - slack <= value <= high + slack)
    return {
        "case": case.name,
        "digits": case.digits,
        "lower": result.diagnostics["lower"],
        "upper": result.diagnostics["upper"],
        "milliseconds": 1e3 * ours,
        "cpu_milliseconds": 1e3 * cpu,
        "target_milliseconds": case.target_ms,
        "mpmath_milliseconds": 1e3 * theirs,
        "mpmath_cpu_milliseconds": 1e3 * peer_cpu,
        "times_faster_than_mpmath": peer_cpu / cpu,
        "mpmath_agrees": agree,
    }


def timed(call: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Median wall time and CPU time of a call, and its value."""
    value = call()
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        value = call()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus), value


def table_of(rows: list[dict[str, Any]]) -> str:
    head = f"{'JSD of':<33}{'ms':>9}{'CPU ms':>9}{'target':>8}{'mpmath ms':>12}{'ratio':>8}  agree"
    lines = [head]
    for row in rows:
        lines.append(
            f"{row['case']:<33}{row['milliseconds']:>9.1f}{row['cpu_milliseconds']:>9.1f}{row['target_milliseconds']:>8.0f}"
            f"{row['mpmath_milliseconds']:>12.1f}{row['times_faster_than_mpmath']:>8.1f}"
            f"  {'yes' if row['mpmath_agrees'] else 'NO'}"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--peer-repeats", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    rows = [measure(case, options.repeats, options.peer_repeats) for case in cases()]
    print(table_of(rows))
    record = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, 1 thread",
        "python": platform.python_version(),
        "python-flint": metadata.version("python-flint"),
        "mpmath": mp.__version__,
        "results": rows,
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    good = all(r["milliseconds"] <= r["target_milliseconds"] and r["mpmath_agrees"] for r in rows)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
