r"""Random tables with atoms, rounded columns and copies: how often is an estimate silently wrong?

Each case draws laws of a random kind: labels, tables, flags, labels beside a normal, zeros beside
a normal, both, counts, rounded normals, rounded beside unrounded, copied rows, names coded as
whole numbers, parities of flags, normals whose spread depends on a cell. Columns that tell
nothing are added, of any kind, some of them shifted by a function of the others (an invertible
map), and the columns are shuffled. Truth is a sum over cells of SciPy's quadrature. A case is
silent if the value is off by more than 4 stated errors and is not flagged (infinite error,
one-sided, or refused).

    python benchmarks/columns_random.py --cases 500 --seed 0
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from coverage_columns import atom, of_normals, of_sums
from scipy import stats

import divkit

Rng = np.random.Generator
SIZES = (200, 200, 300, 500, 500, 1000, 2000)


@dataclass(frozen=True)
class Case:
    """Two samples and the JSD of their laws; None where there is no ratio and none may be told."""

    x: np.ndarray
    y: np.ndarray
    truth: float | None


def weights(rng: Rng, k: int) -> np.ndarray:
    """Shares of k cells, some of them 0 at times."""
    w = rng.dirichlet(np.full(k, rng.choice([1.0, 3.0])))
    if k > 2 and rng.random() < 0.25:
        w[rng.integers(k)] = 0
    return np.asarray(w / w.sum())


def near(rng: Rng, w: np.ndarray) -> np.ndarray:
    """The same or other shares."""
    if rng.random() < 0.2:
        return w
    return weights(rng, len(w)) if rng.random() < 0.5 else _mixed(w, weights(rng, len(w)))


def _mixed(w: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 0.7 * w + 0.3 * v


def codes(rng: Rng, k: int) -> np.ndarray:
    """Values of k labels: whole numbers, moved ones, or any."""
    kind = rng.integers(3)
    values = rng.permutation(k).astype(float)
    return values if kind == 0 else values + 0.3 if kind == 1 else rng.normal(0, 3, k)


def labels(rng: Rng, n: int, m: int) -> Case:
    k = int(rng.integers(2, 9))
    w, values = weights(rng, k), codes(rng, k)
    v = near(rng, w)
    draw = (values[rng.choice(k, size, p=p)][:, None] for size, p in ((n, w), (m, v)))
    return Case(*draw, of_sums(list(w), list(v)))


def table(rng: Rng, n: int, m: int) -> Case:
    shape = tuple(rng.integers(2, 5, 2))
    w = weights(rng, shape[0] * shape[1])
    v = near(rng, w)
    x, y = (
        np.column_stack(np.unravel_index(rng.choice(len(w), size, p=p), shape)).astype(float)
        for size, p in ((n, w), (m, v))
    )
    return Case(x, y, of_sums(list(w), list(v)))


def flags(rng: Rng, n: int, m: int) -> Case:
    d = int(rng.integers(2, 6))
    p = rng.uniform(0.1, 0.9, d)
    q = np.clip(p + rng.normal(0, rng.choice([0.0, 0.1, 0.3]), d), 0.05, 0.95)
    cells = [np.array([1.0]), np.array([1.0])]
    for a, b in zip(p, q, strict=True):
        cells = [np.outer(c, [1 - s, s]).ravel() for c, s in zip(cells, (a, b), strict=True)]
    x, y = ((rng.random((size, d)) < s).astype(float) for size, s in ((n, p), (m, q)))
    return Case(x, y, of_sums(list(cells[0]), list(cells[1])))


def _normals(rng: Rng, k: int) -> tuple[np.ndarray, np.ndarray]:
    size = rng.choice([0.0, 0.5, 1.5])
    mu = rng.normal(0, 1, k)
    return mu, mu + size * rng.normal(0, 1, k)


def labels_beside(rng: Rng, n: int, m: int) -> Case:
    k = int(rng.integers(2, 6))
    w, values = weights(rng, k), codes(rng, k)
    v, (mu, nu) = near(rng, w), _normals(rng, k)
    rows = []
    for size, p, mean in ((n, w, mu), (m, v, nu)):
        cell = rng.choice(k, size, p=p)
        rows.append(np.column_stack([values[cell], rng.normal(mean[cell], 1)]))
    cells = [(w[c], mu[c], 1.0, v[c], nu[c], 1.0) for c in range(k)]
    return Case(rows[0], rows[1], of_normals(cells))


def zeros(rng: Rng, n: int, m: int) -> Case:
    """An atom or two beside a normal, in x, in y, or in both."""
    k = int(rng.integers(1, 3))
    w, v = weights(rng, k + 1), weights(rng, k + 1)
    if rng.random() < 0.3:
        v = np.r_[np.zeros(k), 1.0]
    at = rng.normal(0, 1, k)
    (mu,), (nu,) = _normals(rng, 1)
    rows = []
    for size, p, mean in ((n, w, mu), (m, v, nu)):
        cell = rng.choice(k + 1, size, p=p)
        rows.append(np.where(cell < k, at[np.minimum(cell, k - 1)], rng.normal(mean, 1, size)))
    truth = sum(atom(w[c], v[c]) for c in range(k)) + of_normals([(w[k], mu, 1, v[k], nu, 1)])
    return Case(rows[0][:, None], rows[1][:, None], truth)


def zeros_and_labels(rng: Rng, n: int, m: int) -> Case:
    """A label, and a column that is 0 or normal, whose mean depends on the label."""
    k = int(rng.integers(2, 4))
    w, v = weights(rng, 2 * k), weights(rng, 2 * k)
    mu, nu = _normals(rng, k)
    rows = []
    for size, p, mean in ((n, w, mu), (m, v, nu)):
        label, is_zero = np.divmod(rng.choice(2 * k, size, p=p), 2)
        column = np.where(is_zero == 1, 0.0, rng.normal(mean[label], 1))
        rows.append(np.column_stack([label, column]))
    cells = [(w[2 * c], mu[c], 1.0, v[2 * c], nu[c], 1.0) for c in range(k)]
    truth = of_normals(cells) + sum(atom(w[2 * c + 1], v[2 * c + 1]) for c in range(k))
    return Case(rows[0], rows[1], truth)


def counts(rng: Rng, n: int, m: int) -> Case:
    mean = float(rng.uniform(2, 60))
    other = mean * float(rng.choice([1.0, 1.1, 1.5]))
    at = range(400)
    truth = of_sums(*(list(stats.poisson(t).pmf(at) + 1e-300) for t in (mean, other)))
    return Case(rng.poisson(mean, (n, 1)) * 1.0, rng.poisson(other, (m, 1)) * 1.0, truth)


def rounded(rng: Rng, n: int, m: int) -> Case:
    digits, shift = int(rng.integers(0, 3)), float(rng.choice([0.0, 0.5, 1.0]))
    step = 10.0**-digits
    edges = np.arange(-9 - step / 2, 10 + step, step)
    cells = (list(np.diff(stats.norm(mean, 1).cdf(edges)) + 1e-300) for mean in (0, shift))
    x, y = (np.round(rng.normal(mean, 1, (s, 1)), digits) for mean, s in ((0, n), (shift, m)))
    return Case(x, y, of_sums(*cells))


def uneven(rng: Rng, n: int, m: int) -> Case:
    """Rounded beside unrounded, or to other steps: no ratio."""
    x = np.round(rng.normal(size=(n, 1)), 1)
    y = rng.normal(size=(m, 1))
    if rng.random() < 0.5:
        y = np.round(y, 2) if rng.random() < 0.5 else np.round(y, 1) + 0.05
    return Case(x, y, None)


def copies(rng: Rng, n: int, m: int) -> Case:
    d, shift = int(rng.integers(1, 4)), float(rng.choice([0.0, 0.5, 1.0]))
    rows = []
    for size, mean in ((n, 0.0), (m, shift)):
        kind, own = rng.integers(4), rng.normal(mean, 1, (size, d))
        fold = int(rng.integers(2, 6))
        if kind == 0:
            own = np.repeat(own[: size // fold], fold, axis=0)
        elif kind == 1:
            own = own[rng.integers(0, size, size)]
        elif kind == 2:
            own = np.concatenate([own[: size // 2], own[: size // 2 : 2]])
        rows.append(rng.permutation(own))
    return Case(rows[0], rows[1], of_normals([(1, 0, 1, 1, shift * math.sqrt(d), 1)]))


def many_codes(rng: Rng, n: int, m: int) -> Case:
    """Whole numbers that are names: no order in their shares."""
    k = int(rng.integers(13, 60))
    w = weights(rng, k)
    v = near(rng, w)
    x, y = (rng.choice(k, (size, 1), p=p) * 1.0 for size, p in ((n, w), (m, v)))
    return Case(x, y, of_sums(list(w), list(v)))


def parity(rng: Rng, n: int, m: int) -> Case:
    """Fair flags, whose sum is even more often in x than in y."""
    d, share = int(rng.integers(2, 5)), float(rng.uniform(0.5, 0.9))
    rows = []
    for size, even in ((n, share), (m, 1 - share)):
        own = rng.integers(0, 2, (size, d))
        wrong = (own.sum(axis=1) % 2 == 0) != (rng.random(size) < even)
        own[wrong, 0] = 1 - own[wrong, 0]
        rows.append(own.astype(float))
    return Case(rows[0], rows[1], of_sums([share, 1 - share], [1 - share, share]))


def spreads(rng: Rng, n: int, m: int) -> Case:
    """A normal whose mean and spread depend on a label, or on being off an atom elsewhere."""
    w, v = weights(rng, 2), weights(rng, 2)
    mu, nu = _normals(rng, 2)
    sigma, tau = (np.exp(rng.normal(0, 0.5, 2)) for _ in range(2))
    beside_atom = rng.random() < 0.5
    rows = []
    for size, p, mean, spread in ((n, w, mu, sigma), (m, v, nu, tau)):
        cell = rng.choice(2, size, p=p)
        first = np.where(cell == 0, 0.0, rng.normal(1, 1, size)) if beside_atom else cell
        rows.append(np.column_stack([first, rng.normal(mean[cell], spread[cell])]))
    cells = [(w[c], mu[c], sigma[c], v[c], nu[c], tau[c]) for c in range(2)]
    return Case(rows[0], rows[1], of_normals(cells))


KINDS: dict[str, Callable[[Rng, int, int], Case]] = {
    "labels": labels,
    "table": table,
    "flags": flags,
    "labels beside a normal": labels_beside,
    "zeros": zeros,
    "zeros and labels": zeros_and_labels,
    "counts": counts,
    "rounded": rounded,
    "rounded unevenly": uneven,
    "many codes": many_codes,
    "parity": parity,
    "spreads": spreads,
    "copies": copies,
}


def silent_columns(rng: Rng, case: Case, copied: bool) -> Case:
    """The case with columns that add nothing to the divergence, in any order."""
    x, y = case.x, case.y
    for _ in range(int(rng.integers(0, 5 - x.shape[1] + 1)) if not copied else 0):
        kind, share = rng.integers(4), rng.uniform(0.1, 0.9)
        made = []
        for rows in (x, y):
            column = rng.normal(size=len(rows))
            if kind == 1:
                column = column + 0.5 * rows[:, 0]
            elif kind == 2:
                column = (rng.random(len(rows)) < share).astype(float)
            elif kind == 3:
                column = np.where(rng.random(len(rows)) < share, 0.0, column)
            made.append(np.column_stack([rows, column]))
        x, y = made
    order = rng.permutation(x.shape[1])
    return Case(x[:, order], y[:, order], case.truth)


def judge(case: Case) -> tuple[str, float]:
    """The verdict (flagged, held, missed or silent), and how many errors off the value is."""
    try:
        found = divkit.estimate(case.x, case.y, "js")
    except ValueError:
        return "flagged", math.nan
    if math.isinf(found.error) or found.one_sided is not None:
        return "flagged", math.nan
    if case.truth is None:
        return "silent", math.inf
    away = (found.value - case.truth) / found.error
    low, high = found.interval
    if abs(away) > 4:
        return "silent", away
    return ("held" if low - 1e-12 <= case.truth <= high + 1e-12 else "missed"), away


def made(seed: int) -> tuple[str, Case]:
    """The case of a seed."""
    rng = np.random.default_rng(seed)
    name = list(KINDS)[seed % len(KINDS)]
    n, m = (int(size) for size in rng.choice(SIZES, 2))
    return name, silent_columns(rng, KINDS[name](rng, n, m), name == "copies")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after so many")
    parser.add_argument("--missed", action="store_true", help="name intervals that miss, too")
    options = parser.parse_args()
    start, tally, done = time.perf_counter(), defaultdict(Counter), 0
    for seed in range(options.seed, options.seed + options.cases):
        if time.perf_counter() - start > options.seconds:
            break
        name, case = made(seed)
        verdict, away = judge(case)
        tally[name][verdict] += 1
        done += 1
        if verdict == "silent" or (options.missed and verdict == "missed"):
            sizes = f"{len(case.x)} and {len(case.y)} rows, {case.x.shape[1]} columns"
            print(f"{verdict}: seed {seed}, {name}, {sizes}, {away:+.1f} errors off", flush=True)
    print(f"{done} cases in {time.perf_counter() - start:.0f} s")
    print("| kind | cases | flagged | held | missed | silent |\n|---|--:|--:|--:|--:|--:|")
    total: Counter[str] = sum(tally.values(), Counter())
    for name, found in [*tally.items(), ("all", total)]:
        cells = (found[word] for word in ("flagged", "held", "missed", "silent"))
        print(f"| {name} | {found.total()} | " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    main()
