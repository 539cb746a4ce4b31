r"""A GAN in the plane, trained by the house's loop; V beside the most that it can be.

    max_D V = 2 JSD(p, q) − 2 log 2 for the GAN, at D* = p/(p + q),

and the bound of each other game by its own theorem. Pictures follow at once; numbers are those of
a record of `divkit train`, calculated while nothing plays, or beside it at steps of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import cast

from divkit.distributions.base import Law
from divkit.exact.own_method import Calculating
from divkit.lab.protocol.frames import Picture
from divkit.lab.screens.plane_laws import square_of
from divkit.lab.screens.plane_numbers import RECORDER, numbers_of, why_no_bound
from divkit.lab.screens.plane_pictures import (
    judges,
    map_of_best,
    map_of_d,
    points_of,
    seen,
    shade,
    warped,
)
from divkit.lab.screens.plane_state import (
    MAPS,
    MOST_STEPS,
    SHOWING,
    PlaneState,
    config_of,
    given,
    same_training,
)
from divkit.lab.screens.screen import Known, Screen, Way, known, way_to
from divkit.training.entries import training_of
from divkit.training.gan.training import GanTraining
from divkit.training.gan.turns import Turns
from divkit.training.measures.truth import law_or_none
from divkit.training.state import OutOfRangeError, State
from divkit.types import Tensor

NAMES = ("js", "bound", "value_fresh", "value", "l2", "modes")
STAGES = ("rest", "draw", "judge", "climb", "push", "descend")
"""Stages of a step in slow motion; at the last one it is at rest again."""


class PlaneScreen(Screen[PlaneState]):
    """The screen of the plane."""

    defaults = PlaneState()
    settles = True

    def __init__(self, state: PlaneState) -> None:
        super().__init__(state)
        self.config = config_of(state)
        made = training_of(self.config, RECORDER)
        self.training = cast(GanTraining, made)
        self.square = square_of(self.training.p)
        self.turns = Turns(self.training)
        self.stage, self._next = 0, self.turns.state
        self._best: Tensor | None = None

    @property
    def stride(self) -> int:
        """Steps a picture."""
        return self.state.speed

    def changed(self, state: PlaneState) -> Screen[PlaneState]:
        """Another map keeps the training; any other field begins it anew."""
        if not same_training(self.state, state):
            return PlaneScreen(state)
        self.state, self._best = state, None
        return self

    def step(self, who: str, n: int) -> bool:
        """Move on by n turns of "d", "g" or "both", or by n stages of slow motion ("stage").

        Raises
        ------
        ValueError
            If a parameter leaves the range of the floats, or nobody has that name.
        """
        self._best = None
        move = {"stage": self._stage_on}.get(who, partial(self._turn, who))
        try:
            for _ in range(n):
                move()
        except OutOfRangeError as fault:
            raise ValueError(f"the training has left the range of the floats: {fault}") from None
        return self.turns.state.step < MOST_STEPS

    def _turn(self, who: str) -> None:
        if self.stage:  # a step in slow motion is finished first
            self._place(0)
            self.turns.take()
        else:
            self.turns.take(who)
        self.at = self.turns.state.step

    def _stage_on(self) -> None:
        """One stage of the next step; the last one takes it."""
        if not self.stage:
            self._next = self.turns.after()
        stage = (self.stage + 1) % len(STAGES)
        if not stage:
            self.turns.take()
        self._place(stage)

    def _place(self, stage: int) -> None:
        self.stage = stage
        self.at = self.turns.state.step + stage / len(STAGES)

    @property
    def shown(self) -> State:
        """The state that is drawn: in slow motion D may have climbed and G not yet moved."""
        now = self.turns.state
        return replace(now, critic=self._next.critic) if self.stage >= 3 else now

    def law(self) -> Law | None:
        """The law of the generator that is drawn, where a density is known."""
        return law_or_none(self.training.generator, self.shown.average[0].double())

    def picture(self) -> Picture:
        """Points, arrows, the warped grid, and the map that is asked for or that is known."""
        state, square = self.shown, self.square
        arrays = points_of(square, seen(self.training, state))
        arrays |= warped(self.training.generator, state.average[0], square)
        drawn, shades = self._map()
        if shades is not None:
            arrays["map"] = shade(shades)
        head = {
            "square": list(square), "map": drawn, "asked": self.state.map,
            "stage": STAGES[self.stage], "judged": judges(self.training),
        }  # fmt: skip
        return Picture(head, arrays)

    def _map(self) -> tuple[str, Tensor | None]:
        """The map's name, and its shades: D where D* is not known at once."""
        return _MAPS[self.state.map](self)

    def best(self) -> Tensor | None:
        """D* on the cells, where it takes no more than a density of a known form."""
        if self._best is None and not self._slow:
            law = self.law()
            self._best = None if law is None else map_of_best(self.training, law, self.square)
        return self._best

    @property
    def _slow(self) -> bool:
        """Whether the law is that of a network, which is found piece by piece."""
        return "network" in {self.state.generator}

    def numbers(self) -> Iterator[Known]:
        """The record of this step; then D* of a network, where that is asked."""
        if self.stage:
            return
        yield known(NAMES, self.measured(self.turns.state))
        if self._slow and self._best is None and self.state.map in MAPS[1:3]:
            law = self.law()
            if isinstance(law, Calculating):
                self._best = map_of_best(self.training, law, self.square)
                self.drawn += 1

    def measured(self, state: State) -> Callable[[], Known]:
        """The measuring of a state, which may be called elsewhere."""
        made, why = self.training, why_no_bound(self.training)
        return lambda: numbers_of(made.measure(state)[0], made.recorder, why)

    def aside(self) -> Callable[[], Known] | None:
        """The numbers of the state as it is now, calculated beside what plays."""
        return None if self.stage else self.measured(self.turns.state)

    @property
    def way(self) -> Way:
        """The turns of D, of G and of both."""
        return tuple(self.turns.taken)

    def python(self, step: int | None = None) -> str:
        """The same turns, and the record at their end."""
        turns = list(way_to(self.way, step))
        return (
            "from divkit.gan import Recorder\n"
            "from divkit.training.entries import training_of\n"
            "from divkit.training.gan.turns import state_after\n"
            "from divkit.training_config import Config\n\n\n"
            f"{SHOWING}"
            f"config = Config({given(self.config)})\n"
            "training = training_of(config, Recorder(neighbourhood=0))\n"
            f"state = state_after(training, {turns!r})\n"
            "record = training.measure(state)[0]\n"
            "values = record.values\n"
            'shown("js", record.js)\n'
            'if record.bound is not None:\n    shown("bound", record.bound)\n'
            'print(f"value_fresh = {values.held_out!r} ± {values.held_out_error!r}")\n'
            'print(f"value = {values.nodes!r} ± {values.nodes_error!r}")\n'
            'print(f"l2 = {record.critic.l2!r}")\nprint(f"modes = {record.samples.modes!r}")\n'
        )


def _map_best(screen: PlaneScreen) -> tuple[str, Tensor | None]:
    best = screen.best()
    return _map_d(screen) if best is None else ("best", best)


def _map_away(screen: PlaneScreen) -> tuple[str, Tensor | None]:
    best = screen.best()
    if best is None:
        return _map_d(screen)
    return "away", (map_of_d(screen.training, screen.shown, screen.square) - best).abs()


def _map_d(screen: PlaneScreen) -> tuple[str, Tensor | None]:
    return "d", map_of_d(screen.training, screen.shown, screen.square)


def _map_none(screen: PlaneScreen) -> tuple[str, Tensor | None]:
    return "none", None


_MAPS = {"d": _map_d, "best": _map_best, "away": _map_away, "none": _map_none}
