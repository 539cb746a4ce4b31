r"""The share of a fit that its ridge holds back: the bias that averaging leaves uncancelled.

For a linear smoother S with noise σ² the residual sum of squares is, in the mean, N − 2 tr S +
tr S² noises in the sample and N + tr S² on fresh rows, each plus b², the square of the ridge's
bias (Hastie, Tibshirani, Friedman 2009, section 7.6). Their mean is too small by tr S(I − S)
noises and too large by b². If the coefficients are draws of the Gaussian prior that the ridge
stands for, E b² = tr S(I − S) noises, and the two cancel; without a ridge both are 0. So

    ρ = tr S(I − S)/tr S

is the share of the half gap between the readings that cancels by the prior's word only: a truth
that is smoother or rougher than the ridge says is off by about as much. Along a path of ridges
d tr S/d log λ = −tr S(I − S), for every eigenvalue s = g/(g + λ) of S: the slope of the effective
number of parameters shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from divkit.estimators.common.ridge_path import Fit
from divkit.types import FloatArray


def held_back(fits: Sequence[Fit], paths: Sequence[Fit]) -> FloatArray:
    """The share ρ of each fit (K,), from the fits of its design in `paths`; 1 for a lone one."""
    return np.array(
        [_share(fit, [one for one in paths if one.label == fit.label]) for fit in fits]
    )


def _share(fit: Fit, path: Sequence[Fit]) -> float:
    if len(path) < 2:
        return 1.0
    ordered = sorted(path, key=lambda one: one.ridge)
    place = [one is fit for one in ordered].index(True)
    near = ordered[max(place - 1, 0) : place + 2]
    fall = near[0].parameters - near[-1].parameters
    share = fall / float(np.log(near[-1].ridge / near[0].ridge)) / fit.parameters
    return float(min(max(share, 0.0), 1.0))
