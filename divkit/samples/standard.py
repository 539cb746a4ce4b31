r"""Centre and scale, kept to the digits that the samples have.

A column of magnitude 1e200 overflows when it is squared, one of 1e-300 underflows, and an offset
of 1e8 eats the digits of a squared-distance expansion. So each column is first multiplied by a
power of two that brings its largest entry to [½, 1), which is exact; then its pooled median c is
taken off, which is exact for entries within a factor of two of c; then it is divided by its mean
distance from c. Every step is the same for x and y. An affine map of a column, x ↦ a + bx, leaves
the result as it was, up to the sign of b and the rounding of the map itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from divkit.types import FloatArray


@dataclass(frozen=True, eq=False)
class Standard:
    """z = (x·2^−e − centre)/spread, column by column.

    Attributes
    ----------
    exponent : e (d,), ints.
    centre : (d,), in units of 2^e.
    spread : (d,), in units of 2^e; 0 for a constant column, which z leaves at 0.

    Examples
    --------
    >>> import numpy as np
    >>> from divkit.samples import standard
    >>> standard(np.array([[0.0], [2.0]]), np.array([[4.0], [6.0]])).spread.shape
    (1,)
    """

    exponent: NDArray[np.int64]
    centre: FloatArray
    spread: FloatArray

    def __call__(self, x: FloatArray) -> FloatArray:
        """Standardised rows (n, d)."""
        scaled = np.ldexp(x, -self.exponent)
        divisor = np.where(self.spread > 0, self.spread, 1.0)
        return np.asarray((scaled - self.centre) / divisor)

    def inverse(self, z: FloatArray) -> FloatArray:
        """Rows (n, d) in the units of the samples."""
        divisor = np.where(self.spread > 0, self.spread, 1.0)
        return np.asarray(np.ldexp(z * divisor + self.centre, self.exponent))

    @property
    def unit(self) -> FloatArray:
        """The spread in the units of the samples (d,)."""
        return np.asarray(np.ldexp(self.spread, self.exponent))

    @property
    def log_volume(self) -> float:
        """log |dx/dz|, in nats: the difference of log densities in z and in x."""
        divisor = np.where(self.spread > 0, self.spread, 1.0)
        return float(np.log(divisor).sum() + np.log(2.0) * self.exponent.sum())


def standard(*samples: FloatArray) -> Standard:
    """Return the standardisation of samples (n, d), pooled.

    >>> import numpy as np
    >>> found = standard(np.array([[0.0], [2.0]]), np.array([[4.0], [6.0]]))
    >>> found.centre
    array([0.375])
    """
    pooled = np.concatenate(samples) if len(samples) > 1 else samples[0]
    exponent = np.frexp(np.abs(pooled).max(axis=0))[1].astype(np.int64)
    scaled = np.ldexp(pooled, -exponent)
    centre = np.median(scaled, axis=0)
    return Standard(exponent, centre, np.abs(scaled - centre).mean(axis=0))
