"""Triangles of noise on which a map to the line is nearly affine, and their halves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.generators.mesh.cells import cells
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.levels import LevelTriangles
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.triangles import Triangles, doubled_areas
from divkit.types import FloatArray

_GRID, _ROUNDS, _MOST = 24, 16, 12_000
_BULGE = 0.01  # of the spread of values
_LIGHT = 1e-7
_JUMP = 0.25  # of a triangle's range of values: one that is bent by more is not resolved


def affine_levels(layers: Layers, noise: Noise) -> LevelTriangles:
    """The triangles of a network of piecewise linear units, exactly."""
    found = cells(layers, noise.box)
    value = np.einsum("tij,tkj->tki", found.slope[found.cell], found.z)[..., 0]
    return LevelTriangles.of(noise, found.z, value + found.shift[found.cell])


@dataclass(frozen=True, eq=False)
class CurvedLevels:
    """A smooth network on triangles.

    Attributes
    ----------
    coarse, fine : triangles on which it is nearly affine, and their quarters.
    unresolved : mass of coarse triangles across which it jumps.
    """

    coarse: LevelTriangles
    fine: LevelTriangles
    unresolved: float


def curved_levels(layers: Layers, noise: Noise) -> CurvedLevels:
    """Halve triangles of noise until a smooth network is nearly affine on each."""
    draws = layers(np.asarray(noise.law.sample(1000, 0).numpy()))
    spread = float(draws.std()) or 1.0
    corner = _grid(noise.box)
    open_ = Triangles(corner, _values(layers, corner), np.zeros(len(corner), dtype=np.int64))
    done: list[Triangles] = []
    count, unresolved = 0, 0.0
    for k in range(_ROUNDS):
        flat, _ = open_.turned(spread)
        middle = _values(layers, 0.5 * (flat.z + flat.z[:, [1, 2, 0]]))
        straight = 0.5 * (flat.x + flat.x[:, [1, 2, 0]])
        bulge = np.abs(middle - straight).max(axis=(1, 2))
        weight = 0.5 * doubled_areas(flat.z) * np.exp(noise.peak(flat.z))
        coarse = (bulge > _BULGE * spread * np.sqrt(1e-4 / (weight + 1e-12))) & (weight > _LIGHT)
        last = k == _ROUNDS - 1 or count + 2 * int(coarse.sum()) > _MOST
        kept = np.flatnonzero(~coarse | last)
        done.append(flat.take(kept))
        count += len(done[-1])
        jumps = kept[
            bulge[kept] > np.maximum(_JUMP * _ranges(flat.x, middle)[kept], _BULGE * spread)
        ]
        z = flat.z[jumps]
        unresolved += float(noise.masses(z, flat.take(jumps).nodes()).sum())
        if last or not coarse.any():
            break
        open_ = _halved(layers, flat.take(np.flatnonzero(coarse)))
    every = Triangles.joined(done)
    fine = _halved(layers, every.turned(spread)[0])
    fine = _halved(layers, fine.turned(spread)[0])
    whole, finer = (LevelTriangles.of(noise, t.z, t.x[..., 0]) for t in (every, fine))
    return CurvedLevels(whole, finer, unresolved)


def _ranges(x: FloatArray, middle: FloatArray) -> FloatArray:
    """Ranges of values at corners and middles (t, 3, 1), (t,)."""
    return np.asarray(np.ptp(np.concatenate([x, middle], axis=1)[..., 0], axis=1))


def _halved(layers: Layers, flat: Triangles) -> Triangles:
    """Both halves, cut between corners 0 and 1, with true values."""
    halves = flat.halved()
    middle = _values(layers, halves.z[: len(flat), 1:2])
    halves.x[: len(flat), 1:2] = middle
    halves.x[len(flat) :, 1:2] = middle
    return halves


def _values(layers: Layers, z: FloatArray) -> FloatArray:
    return layers(z.reshape(-1, 2)).reshape(*z.shape[:-1], 1)


def _grid(box: FloatArray) -> FloatArray:
    """Triangles (t, 3, 2) that fill a box."""
    ticks = [np.linspace(low, high, _GRID + 1) for low, high in box]
    z = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1)
    a, b, c, d = (z[i : i + _GRID, j : j + _GRID] for i in (0, 1) for j in (0, 1))
    one, two = (np.stack(t, axis=2).reshape(-1, 3, 2) for t in ((a, c, d), (a, d, b)))
    return np.concatenate([one, two])
