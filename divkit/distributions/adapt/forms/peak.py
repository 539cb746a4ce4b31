"""Where a form has its peak, and how wide it is: for laws that a library places nowhere."""

from __future__ import annotations

import math

import numpy as np
import torch

from divkit.distributions.adapt.forms.form import Form
from divkit.types import FloatArray

_GRID = np.linspace(-300.0, 300.0, 2_401)  # of logs of distances
_ZOOM, _ROUNDS = 101, 12
_DROP = 0.5  # of log p, at one standard deviation of a normal law


def peak(form: Form) -> tuple[float, float]:
    """Return the highest place that a search in logs finds, and the distance of half a drop, or 0.

    It is a place to look at, no more: what else a law has is found, or missed, from there.
    """
    z = _spread(form)
    for _ in range(_ROUNDS):
        logs = _logs(form, z)
        top = int(np.argmax(logs))
        low, high = z[max(top - 1, 0)], z[min(top + 1, len(z) - 1)]
        best = float(z[top])
        z = np.unique(np.append(np.linspace(low, high, _ZOOM), best))
    height = float(_logs(form, np.array([best]))[0])
    widths = [_fallen(form, best, height, side) for side in (-1.0, 1.0)]
    return best, min((width for width in widths if width > 0), default=0.0)


def _spread(form: Form) -> FloatArray:
    away = np.exp(_GRID)
    ends = math.isfinite(form.low), math.isfinite(form.high)
    if all(ends):
        share = 1 / (1 + np.exp(-_GRID[np.abs(_GRID) < 36]))
        return np.asarray(form.low + (form.high - form.low) * share)
    if ends[0]:
        return np.asarray(form.low + away)
    if ends[1]:
        return np.asarray(form.high - away[::-1])
    return np.concatenate([-away[::-1], [0.0], away])


def _logs(form: Form, z: FloatArray) -> FloatArray:
    below = z - form.low if math.isfinite(form.low) else np.full_like(z, math.inf)
    above = form.high - z if math.isfinite(form.high) else np.full_like(z, math.inf)
    logs = form.log_density(*map(torch.from_numpy, (z, below, above))).numpy()
    return np.where(np.isfinite(logs), logs, -math.inf)


def _fallen(form: Form, best: float, height: float, side: float) -> float:
    """The distance on a side over which log p falls by `_DROP`; 0 where it does not inside."""
    steps = np.exp(np.linspace(-60.0, 60.0, 4_801)) * max(abs(best), 1e-30)
    at = best + side * steps
    inside = (at > form.low) & (at < form.high) & (at != best)
    if not inside.any():
        return 0.0
    fallen = _logs(form, at[inside]) < height - _DROP
    return float(steps[inside][np.argmax(fallen)]) if fallen.any() else 0.0
