"""Lower limits on the JSD by a chosen critic and by a quadratic one, of laws that differ in kind.

    python benchmarks/lower_bound_choice.py [--sizes 200,500,2000] [--repetitions 4]
        [--laws "ring;sine(10x)"] [--output lower_bound_choice.md]

Each row: the mean 95 % limit over repetitions of `LowerBound(critic="quadratic")` and of
`LowerBound()`, the divergence (log 2, a sum, or a trapezoidal rule along the one coordinate on
which the log ratio depends), CPU seconds of one limit of each, the share of repetitions in which
a chosen critic's limit holds, and the class of the last stage's critic in the last repetition.
The table is written anew after each row; rows that it has are kept.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy import stats  # noqa: E402

from divkit.divergences import JS  # noqa: E402
from divkit.estimators.held_out_limit import LowerBound  # noqa: E402

Rows: TypeAlias = np.ndarray
Draw: TypeAlias = Callable[[int, np.random.Generator], tuple[Rows, Rows]]
LOG2, NORMAL, SEED = math.log(2), stats.norm, 20264
HEAD = (
    "| laws | n | JSD | quadratic | chosen | CPU s, quadratic | chosen | holds | last class |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---|\n"
)


def on_the_line(
    log_p: Callable[[Rows], Rows], log_q: Callable[[Rows], Rows], *ends: float
) -> float:
    """The JSD of two densities of one coordinate."""
    t = np.linspace(*ends, 2_000_001)
    a, b = log_p(t), log_q(t)
    m = np.logaddexp(a, b) - LOG2
    sides = [np.where(np.isfinite(u), np.exp(u) * (np.maximum(u, -1e9) - m), 0.0) for u in (a, b)]
    return float(0.5 * np.trapezoid(sides[0] + sides[1], t))


def binomial(d: int, p: float, q: float) -> float:
    """The JSD of d independent bits of chance p and of chance q: that of their sums."""
    k = np.arange(d + 1)
    a, b = stats.binom.pmf(k, d, p), stats.binom.pmf(k, d, q)
    return float(0.5 * (a * np.log(2 * a / (a + b)) + b * np.log(2 * b / (a + b))).sum())


def split(draw: Callable[[int, np.random.Generator], Rows], of_p: Callable[[Rows], Rows]) -> Draw:
    """The two halves of a law, n rows of each."""

    def both(n: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
        rows = draw(8 * n, rng)
        first = of_p(rows)
        return rows[first][:n], rows[~first][:n]

    return both


def shift(d: int, by: Rows | float) -> Draw:
    return lambda n, rng: (rng.normal(size=(n, d)), rng.normal(size=(n, d)) + by)


def ring(n: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    angle, radius = rng.uniform(0, 2 * np.pi, n), 2 + 0.2 * rng.normal(size=n)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    return radius[:, None] * circle, math.sqrt(2) * rng.normal(size=(n, 2))


def sine(n: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
    z = rng.normal(size=8 * n)
    kept = z[rng.uniform(size=8 * n) < 0.5 * (1 + np.sin(10 * z))]
    return kept[:n, None], rng.normal(size=(n, 1))


def normal(n: int, rng: np.random.Generator, d: int, scale: float = 1.0) -> Rows:
    return scale * rng.normal(size=(n, d))


UNIT = on_the_line(NORMAL(0, 1).logpdf, NORMAL(1, 1).logpdf, -12, 13)
with np.errstate(divide="ignore"):
    SINE = on_the_line(
        lambda t: NORMAL.logpdf(t) + np.log1p(np.sin(10 * t)), NORMAL.logpdf, -9.0, 9.0
    )
LAWS: dict[str, tuple[Draw, float]] = {
    "shift by 1, d = 1": (shift(1, 1.0), UNIT),
    "shift by 1, d = 2": (shift(2, np.array([1.0, 0.0])), UNIT),
    "scale 2, d = 2": (
        lambda n, rng: (normal(n, rng, 2), normal(n, rng, 2, 2.0)),
        on_the_line(
            lambda t: np.log(t) - t**2 / 2, lambda t: np.log(t / 4) - t**2 / 8, 1e-9, 25.0
        ),
    ),
    "ring": (
        ring,
        on_the_line(NORMAL(2, 0.2).logpdf, lambda t: np.log(t / 2) - t**2 / 4, 1e-9, 20.0),
    ),
    "board of floors": (
        split(lambda n, rng: normal(n, rng, 2, 2**0.5), lambda z: np.floor(z).sum(1) % 2 == 0),
        LOG2,
    ),
    "parity of 3 integers": (
        split(lambda n, rng: 1.0 * rng.integers(0, 6, (n, 3)), lambda z: z.sum(1) % 2 == 0),
        LOG2,
    ),
    "product of 3 signs": (split(lambda n, rng: normal(n, rng, 3), lambda z: z.prod(1) > 0), LOG2),
    "12 bits": (
        lambda n, rng: tuple(1.0 * (rng.uniform(size=(n, 12)) < p) for p in (0.5, 0.65)),
        binomial(12, 0.5, 0.65),
    ),
    "12 bits, parity of 3": (
        split(
            lambda n, rng: 1.0 * rng.integers(0, 2, (n, 12)), lambda z: z[:, :3].sum(1) % 2 == 0
        ),
        LOG2,
    ),
    "sine(10x)": (sine, SINE),
    "shift by .3, d = 10": (
        shift(10, 0.3),
        on_the_line(NORMAL(0, 1).logpdf, NORMAL(0.3 * 10**0.5, 1).logpdf, -12, 13),
    ),
    "Cauchy": (
        lambda n, rng: (rng.standard_cauchy((n, 1)), 1 + 2 * rng.standard_cauchy((n, 1))),
        on_the_line(stats.cauchy(0, 1).logpdf, stats.cauchy(1, 2).logpdf, -3000.0, 3000.0),
    ),
}


def row(name: str, n: int, repetitions: int) -> str:
    """One row of the table."""
    (draw, truth), methods = LAWS[name], (LowerBound(critic="quadratic"), LowerBound())
    limits, seconds = np.zeros((2, repetitions)), np.zeros((2, repetitions))
    for k in range(repetitions):
        x, y = draw(n, np.random.default_rng([SEED, list(LAWS).index(name), n, k]))
        for j, method in enumerate(methods):
            start = time.process_time()
            found = method(x, y, JS)
            seconds[j, k] = time.process_time() - start
            limits[j, k] = found.diagnostics["limit"]
    last = found.diagnostics["limit_critics"][-1].partition(", ")[0].rstrip(")") + ")"
    figures = [truth, *limits.mean(1)]
    cells = [name, str(n), *(f"{v:.4f}" for v in figures), *(f"{v:.2f}" for v in seconds.mean(1))]
    return f"| {' | '.join(cells)} | {(limits[1] <= truth).mean():.2f} | {last} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="200,500,2000")
    parser.add_argument("--repetitions", type=int, default=4)
    parser.add_argument("--laws", default=";".join(LAWS))
    parser.add_argument("--output", type=Path, default=Path("lower_bound_choice.md"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    done = options.output.read_text().splitlines()[2:] if options.output.exists() else []
    for n in map(int, options.sizes.split(",")):
        for name in options.laws.split(";"):
            if not any(line.startswith(f"| {name} | {n} |") for line in done):
                done.append(row(name, n, options.repetitions))
                print(done[-1], flush=True)
                options.output.write_text(HEAD + "\n".join(done) + "\n")


if __name__ == "__main__":
    main()
