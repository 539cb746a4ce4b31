"""The law of a map of noise in the plane into the plane: q(x) = Σ_{G(z) = x} p_z(z)/|det J(z)|."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from divkit.arrays import underived
from divkit.distributions.base import Law
from divkit.distributions.support import Singular, Support, Unknown
from divkit.divergences.base import FDivergence
from divkit.generators.mesh.affine_pieces import AffinePieces
from divkit.generators.mesh.copies import CopiedLayers, affine_cells
from divkit.generators.mesh.curved_pieces import CurvedPieces
from divkit.generators.mesh.divergence import divergence_from
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.preimages import ADVICE, log_size, summed
from divkit.generators.mesh.pushed import NoiseMap, PushedNoise, require_tolerance
from divkit.results import Result
from divkit.types import Tensor

_MOST_FINE = 8_000_000
_NEAR = 8.5  # of N(0, I): 4e-17 lie beyond
_LINEAR = (Layers, CopiedLayers)
_OWN = 1e-7  # a preimage so near the noise that was pushed is that noise


@dataclass(frozen=True, eq=False)
class MeshLaw(PushedNoise):
    """The law of G(z), z in the plane; its density leaves singular mass out.

    Attributes
    ----------
    pieces : G, piece by piece.
    push : noise to points, G.
    tolerance : wanted error of divergences; the error found is reported.
    most : nodes of a quadrature at most; up to a million of them take some seconds.
    """

    pieces: AffinePieces | CurvedPieces
    push: NoiseMap
    tolerance: float = 1e-3
    most: int = 400_000

    def __repr__(self) -> str:
        return f"MeshLaw({len(self.pieces.triangles)} triangles)"

    @property
    def dim(self) -> int:
        """The plane."""
        return 2

    @property
    def support(self) -> Support:
        """Not known, and the density believed where it is evaluated; null where there is none."""
        if len(self.pieces.triangles) == 0 and self.pieces.lost <= self.noise.outside:
            return Singular(2, "all of the noise is pushed onto curves or points")
        return Unknown(2)

    @property
    def singular(self) -> float:
        """The mass that has no density, on curves and points."""
        return self.pieces.singular

    @property
    def noise(self) -> Noise:
        """Of the pieces."""
        return self.pieces.noise

    def refined(self, tolerance: float) -> MeshLaw:
        """The same law, its divergences wanted to this error.

        Raises
        ------
        ValueError
            If the tolerance is not in (0, 0.1].
        """
        require_tolerance(tolerance)
        return replace(self, tolerance=tolerance, most=_MOST_FINE)

    @cached_property
    def near(self) -> MeshLaw:
        """The same of noise that is all but a mass of 1e-16, where linear pieces reach on.

        Far pieces are large, so that many cover a point, and pay it nothing.
        """
        noise, push = self.noise.within(_NEAR), self.push
        if not isinstance(self.pieces, AffinePieces) or not isinstance(push, _LINEAR):
            return self
        if noise is self.noise or noise.outside <= self.noise.outside:
            return self
        return replace(self, pieces=AffinePieces(noise, affine_cells(push, noise.box)))

    def _log_prob(self, x: Tensor) -> Tensor:
        points = x.detach().cpu().numpy()
        logs = np.full(len(points), -math.inf)
        if len(self.pieces.triangles):
            found = self.pieces.preimages(points)
            logs = summed(logs, found, self.noise.log_density(found.z))
        return underived(x, torch.from_numpy(logs), ADVICE)

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Draws (n, 2) with their log density (n,), +∞ where they are of singular mass.

        The noise that was drawn is one preimage, whether it is found or not.
        """
        z = self.noise.law.sample(n, rng).numpy()
        x, slope = self.push.jet(z)
        flat = self.pieces.flat(x, slope)
        logs = self.noise.log_density(z) - log_size(slope)
        if len(self.pieces.triangles):
            found = self.pieces.preimages(x)
            near = np.abs(found.z - z[found.point]).max(axis=1)
            other = found.take(near > _OWN * (1 + np.abs(z[found.point]).max(axis=1)))
            logs = summed(logs, other, self.noise.log_density(other.z))
        return torch.from_numpy(x), torch.from_numpy(np.where(flat, math.inf, logs))

    def divergence_from(self, p: Law, kind: FDivergence, *, reverse: bool = False) -> Result:
        """D_f(p‖law), or D_f(law‖p) where `reverse`, by quadrature over the noise."""
        law = self.near if math.isfinite(kind.at_zero + kind.slope_at_infinity) else self
        return divergence_from(law, p, kind, reverse=reverse)
