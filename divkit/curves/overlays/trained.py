r"""Values of trained critics along a curve: lower bounds of the divergence, read off V(D).

A critic is trained to the maximum of a game on the population of both laws, V(D) ≤ max V =
shift + scale · D_f; so (V(D) − shift)/scale is at most the divergence, and what is missing is what
the critic's class cannot say. JSD goes by the GAN's game, others by their own f-GAN's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from divkit.critics.classes import critic_class
from divkit.critics.maximise import maximise_value
from divkit.critics.steps import DivergedError
from divkit.curves.layers import Layer
from divkit.curves.overlays.spots import Tally, spots
from divkit.curves.table import Curve, Strand
from divkit.curves.walk import Observe
from divkit.divergences import JS
from divkit.divergences.base import FDivergence
from divkit.faults import is_advice
from divkit.games import GAN, Game, f_gan

Reached = tuple[float, float]
_NONE: Reached = (math.nan, math.nan)


@dataclass(frozen=True)
class TrainedCritics:
    """Divergences read off the V that critics reach on the population.

    Parameters
    ----------
    critics : names of classes: "quadratic", "mlp", "spline", …
    points : of a line at which critics are trained, at most.
    seed : of their starts.
    observe : called after each training with how many are done, and how many there are.

    Raises
    ------
    ValueError
        If a class is not known.

    Examples
    --------
    >>> from divkit import curve
    >>> line = TrainedCritics(critics=("linear",))
    >>> found = curve("normal(0, 1)", "normal(t, 1)", "js", over="t=1:2:2", overlays=[line])
    >>> [round(value, 6) for value in found.layers[0].value]
    [0.111421, 0.336831]
    """

    critics: tuple[str, ...] = ("mlp",)
    points: int = 9
    seed: int = 0
    observe: Observe | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in self.critics:
            critic_class(name)  # an unknown name is refused before any work

    def __call__(self, curve: Curve) -> list[Layer]:
        """Return one layer a class, f-divergence and line.

        Raises
        ------
        ValueError
            If the curve has no f-divergence.
        """
        kinds = [kind for kind in curve.kinds if isinstance(kind, FDivergence)]
        if not kinds:
            shown = ", ".join(kind.name for kind in curve.kinds)
            raise ValueError(f"critics are trained for f-divergences, such as js; got {shown}.")
        at = [(strand, spots(curve, strand, self.points)) for strand in curve.lines]
        each = len(kinds) * len(self.critics)
        tally = Tally(each * sum(len(spot) for _, spot in at), self.observe)
        return [
            self._layer(curve, strand, spot, kind, critic, tally)
            for strand, spot in at
            for kind in kinds
            for critic in self.critics
        ]

    def _layer(
        self,
        curve: Curve,
        strand: Strand,
        at: Sequence[int],
        kind: FDivergence,
        critic: str,
        tally: Tally,
    ) -> Layer:
        game = _game(kind)
        words: list[str] = []
        found = [self._reached(curve, i, game, critic, words, tally) for i in at]
        return Layer(
            f"by {critic} critic",
            kind.name,
            "marks",
            tuple(curve.values[i] for i in at),
            tuple(value for value, _ in found),
            tuple(value - error for value, error in found),
            tuple(value + error for value, error in found),
            strand.level,
            kind.unit,
            repr(self),
            tuple(_lines(words, len(at))),
            {"game": game.name},
        )

    def _reached(
        self, curve: Curve, i: int, game: Game, critic: str, words: list[str], tally: Tally
    ) -> Reached:
        """The divergence that is read off V at a point, and its error."""
        try:
            p, q = curve.path(*curve.points[i])
            result = maximise_value(p, q, critic=critic, game=game, seed=self.seed, account=False)
        except DivergedError as error:
            words.append(f"{curve.place(i)}: training diverged: {error}")
            return _NONE
        except ValueError as error:
            if not is_advice(error):
                raise
            words.append(f"{curve.place(i)}: {error}".splitlines()[0])
            return _NONE
        finally:
            tally.one_more()
        words.extend(f"{curve.place(i)}: {each}" for each in result.warnings)
        return game.implied(result.value), result.error / abs(game.scale)


def _game(kind: FDivergence) -> Game:
    return GAN if JS.is_same_as(kind) else f_gan(kind)


def _lines(words: list[str], count: int) -> Iterator[str]:
    if words:
        yield f"at {len(words)} of {count} points, first at {words[0]}"
