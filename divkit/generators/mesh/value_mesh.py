"""Triangles of noise on which a map to the line is nearly affine, and their halves."""

from __future__ import annotations

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


def affine_levels(layers: Layers, noise: Noise) -> LevelTriangles:
    """The triangles of a network of piecewise linear units, exactly."""
    found = cells(layers, noise.box)
    value = np.einsum("tij,tkj->tki", found.slope[found.cell], found.z)[..., 0]
    return LevelTriangles.of(noise, found.z, value + found.shift[found.cell])


def curved_levels(layers: Layers, noise: Noise) -> tuple[LevelTriangles, LevelTriangles]:
    """Triangles on which a smooth network is nearly affine, and their halves."""
    draws = layers(np.asarray(noise.law.sample(1000, 0).numpy()))
    spread = float(draws.std()) or 1.0
    corner = _grid(noise.box)
    open_ = Triangles(corner, _values(layers, corner), np.zeros(len(corner), dtype=np.int64))
    done: list[Triangles] = []
    count = 0
    for k in range(_ROUNDS):
        flat, _ = open_.turned(spread)
        middle = _values(layers, 0.5 * (flat.z[:, :2] + flat.z[:, [1, 2]]))
        straight = 0.5 * (flat.x[:, :2] + flat.x[:, [1, 2]])
        bulge = np.abs(middle - straight).max(axis=(1, 2))
        weight = 0.5 * doubled_areas(flat.z) * np.exp(noise.peak(flat.z))
        coarse = (bulge > _BULGE * spread * np.sqrt(1e-4 / (weight + 1e-12))) & (weight > _LIGHT)
        last = k == _ROUNDS - 1 or count + 2 * int(coarse.sum()) > _MOST
        done.append(flat.take(np.flatnonzero(~coarse | last)))
        count += len(done[-1])
        if last or not coarse.any():
            break
        open_ = _halved(layers, flat.take(np.flatnonzero(coarse)))
    every = done[0]
    for part in done[1:]:
        every = every + part
    fine = _halved(layers, every.turned(spread)[0])
    fine = _halved(layers, fine.turned(spread)[0])
    whole, finer = (LevelTriangles.of(noise, t.z, t.x[..., 0]) for t in (every, fine))
    return whole, finer


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
