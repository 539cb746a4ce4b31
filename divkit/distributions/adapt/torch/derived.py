"""Classes derived from torch's own that write a density or a sampler anew."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import stats
from torch import distributions as td

from divkit.distributions.base import Law
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.rng import seeded
from divkit.types import FloatArray, Tensor

_DRAWS = 4000
_FALSE_ALARM = 1e-9
_ROOM = 1e-4  # of the mass, for float32


def enumerated(obj: td.Distribution) -> list[Law]:
    """The finite laws of a batch, from a log_prob of its own at the points that it enumerates.

    Raises
    ------
    ValueError
        If its masses do not sum to 1.
    """
    points = obj.enumerate_support(expand=False)  # (k, 1, …, *event)
    logs = obj.log_prob(points.expand(-1, *obj.batch_shape, *obj.event_shape)).detach()
    unit = float(torch.finfo(logs.dtype).eps) if logs.dtype.itemsize < 8 else 0.0
    atoms = points.detach().double().reshape(len(points), -1).numpy()
    columns = logs.double().reshape(len(points), -1).T.tolist()
    return [_finite(atoms, column, unit, obj) for column in columns]


def _finite(atoms: FloatArray, logs: list[float], unit: float, obj: td.Distribution) -> FiniteLaw:
    total = math.fsum(map(math.exp, logs))
    if not abs(total - 1) <= _ROOM:
        raise ValueError(
            f"the log_prob of {obj!r} gives its {len(logs)} points {total:.6g} of mass, not 1. "
            "Pass divkit.distributions.FiniteLaw(atoms, probs)."
        )
    radii = [2 * unit * (1 + abs(l)) if l > -math.inf else 0.0 for l in logs]
    return FiniteLaw.from_logs(atoms, logs, radii=radii)


def require_same_draws(obj: td.Distribution, family: type, method: str) -> None:
    """Refuse a class that draws otherwise than the density that it inherits.

    Its draws are compared with those of `family` by a Kolmogorov–Smirnov test of each coordinate
    and of the log density; two samples of one law fail one time in 10⁹.

    Raises
    ------
    TypeError
        If they are of another law.
    """
    own, inherited = (_drawn(obj, kind, method) for kind in (type(obj), family))
    features = zip(_features(obj, own), _features(obj, inherited), strict=True)
    least = min(stats.ks_2samp(a, b).pvalue for a, b in features)
    if least < _FALSE_ALARM:
        raise TypeError(
            f"{type(obj).__name__}.{method} draws another law than the log_prob that it "
            f"has of {family.__name__}. Write its log_prob too, or pass "
            "divkit.law(log_prob, sample=...); rows that it draws go to divkit.estimate(x, y)."
        )


def _drawn(obj: td.Distribution, kind: type, method: str) -> Tensor:
    with seeded(0 if kind is type(obj) else 1), torch.no_grad():
        draws: Tensor = getattr(kind, method)(obj, torch.Size((_DRAWS,)))
        return draws


def _features(obj: td.Distribution, draws: Tensor) -> list[FloatArray]:
    rows = draws.double().reshape(_DRAWS, -1).numpy()
    logs = obj.log_prob(draws).detach().double().reshape(_DRAWS, -1).numpy()
    return [np.nan_to_num(column) for column in (*rows.T, *logs.T)]
