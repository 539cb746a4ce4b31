r"""Gauss–Kronrod rules on boxes: one evaluation, two orders along every axis.

On each box the 15-point Kronrod rule K is taken along every axis. Replacing K by the embedded
7-point Gauss rule G along axis a alone, and keeping K along the others, gives a second value; the
sum over a of the differences is the box's error estimate (of the lower order, so an
overestimate for smooth integrands), and the largest of them says which axis to halve. The sum is
no less than the difference to G along every axis at once: of a kink along the diagonal of a box
each axis alone may see nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch

from divkit.types import Tensor

Integrand: TypeAlias = Callable[[Tensor], Tensor]
"""Points (n, d) to the values (n, c) of c integrands."""

# Piessens et al., QUADPACK, 1983, routine qk15: nodes from the outside to the middle.
_NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691258443,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0.0,
)
_KRONROD = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714,
)
_GAUSS = (
    0.129484966168869693270611432679082,
    0.279705391489276667901467771423780,
    0.381830050505118944950369775488975,
    0.417959183673469387755102040816327,
)


def _both_sides(half: tuple[float, ...], sign: float) -> Tensor:
    left = [sign * value for value in half[:-1]]
    return torch.tensor([*left, *reversed(half)], dtype=torch.float64)


def _interleaved() -> Tensor:
    full = torch.zeros(15, dtype=torch.float64)
    full[1::2] = _both_sides(_GAUSS, 1.0)
    return full


NODES = _both_sides(_NODES, -1.0)
KRONROD = _both_sides(_KRONROD, 1.0)
GAUSS = _interleaved()


@dataclass(frozen=True)
class Cells:
    """Integrals over n boxes: value (n, c), and the differences of two orders (n, d, c)."""

    low: Tensor
    high: Tensor
    value: Tensor
    gaps: Tensor

    @property
    def error(self) -> Tensor:
        """Sum over the axes of the absolute differences, (n, c)."""
        return self.gaps.sum(dim=1)

    def take(self, rows: Tensor) -> Cells:
        """The boxes that an index or a mask picks."""
        return Cells(self.low[rows], self.high[rows], self.value[rows], self.gaps[rows])

    def columns(self, which: list[int]) -> Cells:
        """The same boxes with some of the integrals."""
        return Cells(self.low, self.high, self.value[:, which], self.gaps[:, :, which])

    def __add__(self, other: Cells) -> Cells:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Cells(*(torch.cat(pair) for pair in pairs))

    def __len__(self) -> int:
        return len(self.low)


def integrate(integrand: Integrand, low: Tensor, high: Tensor, block: int = 2**17) -> Cells:
    """Integrate over boxes (n, d), about `block` points at a time."""
    per = max(1, block // len(NODES) ** low.shape[1])
    parts = [_cells(integrand, a, b) for a, b in zip(low.split(per), high.split(per), strict=True)]
    return Cells(*(torch.cat(list(field)) for field in zip(*parts, strict=True)))


def _cells(
    integrand: Integrand, low: Tensor, high: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    n, d = low.shape
    grid = torch.cartesian_prod(*[NODES] * d).reshape(-1, d)  # (15^d, d)
    half = 0.5 * (high - low)
    x = (low + half)[:, None] + half[:, None] * grid  # (n, 15^d, d)
    values = integrand(x.reshape(-1, d))
    values = values.reshape(n, *[len(NODES)] * d, -1) * half.prod(dim=1).reshape(n, *[1] * (d + 1))
    best = _contract(values, [KRONROD] * d)
    apart = [
        (_contract(values, [KRONROD] * a + [GAUSS] + [KRONROD] * (d - a - 1)) - best).abs()
        for a in range(d)
    ]
    gaps, together = torch.stack(apart, dim=1), (_contract(values, [GAUSS] * d) - best).abs()
    unseen = (together - gaps.sum(dim=1)).clamp(min=0) / d
    return low, high, best, gaps + unseen[:, None]


def _contract(values: Tensor, weights: list[Tensor]) -> Tensor:
    for weight in weights:
        values = torch.tensordot(values, weight, dims=([1], [0]))  # takes the first axis left
    return values


def halve(low: Tensor, high: Tensor, axis: Tensor) -> tuple[Tensor, Tensor]:
    """Halve each box along its axis (n,): both halves, (2n, d)."""
    rows = torch.arange(len(low))
    middle = 0.5 * (low[rows, axis] + high[rows, axis])
    upper, lower = low.clone(), high.clone()
    upper[rows, axis] = middle
    lower[rows, axis] = middle
    return torch.cat([low, upper]), torch.cat([lower, high])


def divide(low: Tensor, high: Tensor, wide: Tensor) -> tuple[Tensor, Tensor]:
    """Halve each box along every axis that `wide` (n, d) marks."""
    for axis in range(low.shape[1]):
        marked = wide[:, axis]
        ends = halve(low[marked], high[marked], torch.full((int(marked.sum()),), axis))
        low, high = torch.cat([low[~marked], ends[0]]), torch.cat([high[~marked], ends[1]])
        again = wide[marked]
        wide = torch.cat([wide[~marked], again, again])
    return low, high


def cut(low: Tensor, high: Tensor, faces: list[list[float]]) -> tuple[Tensor, Tensor]:
    """Cut boxes along the faces x_a = value that cross them; faces[a] lists the values."""
    for axis, values in enumerate(faces):
        for value in values:
            crossed = (low[:, axis] < value) & (value < high[:, axis])
            upper, lower = low[crossed].clone(), high[crossed].clone()
            upper[:, axis] = value
            lower[:, axis] = value
            low = torch.cat([low[~crossed], low[crossed], upper])
            high = torch.cat([high[~crossed], lower, high[crossed]])
    return low, high


def shell(inner: tuple[Tensor, Tensor], outer: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The boxes that fill `outer` around `inner`, of 3^d − 1 those that are not empty."""
    ends = torch.stack([outer[0], inner[0], inner[1], outer[1]])  # (4, d)
    d = ends.shape[1]
    picks = [pick for pick in itertools.product(range(3), repeat=d) if pick != (1,) * d]
    index = torch.tensor(picks)
    axes = torch.arange(d)
    low, high = ends[index, axes], ends[index + 1, axes]
    solid = (high > low).all(dim=1)
    return low[solid], high[solid]
