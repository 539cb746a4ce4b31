r"""The law of a network of noise in the plane, or on the line, whose points are on the line.

f-divergences are integrals over x on panels between quantiles of both laws, halved where two
resolutions differ. Where the map is smooth, they are taken on two meshes, and what these differ by
is in the error; so is the most that the masses that both laws lack can change.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from divkit.arrays import underived
from divkit.distributions.base import Law, Law1D
from divkit.distributions.null_sets import share_measure
from divkit.distributions.support import Singular, Support, Unknown, full_space
from divkit.divergences.base import FDivergence
from divkit.exact.method import NotApplicableError
from divkit.generators.mesh.beyond import log_outside, outer_cell
from divkit.generators.mesh.divergence import PricedDivergence
from divkit.generators.mesh.layers import Layers
from divkit.generators.mesh.levels import LevelTriangles
from divkit.generators.mesh.noise import Noise
from divkit.generators.mesh.preimages import ADVICE
from divkit.generators.mesh.pushed import PushedNoise, require_tolerance
from divkit.results import Result
from divkit.types import FloatArray, Tensor

_PANELS, _ROUNDS = 160, 14
_XI, _SHARE = np.polynomial.legendre.leggauss(5)
_ENDS, _FAR = 1e-12, 1e-9  # shares of p beyond the panels, and in the last ones
_CORNERS = 600
_FLAT, _INNER = 1e-13, 1e-9
_LOST = 1e-9  # mass that rounding may lose in a sum over panels


@dataclass(frozen=True, eq=False)
class LevelLaw(PushedNoise):
    """The law of G(z) on the line; its density leaves atoms out.

    Attributes
    ----------
    fine : the triangles of noise.
    coarse : a coarser mesh, where G is not affine on triangles; else None.
    push : noise to points (n, 1).
    unresolved : mass of triangles whose values jump; what it may be worth is in the error.
    tolerance : wanted error of divergences; the error found is reported.
    most : values of the density at most.
    """

    fine: LevelTriangles
    coarse: LevelTriangles | None
    push: Layers
    unresolved: float = 0.0
    tolerance: float = 1e-3
    most: int = 20_000

    def __repr__(self) -> str:
        return f"LevelLaw({len(self.fine.z)} triangles)"

    @property
    def dim(self) -> int:
        """The line."""
        return 1

    @property
    def support(self) -> Support:
        """Not known, and the density believed where it is evaluated; null where there is none."""
        if not self.fine.usable.any():
            return Singular(1, "all of the noise is pushed onto points")
        return Unknown(1)

    @property
    def singular(self) -> float:
        """The mass of atoms."""
        return self.fine.singular

    @property
    def noise(self) -> Noise:
        """Of the triangles."""
        return self.fine.noise

    def _log_prob(self, x: Tensor) -> Tensor:
        with np.errstate(divide="ignore"):
            logs = np.log(self.fine.density(x.detach().cpu().numpy()[:, 0]))
        return underived(x, torch.from_numpy(logs), ADVICE)

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Draws (n, 1) with their log density (n,), +∞ where they are of an atom.

        Where a smooth map reaches beyond the values of the mesh, the density is that at its end.
        """
        x, slope = self.push.jet(self.noise.law.sample(n, rng).numpy())
        value = self.fine.value
        size = np.abs(value).max()
        flat = np.sqrt((slope**2).sum(axis=(1, 2))) * self.noise.scale <= _FLAT * size
        inner = _INNER * (value.max() - value.min())
        held = np.clip(x[:, 0], value.min() + inner, value.max() - inner)
        with np.errstate(divide="ignore"):
            logs = np.where(flat, math.inf, np.log(self.fine.density(held)))
        return torch.from_numpy(x), torch.from_numpy(logs)

    def refined(self, tolerance: float) -> LevelLaw:
        """The same law, its divergences wanted to this error.

        Raises
        ------
        ValueError
            If the tolerance is not in (0, 0.1].
        """
        require_tolerance(tolerance)
        return replace(self, tolerance=tolerance, most=200_000)

    def divergence_from(self, p: Law, kind: FDivergence, *, reverse: bool = False) -> Result:
        """D_f(p‖law), or D_f(law‖p) where `reverse`, by quadrature over the line.

        Raises
        ------
        NotApplicableError
            If p has no density, or the divergence is infinite at a node.
        """
        if not share_measure(p.support, full_space(p.dim)):
            raise NotApplicableError(
                f"p has no density on R^{p.dim}: its support is {p.support!r}."
            )
        start = time.perf_counter()
        prices = kind.at_zero, kind.slope_at_infinity
        prices = prices[::-1] if reverse else prices
        edges = self._edges(p)
        value, error, nodes = self._integrals(p, kind, reverse, edges, self.fine)
        if self.coarse is not None:
            other, _, more = self._integrals(p, kind, reverse, edges, self.coarse)
            error, nodes = error + np.abs(value - other), nodes + more
        atoms = self.singular * prices[0] if self.singular else 0.0
        lack = np.abs(value[1:] - [1.0, 1.0 - self.singular]).tolist()
        lack[1] += self.unresolved
        found = float(error[0])
        for gap, turned in zip(lack, (not reverse, reverse), strict=True):
            found += PricedDivergence(kind, turned).missing(gap)
        far = self._far(p, kind, reverse, edges) if math.isinf(prices[1]) else 0.0
        total = kind.at_one + float(value[0]) + atoms
        if math.isinf(total):
            limit = self._where_noise_ends(p, PricedDivergence(kind, reverse), edges)
            if limit is not None:
                return limit
            return Result.exact(
                math.inf, 0.0, "quadrature", repr(self), name=kind.name,
                reason="one of the laws has mass where the other has none",
            )  # fmt: skip
        if far > self.tolerance:
            return self._at_least(
                max(total - found, kind.at_one), kind,
                "the rows of p that pay most lie where the generator has next to no mass",
            )  # fmt: skip
        found += far
        words = (f"the error is above the tolerance, {self.tolerance:.1g}",)
        return Result.exact(
            total, found, "quadrature", f"LevelQuadrature(tolerance={self.tolerance:g})",
            name=kind.name, warnings=words if found > 2 * self.tolerance else (),
            singular=self.singular, mass_p=float(value[1]), mass_q=float(value[2]), nodes=nodes,
            seconds=time.perf_counter() - start,
        )  # fmt: skip

    def _where_noise_ends(
        self, p: Law, game: PricedDivergence, edges: FloatArray
    ) -> Result | None:
        """The limit from below where only noise beyond the mesh may have p's points, if it is so.

        It is the integral between the ends of the values, and what a cell beyond them is worth.
        """
        ends, (below, above) = self._inner(), self.fine.may_go_on
        low, high = (ends[0] if below else -math.inf), (ends[1] if above else math.inf)
        inside = edges[(edges > low) & (edges < high)]
        inside = np.unique([*inside.tolist(), *(e for e in (low, high) if math.isfinite(e))])
        if not (below or above) or len(inside) < 2:
            return None
        meshes = [mesh for mesh in (self.fine, self.coarse) if mesh is not None]
        found = [self._integrals(p, game.kind, game.reverse, inside, mesh) for mesh in meshes]
        least = [float(value[0] - error[0]) for value, error, _ in found]
        if not math.isfinite(sum(least)):
            return None  # somewhere between the ends, too
        share = 1.0 - _LOST - max(float(value[1] + error[1]) for value, error, _ in found)
        limit = game.kind.at_one + min(least) - abs(least[0] - least[-1])
        if share > 0:
            limit += outer_cell(game.integrand, share, log_outside(self.noise))[1]
        limit += self.singular * game.prices[0] if self.singular else 0.0
        return self._at_least(
            max(limit, game.kind.at_one), game.kind,
            "p has mass where the generator has some, if any, by noise beyond its mesh",
        )  # fmt: skip

    def _at_least(self, limit: float, kind: FDivergence, reason: str) -> Result:
        return Result.bound(
            limit, (limit, kind.upper), f"LevelQuadrature(tolerance={self.tolerance:g})",
            kind="quadrature", name=kind.name, reason=reason,
        )  # fmt: skip

    def _far(self, p: Law, kind: FDivergence, reverse: bool, edges: FloatArray) -> float:
        """Return what p's last points within the panels are worth; those beyond have no more."""
        low, high = edges[[1, -2]]
        if isinstance(p, Law1D):
            low, high = np.clip(p.ppf(np.array([_FAR, 1 - _FAR])), edges[0], edges[-1])
        sides = (
            np.unique([*edges[edges < low].tolist(), low]),
            np.unique([high, *edges[edges > high].tolist()]),
        )
        parts = [self._integrals(p, kind, reverse, side, self.fine)[0] for side in sides]
        return float(sum(abs(part[0]) for part in parts))

    def _inner(self) -> tuple[float, float]:
        """Ends of the values that all meshes reach, and a little less."""
        values = [mesh.value for mesh in (self.fine, self.coarse) if mesh is not None]
        low, high = max(float(v.min()) for v in values), min(float(v.max()) for v in values)
        return low + _INNER * (high - low), high - _INNER * (high - low)

    def _edges(self, p: Law) -> FloatArray:
        """Ends of panels: quantiles of both laws, and beyond them."""
        levels = np.concatenate([[1e-6, 1e-4], np.linspace(0, 1, _PANELS + 1)[1:-1]])
        levels = np.unique(np.concatenate([levels, 1 - levels]))
        own = np.quantile(self.sample(20_000, 0).numpy()[:, 0], levels)
        value = np.unique(self.fine.value)
        ends = [float(value[0]), float(value[-1])]
        if self.coarse is None:  # the density is smooth between corners' values
            ends += (
                value.tolist() if len(value) <= _CORNERS else np.quantile(value, levels).tolist()
            )
        if isinstance(p, Law1D):
            ends += [*p.ppf(np.array([_ENDS, *levels, 1 - _ENDS])).tolist(), *p.kinks]
        else:
            ends += np.quantile(p.sample(20_000, 0).numpy()[:, 0], levels).tolist()
        edges = np.unique(np.array([e for e in [*own.tolist(), *ends] if math.isfinite(e)]))
        kept = np.diff(edges) > 1e-12 * np.abs(edges).max()
        return np.asarray(np.append(edges[:-1][kept], edges[-1]))

    def _integrals(
        self, p: Law, kind: FDivergence, reverse: bool, edges: FloatArray, mesh: LevelTriangles
    ) -> tuple[FloatArray, FloatArray, int]:
        """∫ of the divergence, of p and of q (3,), their errors (3,), and nodes."""

        def panels(low: FloatArray, high: FloatArray) -> FloatArray:
            half = 0.5 * (high - low)
            x = (low + half)[:, None] + half[:, None] * _XI
            flat = x.reshape(-1)
            log_p = torch.as_tensor(p.log_prob(torch.from_numpy(flat[:, None])))
            density = mesh.density(flat)
            with np.errstate(divide="ignore"):
                log_q = torch.from_numpy(np.log(density))
            pair = (log_q, log_p) if reverse else (log_p, log_q)
            terms = [kind.integrand(*pair).numpy(), log_p.exp().numpy(), density]
            rows = np.stack(terms, axis=-1).reshape(*x.shape, 3)
            return np.asarray(half[:, None] * np.einsum("pkc,k->pc", rows, _SHARE))

        low, high = edges[:-1], edges[1:]
        value = panels(low, high)
        nodes, gap = value.size // 3 * 5, np.full_like(value, np.inf)
        rows = np.arange(len(low))
        for _ in range(_ROUNDS):
            middle = 0.5 * (low[rows] + high[rows])
            one, two = panels(low[rows], middle), panels(middle, high[rows])
            nodes += 10 * len(rows)
            with np.errstate(invalid="ignore"):  # ∞ − ∞: such values end the loop below
                off = 0.5 * np.abs(value[rows] - one - two)
            kept = np.ones(len(low), dtype=bool)
            kept[rows] = False
            low = np.concatenate([low[kept], low[rows], middle])
            high = np.concatenate([high[kept], middle, high[rows]])
            value = np.concatenate([value[kept], one, two])
            gap = np.concatenate([gap[kept], off, off])
            if not np.isfinite(value[:, 0]).all():
                break
            total = gap.sum(axis=0)
            if total.max() <= 0.5 * self.tolerance or nodes >= self.most:
                break
            worst = gap.max(axis=1)
            order = np.argsort(worst)
            small = int((np.cumsum(worst[order]) <= 0.15 * self.tolerance).sum())
            rows = order[small:]
        total = value.sum(axis=0)
        error = np.where(np.isfinite(total), gap.sum(axis=0), 0.0)
        return total, error, nodes
