r"""The ideal game G₀ → D₀* → G₁ → …, each D the exact best one, with maximum likelihood beside it.

    L(G) = E_q log(1 − D*)  or  −E_q log D*,      θ ← θ − rate · ∇_θ L,

for x = μ + σz. With one step for each D* the gradient is that of 2 JSD; with more, the later steps
follow a D* that is no longer the best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from divkit.choices import choice
from divkit.distributions.base import Law1D
from divkit.divergences import KL
from divkit.generators.affine import AffineGenerator
from divkit.generators.noise import UnresolvedError
from divkit.lab.protocol.frames import Picture, curve
from divkit.lab.screens.drawn import described, errors_of, places, script_of_words, share
from divkit.lab.screens.laws import line_law, view_of
from divkit.lab.screens.screen import Known, NotKnown, Screen, Way, known, way_to
from divkit.results import Result
from divkit.training.state import TrainingDivergedError
from divkit.training.systems.exact_steps import ExactStep
from divkit.training.systems.ideal import IdealGame, non_saturating
from divkit.training.systems.likelihood import LikelihoodDescent

MOST_STEPS = 500
LOSSES = {"minimax": None, "non_saturating": non_saturating}
"""Losses of G by name; None is the game's own."""
PARAMETERS = ("slope_loc", "slope_scale")
SLOPES = (*PARAMETERS, *(f"loss_{name}" for name in LOSSES))
_SLOPES = "quadrature in the noise, the gradient by automatic differentiation"


@dataclass(frozen=True)
class GameState:
    """The data, the start of the generator, and how it descends."""

    p: str = choice(
        "mixture(0.5: normal(-1.5, 0.6), 0.5: normal(1.5, 0.6))", "The law of the data."
    )
    loc: float = choice(3.0, "Mean of the first generator.", least=-50.0, most=50.0)
    scale: float = choice(0.6, "Standard deviation of it.", least=0.02, most=50.0)
    rate: float = choice(0.5, "Of the descent.", least=0.001, most=20.0)
    inner: int = choice(1, "Steps of G for each D*.", least=1, most=100)
    loss: str = choice("minimax", "What G descends.", among=tuple(LOSSES))
    view: tuple[float, ...] = choice(
        (-6.0, 6.0), "Ends of the stretch that is drawn.", least=-1e9, most=1e9
    )


