r"""Two normals further and further apart: JSD has nothing left to say, W₁ still counts the way.

For p = N(0, σ²) and q = N(μ, σ²) the slope in μ of E_q log(1 − D*) dies like e^{−μ²/8σ²}, that of
−E_q log D* grows like μ/σ², and W₁ = μ has slope 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from divkit.choices import choice
from divkit.distributions.families.normal import Normal
from divkit.exact.api import divergence
from divkit.games import GAN
from divkit.generators.affine import AffineGenerator
from divkit.generators.noise import Slope
from divkit.lab.protocol.frames import Picture, curve
from divkit.lab.screens.drawn import described, errors_of, places, script_of_words, share
from divkit.lab.screens.laws import script_of
from divkit.lab.screens.screen import Known, Screen, known
from divkit.results import Result
from divkit.training.systems.ideal import IdealGame, best_critic, non_saturating

KINDS = ("js", "gan", "w1", "kl", "tv")
SLOPES = {"slope_minimax": None, "slope_non_saturating": non_saturating}
"""Losses of G whose slope in μ is shown; None is the game's own."""
FARTHEST, PLACES = 12.0, 61
_BY = "quadrature in the noise, the gradient by automatic differentiation"


@dataclass(frozen=True)
class SaturationState:
    """A distance, in units of x, and the width of both laws."""

    distance: float = choice(3.0, "Between the two means.", least=0.0, most=FARTHEST)
    scale: float = choice(1.0, "Standard deviation of both.", least=0.2, most=5.0)


class SaturationScreen(Screen[SaturationState]):
    """The screen of a distance."""

    defaults = SaturationState()

    def __init__(self, state: SaturationState) -> None:
        super().__init__(state)
        self.p, self.q = Normal(0.0, state.scale), Normal(state.distance, state.scale)
        self.along: dict[str, Any] = {}
        self.errors: dict[str, float | None] = {}
        self._view = -4 * state.scale, FARTHEST + 4 * state.scale

    def picture(self) -> Picture:
        """Both densities and D*; once they are calculated, what each distance says."""
        view, x = self._view, places(self._view, self.p, self.q)
        lp, lq = self.p.log_prob(x), self.q.log_prob(x)
        curves = {"at": share(x.numpy()[:, 0], view)}
        curves |= {"p": lp.exp(), "q": lq.exp(), "best": torch.sigmoid(lp - lq)} | self.along
        head = {"view": list(view), "farthest": FARTHEST, "errors": self.errors}
        return Picture(head, {name: curve(each) for name, each in curves.items()})

    def numbers(self) -> Iterator[Known]:
        """The divergences and slopes at this distance, then all along the way."""
        yield known(KINDS, lambda: dict(zip(KINDS, self._divergences(), strict=True)))
        yield described(self._view, p=self.p, q=self.q)
        yield known(tuple(SLOPES), self._slopes)
        if not self.along:
            self.along, self.errors = _along(self.state.scale)
            self.drawn += 1

    def _divergences(self) -> tuple[Result, ...]:
        return divergence(self.p, self.q, list(KINDS))

    def _slopes(self) -> Known:
        found = _slopes_at(self.state.distance, self.state.scale)
        return {name: _sized(slope, name) for name, slope in found.items()}

    def changed(self, state: SaturationState) -> Screen[SaturationState]:
        """Another distance; what is known along the way stays where the width does."""
        other = SaturationScreen(state)
        if state.scale == self.state.scale:
            other.along, other.errors = self.along, self.errors
        return other

    def python(self, step: int | None = None) -> str:
        """The divergences at this distance, and what each loss of G feels."""
        away, width = self.state.distance, self.state.scale
        return script_of(f"normal(0, {width!r})", f"normal({away!r}, {width!r})", KINDS) + (
            f"{script_of_words(self._view)}"
            "\nimport torch\nfrom divkit.training.systems.ideal import "
            "IdealGame, best_critic, non_saturating\n\n"
            f"theta = torch.tensor([{away!r}, {width!r}], dtype=torch.float64)\n"
            "generator = divkit.gan.AffineGenerator()\n"
            "critic = best_critic(divkit.games.GAN, p, generator, theta)\n"
            'for name, loss in {"minimax": None, "non_saturating": non_saturating}.items():\n'
            "    slope = IdealGame(loss=loss).slope(critic, generator, theta)\n"
            '    print(f"slope_{name} = {abs(float(slope.gradient[0]))!r}")\n'
        )


def _slopes_at(distance: float, scale: float) -> dict[str, Slope]:
    """The slope of each loss at x = distance + scale·z, against the best D."""
    theta = torch.tensor([distance, scale], dtype=torch.float64)
    generator, ideal = AffineGenerator(), IdealGame()
    critic = best_critic(GAN, Normal(0.0, scale), generator, theta)
    return {
        name: replace(ideal, loss=loss).slope(critic, generator, theta)
        for name, loss in SLOPES.items()
    }


def _sized(slope: Slope, name: str) -> Result:
    """The length of a slope's first entry, that in the mean."""
    size = abs(float(slope.gradient[0]))
    return Result.exact(size, slope.error, "quadrature", _BY, name=name, unit="")


@lru_cache(maxsize=8)
def _along(scale: float) -> tuple[dict[str, Any], dict[str, float | None]]:
    """JSD, W₁ and both slopes at evenly spaced distances, and the largest error of each."""
    places = np.linspace(0.0, FARTHEST, PLACES)
    p, made = Normal(0.0, scale), {}
    pairs = [divergence(p, Normal(float(m), scale), ["js", "w1"]) for m in places]
    made["along_js"] = [js.value for js, _ in pairs]
    made["along_w1"] = [w1.value for _, w1 in pairs]
    errors = {
        "along_js": errors_of(js.error for js, _ in pairs),
        "along_w1": errors_of(w1.error for _, w1 in pairs),
    }
    slopes = [_slopes_at(float(m), scale) for m in places]
    for name in SLOPES:
        made[f"along_{name}"] = [abs(float(each[name].gradient[0])) for each in slopes]
        errors[f"along_{name}"] = errors_of(each[name].error for each in slopes)
    return made, errors
