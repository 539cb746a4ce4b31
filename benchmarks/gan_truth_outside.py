r"""Recorded JSDs of networks beside code that shares nothing with divkit, five of each kind.

    OMP_NUM_THREADS=1 python benchmarks/gan_truth_outside.py [--kinds …] [--steps 300]
        [--fakes 2000000] [--out FILE] [--report FILE]

`default` are the runs of `train_gan` with no option on ring8, grid25, moons, spiral and
checkerboard, at their last step. From each record only numbers are taken: weights of the network,
centres and widths of p, the ends of its boxes. NumPy and SciPy then give

- `draws`: ½E_p log 2p/(p+q) + ½E_q log 2q/(p+q) by draws of both, with four standard errors. q(x)
  is Σ p_z/|det J| over all z with G(z) = x: from images of noise near x, one from each cell of
  noise, by Newton's steps; where J has no rank a fake pays ½ log 2;
- `least`: what a critic that is constant on 4,096 boxes of equal mass earns on fresh draws, less
  four standard errors: no JSD can be below it. Half of the fakes choose the logits, 250,000 points
  the boxes.

Points on the line: q(x) comes from a grid of 4 · 10⁵ values of G (noise on the line), `draws` is
left out for noise in the plane.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import gan_rows
import numpy as np
import torch
from scipy.spatial import cKDTree

from divkit.critics.activations import leaky
from divkit.distributions import Normal, ring
from divkit.distributions.base import Law
from divkit.gan import MLPGenerator, NetworkGenerator, Recorder, train_gan
from divkit.generators.generator import Generator, standard_normal
from divkit.generators.targets import target

OUT = Path(__file__).parent.parent / "out" / "gan_truth_outside.jsonl"
Run: TypeAlias = tuple[Law, Generator | None, int, int]
"""Data, generator, steps and seed."""
Array = np.ndarray[Any, np.dtype[np.float64]]
LOG2, POINTS, SEEDS, NEAR, CELL = math.log(2), 4000, 12, 100, 0.35
CUTS = 250_000
DEFAULTS = ("ring8", "grid25", "moons", "spiral", "checkerboard")


@dataclass(frozen=True)
class Net:
    """x = W_L h + b_L, h = s(W h + b); s is tanh or max(a, leak · a)."""

    layers: list[tuple[Array, Array]]
    leak: float | None

    def __call__(self, z: Array) -> tuple[Array, Array]:
        """Images (n, d) and Jacobians (n, d, k)."""
        h, slope = z, np.broadcast_to(np.eye(z.shape[1]), (len(z), z.shape[1], z.shape[1]))
        for w, b in self.layers[:-1]:
            a, slope = h @ w.T + b, np.matmul(w, slope)
            if self.leak is None:
                h, rate = np.tanh(a), 1 - np.tanh(a) ** 2
            else:
                rate = np.where(a > 0, 1.0, self.leak)
                h = rate * a
            slope = rate[:, :, None] * slope
        w, b = self.layers[-1]
        return h @ w.T + b, np.matmul(w, slope)

    def points(self, n: int, rng: np.random.Generator) -> Array:
        """Fakes (n, d)."""
        k = self.layers[0][0].shape[1]
        sizes = (min(20_000, n - at) for at in range(0, n, 20_000))
        return np.concatenate([self.value(rng.normal(size=(size, k))) for size in sizes])

    def value(self, z: Array) -> Array:
        """Images (n, d) alone."""
        for w, b in self.layers[:-1]:
            a = z @ w.T + b
            z = np.tanh(a) if self.leak is None else np.where(a > 0, 1.0, self.leak) * a
        w, b = self.layers[-1]
        return np.asarray(z @ w.T + b)


@dataclass(frozen=True)
class Data:
    """A mixture of isotropic normals, or the uniform law on equal boxes: (m, d) each."""

    centres: Array
    spread: Array
    weights: Array
    boxes: bool

    def points(self, n: int, rng: np.random.Generator) -> Array:
        """Draws (n, d)."""
        at = rng.choice(len(self.weights), n, p=self.weights)
        shape = (n, self.centres.shape[1])
        noise = rng.uniform(-1, 1, shape) if self.boxes else rng.normal(size=shape)
        return np.asarray(self.centres[at] + self.spread[at] * noise)

    def density(self, x: Array) -> Array:
        """At points (n, d)."""
        total = np.zeros(len(x))
        for c, s, w in zip(self.centres, self.spread, self.weights, strict=True):
            u = (x - c) / s
            if self.boxes:
                total += w * (np.abs(u) <= 1).all(axis=1) / (2 * s).prod()
            else:
                size = (math.sqrt(2 * math.pi) * s).prod()
                total += w * np.exp(-0.5 * (u**2).sum(axis=1)) / size
        return total


def density_in_plane(net: Net, x: Array, rng: np.random.Generator) -> Array:
    """q at points (n, 2): see the module."""
    noise = rng.normal(size=(300_000, 2)) * np.repeat([1.0, 2.0], 150_000)[:, None]
    images = np.concatenate([net(part)[0] for part in np.split(noise, 15)])
    near = cKDTree(images).query(x, NEAR)[1]  # (n, NEAR)
    cells = np.floor(noise[near] / CELL).astype(np.int64)
    cell = cells[..., 0] * 10_000 + cells[..., 1]
    order = np.argsort(cell, axis=1, kind="stable")
    ranked = np.take_along_axis(cell, order, axis=1)
    first = np.ones_like(ranked, dtype=bool)
    first[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    fresh = np.zeros_like(first)
    np.put_along_axis(fresh, order, first, axis=1)
    fresh &= np.cumsum(fresh, axis=1) <= SEEDS
    point, column = np.nonzero(fresh)
    z = noise[near[point, column]]
    live = np.arange(len(z))
    scale = float(images.std())
    for _ in range(12):
        value, slope = net(z[live])
        gap = x[point[live]] - value
        det = slope[:, 0, 0] * slope[:, 1, 1] - slope[:, 0, 1] * slope[:, 1, 0]
        keep = (np.abs(gap).max(axis=1) > 1e-11 * scale) & (np.abs(det) > 1e-14)
        live, gap, slope, det = live[keep], gap[keep], slope[keep], det[keep]
        if len(live) == 0:
            break
        step = (
            np.stack(
                [
                    slope[:, 1, 1] * gap[:, 0] - slope[:, 0, 1] * gap[:, 1],
                    slope[:, 0, 0] * gap[:, 1] - slope[:, 1, 0] * gap[:, 0],
                ],
                axis=1,
            )
            / det[:, None]
        )
        size = np.sqrt((step**2).sum(axis=1, keepdims=True))
        z[live] += step * np.minimum(1.0, 2.0 / np.maximum(size, 1e-300))
    value, slope = net(z)
    good = np.abs(x[point] - value).max(axis=1) <= 1e-8 * scale
    point, z, slope = point[good], z[good], slope[good]
    order = np.lexsort((z[:, 1], z[:, 0], point))
    point, z, slope = point[order], z[order], slope[order]
    new = np.ones(len(z), dtype=bool)
    new[1:] = (point[1:] != point[:-1]) | (np.abs(z[1:] - z[:-1]).max(axis=1) > 1e-6)
    point, z, slope = point[new], z[new], slope[new]
    det = np.abs(slope[:, 0, 0] * slope[:, 1, 1] - slope[:, 0, 1] * slope[:, 1, 0])
    rank = det > 1e-13 * (slope**2).sum(axis=(1, 2))
    paid = np.exp(-0.5 * (z**2).sum(axis=1)) / (2 * math.pi) / np.where(rank, det, 1.0)
    return np.bincount(point[rank], paid[rank], minlength=len(x))


def density_on_line(net: Net, x: Array) -> Array:
    """q at points (n, 1) of noise on the line: crossings of values on a grid."""
    z = np.linspace(-9, 9, 400_001)
    value = np.concatenate([net(part[:, None])[0][:, 0] for part in np.array_split(z, 100)])
    out = np.zeros(len(x))
    turns = np.flatnonzero(np.diff(np.sign(np.diff(value))) != 0) + 1
    for a, b in zip(np.append(0, turns), np.append(turns, len(value) - 1), strict=True):
        part, back = value[a : b + 1], z[a : b + 1]
        if part[-1] < part[0]:
            part, back = part[::-1], back[::-1]
        inside = (x[:, 0] > part[0]) & (x[:, 0] < part[-1])
        at = np.interp(x[inside, 0], part, back)
        slope = np.abs(net(at[:, None])[1][:, 0, 0])
        out[inside] += np.exp(-0.5 * at**2) / math.sqrt(2 * math.pi) / slope
    return out


def by_draws(net: Net, p: Data, rng: np.random.Generator) -> tuple[float, float] | None:
    """JSD and four standard errors; None where q is not had."""
    k, d = net.layers[0][0].shape[1], p.centres.shape[1]
    if k > d:
        return None
    x, z = p.points(POINTS, rng), rng.normal(size=(POINTS, k))
    y, slope = net(z)
    if d == 1:
        at_x, at_y = density_on_line(net, x), density_on_line(net, y)
        flat = np.zeros(POINTS, dtype=bool)
    else:
        both = density_in_plane(net, np.concatenate([x, y]), rng)
        at_x, at_y = both[:POINTS], both[POINTS:]
        det = np.abs(slope[:, 0, 0] * slope[:, 1, 1] - slope[:, 0, 1] * slope[:, 1, 0])
        flat = det <= 1e-13 * (slope**2).sum(axis=(1, 2))
    own = np.where(flat, np.inf, at_y)
    kept = own > 0
    one = LOG2 - np.log1p(at_x / p.density(x))
    ratio = p.density(y)[kept] / own[kept]
    two = LOG2 - np.log1p(ratio)
    error = 0.5 * math.sqrt(one.var() / len(one) + two.var() / len(two))
    return 0.5 * float(one.mean() + two.mean()), 4 * error


def least(net: Net, p: Data, fakes: int, rng: np.random.Generator) -> float:
    """A lower limit: see the module."""
    x, y = p.points(fakes, rng), net.points(fakes, rng)
    half = fakes // 2
    pool = np.concatenate([x[:half], y[:half], x[half:], y[half:]])
    leaf = np.zeros(len(pool), dtype=np.int64)
    fit = rng.permutation(2 * half)[: min(2 * half, CUTS)]
    for level in range(12):
        at = pool[:, level % pool.shape[1]]
        order = np.lexsort((at[fit], leaf[fit]))
        starts = np.searchsorted(leaf[fit][order], np.arange(2**level))
        ends = np.append(starts[1:], len(fit))
        middle = at[fit][order][np.minimum((starts + ends) // 2, len(fit) - 1)]
        leaf = 2 * leaf + (at > middle[leaf])
    real, fake = leaf[:half], leaf[half : 2 * half]
    counts = [np.bincount(part, minlength=2**12) + 0.5 for part in (real, fake)]
    logit = np.log(counts[0] / counts[1])
    a = -np.logaddexp(0, -logit[leaf[2 * half : 2 * half + len(x) - half]])
    b = -np.logaddexp(0, logit[leaf[2 * half + len(x) - half :]])
    error = 0.5 * math.sqrt(a.var() / len(a) + b.var() / len(b))
    return LOG2 + 0.5 * float(a.mean() + b.mean()) - 4 * error


def numbers_of(p: Law) -> Data:
    """The numbers that a law is made of."""
    if hasattr(p, "components"):
        means = np.array([np.atleast_1d(c.mean) for c in p.components])
        variance = [np.diag(np.atleast_2d(c.covariance)) for c in p.components]
        return Data(means, np.sqrt(variance), np.array(p.weights) / np.sum(p.weights), False)
    ends = np.array(p.support.boxes)  # (m, d, 2)
    equal = np.full(len(ends), 1 / len(ends))
    return Data(ends.mean(axis=2), 0.5 * np.diff(ends, axis=2)[..., 0], equal, True)


def net_of(generator: Any, theta: torch.Tensor) -> Net:
    """The weights of a network."""
    shapes = [generator.latent.dim, *generator.hidden, generator.dim]
    flat, layers = theta.double().numpy(), []
    for a, b in itertools.pairwise(shapes):
        w, flat = flat[: a * b].reshape(b, a), flat[a * b :]
        layers.append((w, flat[:b]))
        flat = flat[b:]
    if isinstance(generator, MLPGenerator):
        return Net(layers, None)
    w, b = layers[-1]
    layers[-1] = generator.spread * w, generator.centre + generator.spread * b
    return Net(layers, generator.activation.leak)


def runs(kind: str, steps: int) -> Iterator[tuple[str, Run]]:
    """Five trainings by name."""
    plane = standard_normal(2)
    made: dict[str, Generator] = {
        "relu": NetworkGenerator(hidden=(16, 16), activation=leaky(0.0)),
        "tanh": MLPGenerator(plane, 2, (12, 12)),
        "tanh on the line": MLPGenerator(Normal(), 1, (16, 16)),
        "network on the line": NetworkGenerator(plane, 1, (16, 16)),
    }
    if kind == "default":
        yield from ((name, (target(name), None, 5000, 0)) for name in DEFAULTS)
        return
    for seed in range(5):
        line = kind.endswith("line")
        name = "fgan" if line else ("ring of 8" if seed % 2 else "moons")
        p = target("fgan") if line else ring(8, 1.0, 0.2) if seed % 2 else target("moons")
        yield f"{name}, seed {seed}", (p, made[kind], steps, seed)


def row_of(kind: str, name: str, run: Run, fakes: int) -> dict[str, Any]:
    """One record, and what is found outside."""
    p, made, steps, seed = run
    chosen = {} if made is None else {"generator": made, "batch": 128}
    recorder = replace(Recorder(), neighbourhood=0)
    start = time.process_time()
    *_, last = train_gan(p, steps=steps, every=steps, seeds=(seed,), recorder=recorder, **chosen)
    seconds, js = time.process_time() - start, last.record.js
    net = net_of(last.training.generator, last.state.generator[0])
    rng, data = np.random.default_rng(seed + 1), numbers_of(p)
    drawn = by_draws(net, data, rng)
    return {
        "kind": kind, "name": name, "steps": steps, "js": js.value, "error": js.error,
        "low": js.interval[0], "one_sided": js.is_lower_bound, "draws": drawn,
        "least": least(net, data, fakes, rng), "fakes": fakes, "training_seconds": seconds,
        "seconds": time.process_time() - start - seconds,
        "truth_seconds": js.diagnostics.get("seconds"), "warnings": list(js.warnings),
    }  # fmt: skip


def table(rows: list[dict[str, Any]]) -> str:
    """A line a record."""
    lines = [
        "# Recorded JSDs from outside",
        "",
        "`python benchmarks/gan_truth_outside.py`; what is in the columns is in its docstring.",
        "",
        "| generator | data | recorded | draws ± 4 SE | least | holds |",
        "|---|---|---|---|---|---|",
    ]
    hold = 0
    for r in rows:
        high = math.inf if r["one_sided"] else r["js"] + r["error"]
        good = high >= r["least"]
        drawn = "–"
        if r["draws"]:
            value, room = r["draws"]
            drawn = f"{value:.4f} ± {room:.4f}"
            low = r["low"] if r["one_sided"] else r["js"] - r["error"]
            good &= low - room <= value <= high + room
        hold += good
        lines.append(
            f"| {r['kind']} | {r['name']} | {r['js']:.5f} ± {r['error']:.1g} | {drawn} | "
            f"{r['least']:.4f} | {'yes' if good else 'no'} |"
        )
    lines += ["", f"{hold} of {len(rows)} hold; {rows[0]['fakes']:,} fakes.", ""]
    return "\n".join(lines)


def main() -> None:
    parser = gan_rows.parser_of(__doc__, OUT)
    kinds = "default,relu,tanh,tanh on the line,network on the line"
    parser.add_argument("--kinds", default=kinds)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--fakes", type=int, default=2_000_000)
    chosen = parser.parse_args()
    asked = (
        ((kind, name), partial(row_of, kind, name, run, chosen.fakes))
        for kind in chosen.kinds.split(",")
        for name, run in runs(kind, chosen.steps)
    )
    gan_rows.measured(chosen, ("kind", "name"), asked, table)


if __name__ == "__main__":
    main()