class GameScreen(Screen[GameState]):
    """The screen of the ideal game on the line."""

    defaults = GameState()

    def __init__(self, state: GameState) -> None:
        super().__init__(state)
        if len(state.view) != 2 or state.view[1] - state.view[0] < 1e-9:
            raise ValueError(f"view must be two ends, low and high; got {list(state.view)}.")
        self.p, self.view = line_law("p", state.p), (state.view[0], state.view[1])
        self.generator = AffineGenerator()
        start = torch.tensor([state.loc, state.scale], dtype=torch.float64)
        law = self.generator.law(start)
        if isinstance(law, Law1D):
            view_of(self.p, law)  # what cannot be drawn is not calculated
        self.ideal = IdealGame(
            rate=state.rate, steps=MOST_STEPS, inner=state.inner, loss=LOSSES[state.loss]
        )
        likelihood = LikelihoodDescent(MOST_STEPS)
        self._game = self.ideal(self.p, self.generator, start)
        self._likelihood = likelihood(self.p, self.generator, start)
        self.now, self.beside = next(self._game), next(self._likelihood)
        self._lost = ""
        self.path, self.path_beside = [self.now.js], [self.beside.js]

    def changed(self, state: GameState) -> Screen[GameState]:
        """Another stretch keeps the game; any other field begins it anew."""
        if replace(state, view=self.state.view) != self.state or len(state.view) != 2:
            return GameScreen(state)
        self.state, self.view = state, (state.view[0], state.view[1])
        return self

    def step(self, who: str, n: int) -> bool:
        """Move G on; each D* follows by itself. Likelihood stays where it has ended.

        Raises
        ------
        ValueError
            If a parameter leaves the range of the floats, or nobody has that name.
        """
        if who not in WHO:
            raise ValueError(f"who must be {' or '.join(WHO)}; got {who!r}.")
        for _ in range(n):
            found = self._next()
            if found is None:
                return False
            self.now, self.at = found, found.index
            self.beside = next(self._likelihood, self.beside)
            self.path.append(found.js)
            self.path_beside.append(self.beside.js)
        return self.at < MOST_STEPS

    def _next(self) -> ExactStep | None:
        """The next step; of a game that has run away the reason, however often it is asked."""
        if not self._lost:
            try:
                return next(self._game, None)
            except TrainingDivergedError as fault:
                self._lost = f"the game has left the range of the floats: {fault}"
            except UnresolvedError as fault:
                mean, scale = self.now.theta.tolist()
                self._lost = (
                    f"the game has run away: G has mean {mean:.4g} and scale {abs(scale):.4g}, "
                    f"and its next step is not known. Take a lower rate. ({fault})"
                )
        raise ValueError(self._lost)

    def picture(self) -> Picture:
        """p, the generators of both runs, D* and the JSD of every step so far."""
        now, beside = self._law(self.now), self._law(self.beside)
        x = places(self.view, self.p, now, beside)
        paths = {"path": self.path, "path_likelihood": self.path_beside}
        curves: dict[str, Any] = {
            "at": share(x.numpy()[:, 0], self.view),
            "p": self.p.log_prob(x).exp(),
            "q": now.log_prob(x).exp(),
            "likelihood": beside.log_prob(x).exp(),
            "best": torch.sigmoid(self.now.state.critic(x)),
        } | {name: [js.value for js in path] for name, path in paths.items()}
        head = {
            "view": list(self.view),
            "whole": list(view_of(self.p, now)),
            "errors": {name: errors_of(js.error for js in path) for name, path in paths.items()},
        }
        return Picture(head, {name: curve(each) for name, each in curves.items()})

    def _law(self, step: ExactStep) -> Any:
        return self.generator.law(step.theta)

    def numbers(self) -> Iterator[Known]:
        """The record of this step, then both losses of G against the D* that it faces."""
        record, beside = self.now.record, self.beside.record
        found: dict[str, Result | NotKnown] = {
            "js": record.js,
            "js_likelihood": beside.js,
            "kl_likelihood": beside.divergences[KL.name],
        }
        if record.objective is not None:
            found["gan"] = record.objective
        yield {name: _plain(each) for name, each in found.items()}
        yield described(
            self.view, p=self.p, q=self._law(self.now), likelihood=self._law(self.beside)
        )
        yield known(SLOPES, lambda: dict(self._slopes()))

    def _slopes(self) -> Iterator[tuple[str, Result]]:
        state = self.now.state
        for name, entry in zip(PARAMETERS, state.slope.gradient.tolist(), strict=True):
            yield name, _exact(entry, state.slope.error, name, "")
        for name, loss in LOSSES.items():
            found = replace(self.ideal, loss=loss).slope(state.critic, self.generator, state.theta)
            yield f"loss_{name}", _exact(found.value, found.value_error, name, "nats")

    @property
    def way(self) -> Way:
        """Both have moved at each step."""
        return (("both", int(self.at)),) if self.at else ()

    def python(self, step: int | None = None) -> str:
        """Both runs to this step, the JSD there, slopes and losses."""
        steps = sum(count for _, count in way_to(self.way, step))
        state, own = self.state, "non_saturating" if LOSSES[self.state.loss] else "None"
        return (
            "from dataclasses import replace\n\nimport torch\n\nimport divkit\n"
            "from divkit.training.systems.ideal import IdealGame, non_saturating\n"
            "from divkit.training.systems.likelihood import LikelihoodDescent\n\n"
            f"p = divkit.parse_law({state.p!r})\n"
            f"start = torch.tensor([{state.loc!r}, {state.scale!r}], dtype=torch.float64)\n"
            f"game = IdealGame(rate={state.rate!r}, steps={MOST_STEPS}, "
            f"inner={state.inner}, loss={own})\n"
            "generator = divkit.gan.AffineGenerator()\n"
            "steps = game(p, generator, start)\n"
            f"likelihood = LikelihoodDescent({MOST_STEPS})(p, generator, start)\n"
            "step, beside = next(steps), next(likelihood)\n"
            f"for _ in range({steps}):\n"
            "    step, beside = next(steps), next(likelihood, beside)  # it may end first\n"
            'results = {"js": step.js, "gan": step.record.objective, "js_likelihood": beside.js,\n'
            '           "kl_likelihood": beside.record.divergences["kl"]}\n'
            "for name, result in results.items():\n"
            '    print(f"{name} = {result.value!r} ± {result.error!r}")\n'
            "q, likelihood = generator.law(step.theta), generator.law(beside.theta)\n"
            f"{script_of_words(self.view, ('p', 'q', 'likelihood'))}"
            "now = step.state\n"
            "try:\n"
            "    slopes = now.slope.gradient.tolist()\n"
            '    for name, slope in zip(("slope_loc", "slope_scale"), slopes):\n'
            '        print(f"{name} = {slope!r}")\n'
            '    for name, loss in {"minimax": None, "non_saturating": non_saturating}.items():\n'
            "        found = replace(game, loss=loss).slope(now.critic, generator, now.theta)\n"
            '        print(f"loss_{name} = {found.value!r}")\n'
            "except (ValueError, ArithmeticError) as why:\n"
            '    print(f"the slopes are not known: {why}")\n'
        )


WHO = frozenset({"g", "both"})


def _exact(value: float, error: float, name: str, unit: str) -> Result:
    return Result.exact(value, error, "quadrature", _SLOPES, name=name, unit=unit)


def _plain(number: Result | NotKnown) -> Result | NotKnown:
    return replace(number, diagnostics={}) if isinstance(number, Result) else number
