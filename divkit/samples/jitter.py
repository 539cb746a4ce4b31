"""Rows moved by noise, which breaks ties and blurs atoms."""

from __future__ import annotations

from divkit.rng import RandomState, as_generator
from divkit.samples.standard import Standard
from divkit.types import FloatArray


def spread(values: FloatArray, frame: Standard, jitter: float, rng: RandomState) -> FloatArray:
    """Rows (n, d) with uniform noise of ± `jitter` of each column's spread."""
    require_jitter(jitter)
    noise = as_generator(rng).uniform(-jitter, jitter, values.shape)
    return frame.inverse(frame(values) + noise)


def require_jitter(jitter: float) -> None:
    """Refuse noise of no size, or above one unit of spread."""
    if not 0 < jitter < 1:
        raise ValueError(f"jitter must be in (0, 1), in units of spread; got {jitter!r}.")


def jittered(jitter: float) -> str:
    """The note of rows that were moved."""
    return f"rows were moved by uniform noise of ±{jitter:g} of each column's spread"
