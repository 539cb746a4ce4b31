r"""Small binary images whose probabilities are enumerated, up to 16 pixels.

An image is a point of {0, 1}^d, rows of pixels one after the other. Because the whole probability
mass function is a table, likelihoods, divergences and D* of any two such laws are exact sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from divkit.distributions.base import finite
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.finite.log_weights import LogWeights
from divkit.types import FloatArray, Tensor

_MOST_PIXELS = 16


@dataclass(frozen=True, repr=False, eq=False)
class BinaryImages(FiniteLaw):
    """A finite law on binary images; `shape` is (rows, columns).

    Raises
    ------
    ValueError
        If an atom does not have rows × columns pixels, or is not binary.

    Examples
    --------
    >>> from divkit.distributions import bars_and_stripes
    >>> bars_and_stripes(2).shape
    (2, 2)
    """

    shape: tuple[int, int]

    def __post_init__(self) -> None:
        FiniteLaw.__post_init__(self)
        rows, columns = self.shape
        if self.dim != rows * columns:
            raise ValueError(f"shape {self.shape} has {rows * columns} pixels; atoms {self.dim}.")
        if not np.isin(self.points, (0.0, 1.0)).all():
            raise ValueError("pixels must be 0 or 1.")

    def as_images(self, x: Tensor) -> Tensor:
        """Points (n, d) as images (n, rows, columns)."""
        return x.reshape(-1, *self.shape)


def bars_and_stripes(side: int) -> BinaryImages:
    """Return bars and stripes: a fair coin picks rows or columns, another lights each line.

    Each of the 2^side patterns of either kind has probability 2^{−side−1}; the empty and the full
    image are of both kinds (Hinton, Sejnowski 1986; MacKay 2003, section 43).

    Parameters
    ----------
    side : pixels along an edge, 1 to 4.

    Returns
    -------
    FiniteLaw
        Of images flattened by rows.

    Raises
    ------
    ValueError
        If side is not in 1 … 4.

    See Also
    --------
    divkit.ising : another law of binary images.
    divkit.categorical : a law of numbered outcomes.

    Examples
    --------
    >>> import numpy as np
    >>> law = bars_and_stripes(2)
    >>> law.shape, len(law.atoms)
    ((2, 2), 6)
    >>> np.exp(law.log_prob([[1, 1, 0, 0]])).round(6)
    array([0.125])
    """
    _check_size(side, side)
    lines = all_images(side)
    stripes = np.repeat(lines, side, axis=1)
    bars = np.tile(lines, side)
    images, counts = np.unique(np.concatenate([stripes, bars]), axis=0, return_counts=True)
    return _law(images, counts.astype(np.float64) * 0.5 ** (side + 1), (side, side))


def ising(rows: int, columns: int, coupling: float, field: float = 0.0) -> BinaryImages:
    """Return the Ising model on a grid with free edges.

    P(x) ∝ exp(coupling·Σ_{neighbours} s_i s_j + field·Σ s_i), s = 2x − 1 (Ising 1925).

    Parameters
    ----------
    rows, columns : of the grid, at most 16 pixels in all.
    coupling : J; positive values make neighbours agree.
    field : h; positive values light pixels.

    Returns
    -------
    FiniteLaw
        Of images flattened by rows.

    Raises
    ------
    ValueError
        If there are no pixels or more than 16, or a parameter is not finite.

    See Also
    --------
    divkit.bars_and_stripes : another law of binary images.

    Examples
    --------
    >>> import numpy as np
    >>> law = ising(2, 2, coupling=0.5)
    >>> np.exp(law.log_prob([[1, 1, 1, 1], [1, 0, 0, 1]])).round(6)
    array([0.273175, 0.005003])
    """
    _check_size(rows, columns)
    images = all_images(rows * columns)
    spins = (2 * images - 1).reshape(-1, rows, columns)
    across = (spins[:, :, 1:] * spins[:, :, :-1]).sum(axis=(1, 2))
    down = (spins[:, 1:] * spins[:, :-1]).sum(axis=(1, 2))
    weight = finite("coupling", coupling) * (across + down)
    energy = weight + finite("field", field) * spins.sum(axis=(1, 2))
    return BinaryImages(
        images,  # type: ignore[arg-type]
        (),
        (rows, columns),
        log_weights=LogWeights(energy, 1e-15 * abs(energy)),
    )


def all_images(pixels: int) -> FloatArray:
    """All 2^pixels binary images as rows, (2^pixels, pixels)."""
    numbers = np.arange(2**pixels)[:, None]
    return (numbers >> np.arange(pixels)[::-1] & 1).astype(np.float64)


def _law(images: FloatArray, probs: FloatArray, shape: tuple[int, int]) -> BinaryImages:
    return BinaryImages(images, probs, shape)  # type: ignore[arg-type]


def _check_size(rows: int, columns: int) -> None:
    if rows < 1 or columns < 1 or rows * columns > _MOST_PIXELS:
        raise ValueError(
            f"an enumerated image must have 1 to {_MOST_PIXELS} pixels; got {rows} × {columns}, "
            f"{2.0 ** min(rows * columns, 1000):.3g} images."
        )
