"""Samples as they come in: finite rows of one dimension; what is repeated in them."""

from __future__ import annotations

import numpy as np
import torch

from divkit.arrays import points
from divkit.types import Samples, Tensor


def rows(sample: Samples, name: str, dim: int | None = None) -> Tensor:
    """Return a sample as (n, d) float64, detached; without `dim`, shape (n,) is (n, 1).

    Raises
    ------
    ValueError
        If it is empty, has another dimension than `dim`, or a row that is not finite.
    """
    shape = np.shape(sample)
    wanted = int(shape[1]) if dim is None and len(shape) == 2 else dim or 1
    sample_rows = points(sample, wanted, name=name).detach().cpu()
    if len(sample_rows) == 0:
        raise ValueError(f"{name} is empty; it needs at least one row.")
    bad = ~sample_rows.isfinite().all(dim=1)
    if bool(bad.any()):
        at = int(bad.nonzero()[0])
        raise ValueError(
            f"{name} must be finite; row {at} is {sample_rows[at].tolist()}. Drop such rows first."
        )
    return sample_rows


def repetitions(x: Tensor, y: Tensor) -> list[str]:
    """Warnings of rows that occur more than once within a sample, or in both."""
    warnings = []
    for name, sample in (("x", x), ("y", y)):
        extra = len(sample) - len(torch.unique(sample, dim=0))
        if extra:
            warnings.append(
                f"{extra} of {len(sample)} rows of {name} repeat another: what was trained on may "
                "be tested on, unless the law has atoms"
            )
    shared = len(torch.unique(x, dim=0)) + len(torch.unique(y, dim=0))
    shared -= len(torch.unique(torch.cat([x, y]), dim=0))
    if shared:
        warnings.append(f"x and y share {shared} distinct rows: they may not be independent")
    return warnings
