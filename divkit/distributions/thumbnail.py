"""Laws as notebooks show them: what they are, and a small picture of a density on the line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import torch

from divkit import markup
from divkit.distributions.support import Atoms, Boxes, Lattice

if TYPE_CHECKING:
    from divkit.distributions.base import Law

_POINTS, _SCALES = 161, 4.0
_MOST_ATOMS = 60
_LONGEST = 300


def shown(law: Law) -> str:
    """Return the law as HTML, with its density over four scales around its features."""
    words = repr(law)
    words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    return f"<div><code>{escape(words)}</code><br>{_picture(law)}</div>"


def _picture(law: Law) -> str:
    if law.dim != 1:
        return f"in dimension {law.dim}"
    if isinstance(law.support, Boxes):
        x = _places(law, law.support)
        return markup.curve(x, _heights(law, x), "density")
    x = _atoms(law)
    return markup.stems(x, _heights(law, x), "probabilities") if x else ""


def _heights(law: Law, x: Sequence[float]) -> list[float]:
    logs = law.log_prob(torch.tensor(x, dtype=torch.float64)[:, None])
    return [float(h) for h in logs.exp()]


def _places(law: Law, support: Boxes) -> list[float]:
    """Points over the features, inside the support: its ends themselves may be poles."""
    low = min(f.center[0] - _SCALES * f.scale[0] for f in law.features)
    high = max(f.center[0] + _SCALES * f.scale[0] for f in law.features)
    ends = [end for ((a, b),) in support.boxes for end in (a, b)]
    low, high = max(low, min(ends)), min(high, max(ends))
    return [low + (high - low) * (k + 0.5) / _POINTS for k in range(_POINTS)]


def _atoms(law: Law) -> list[float]:
    """The places of atoms, where they are few; whole numbers about the features of a lattice."""
    support = law.support
    if isinstance(support, Atoms) and len(support.atoms) <= _MOST_ATOMS:
        return sorted(point for (point,) in support.atoms)
    if isinstance(support, Lattice) and law.mean is not None and law.covariance is not None:
        middle, spread = float(law.mean[0]), math.sqrt(float(law.covariance[0, 0]))
        if math.isfinite(middle) and _SCALES * spread < _MOST_ATOMS / 2:
            ends = math.floor(middle - _SCALES * spread), math.ceil(middle + _SCALES * spread)
            found = torch.arange(ends[0], ends[1] + 1, dtype=torch.float64)[:, None]
            return [float(x) for x in found[support.contains(found)][:, 0]]
    return []
