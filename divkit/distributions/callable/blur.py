"""The error of a log density that was computed in floats of less than 64 bits.

A law of float32 parameters is the law of those numbers, and is computed in float64. Where a
library or an author computes in float32 on the way, the digits are gone: they show in the type
of what is returned, or in steps (a change of x by 1e-10 changes nothing, one by 1e-6 does). What
is missing then enters the error of a divergence.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from divkit.types import Tensor

_OPERATIONS = 8  # roundings of the smaller type that a log density is taken to have
_FINE, _COARSE = 2.0**-33, 2.0**-20  # relative steps between which float32 has its own


def blur_of(log_density: Callable[[Tensor], Tensor], points: Tensor) -> float:
    """The error of a log density in units of 1 + |log p|, 0 where it is float64's own.

    `points` are points of the support, (n,) or (n, d).
    """
    values = log_density(points).detach()
    if not values.dtype.is_floating_point:
        return 0.0
    eps = torch.finfo(values.dtype).eps if values.dtype.itemsize < 8 else 0.0
    moved = [log_density(points * (1 + step)).detach() for step in (_FINE, _COARSE)]
    finite = values.isfinite() & moved[0].isfinite() & moved[1].isfinite()
    fine, coarse = ((other - values)[finite].double().abs() for other in moved)
    if eps == 0.0 and len(fine) and bool((fine == 0).all()) and bool((coarse > 0).any()):
        eps = torch.finfo(torch.float32).eps
    if eps == 0.0:
        return 0.0
    shift = float(coarse.max()) * eps / _COARSE if len(coarse) else 0.0
    return _OPERATIONS * (eps + shift)
