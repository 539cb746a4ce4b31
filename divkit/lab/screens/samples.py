r"""D from m draws of each law: V on the sample, on fresh draws, and on the population.

For every D that was fixed before they were drawn, V on fresh draws is on average at most max V; on
the sample that D was trained on it is not: a rich D that memorises earns up to 0 there, whatever
the laws are.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from divkit.choices import choice
from divkit.critics.levenberg_marquardt import LevenbergMarquardt
from divkit.critics.lower_limit import lower_bound
from divkit.critics.maximise import maximise_value
from divkit.critics.model import TrainedCritic
from divkit.exact.api import divergence
from divkit.games import GAN
from divkit.lab.protocol.frames import Picture, curve
from divkit.lab.screens.drawn import described, places, script_of_words, share
from divkit.lab.screens.laws import line_law, view_of
from divkit.lab.screens.screen import Known, NotKnown, Screen, known
from divkit.results import Result
from divkit.rng import spawn
from divkit.types import Tensor

SHOWN = 200
"""Draws of each law that are shown."""
FRESH = 4000
"""Fresh draws of each law on which D is read."""
READ = ("value_sample", "value_fresh", "value", "gap")
MOST_STEPS, TOLERANCE = 300, 1e-14
WORK = 1_200_000
"""Steps of training D times the draws that each looks at: some seconds for a network."""
OF_STAGES = 30
"""Steps of each critic of the lower limit."""
STAGES = {32: 3, 16: 2, 8: 1}
"""Critics of the lower limit, by the draws of each law that they need."""
_FEW, _CLIMBS = "why.few", "why.climbs"
_ROUNDING = 64 * sys.float_info.epsilon


@dataclass(frozen=True)
class SamplesState:
    """The laws, the number of draws, the class of D, and the seed of what is drawn."""

    p: str = choice("normal(-0.5, 1)", "The law of the data.")
    q: str = choice("normal(0.5, 1)", "The law of the generator.")
    m: int = choice(30, "Draws of each law.", least=1, most=10_000)
    critic: str = choice("quadratic", "The class of D.", among=("quadratic", "spline", "mlp"))
    seed: int = choice(0, "Of all that is drawn.", least=0, most=1_000_000)


class SamplesScreen(Screen[SamplesState]):
    """The screen of finite samples."""

    defaults = SamplesState()

    def __init__(self, state: SamplesState) -> None:
        super().__init__(state)
        self.p, self.q = line_law("p", state.p), line_law("q", state.q)
        self.view = view_of(self.p, self.q)
        first, second, *fresh = spawn(state.seed, 4)
        self.x, self.y = self.p.sample(state.m, first), self.q.sample(state.m, second)
        self._fresh = self.p.sample(FRESH, fresh[0]), self.q.sample(FRESH, fresh[1])
        self._places = places(self.view, self.p, self.q)
        self.trained: TrainedCritic | None = None

    def picture(self) -> Picture:
        """Densities, D* and the trained D, and the first draws."""
        x = self._places
        lp, lq = self.p.log_prob(x), self.q.log_prob(x)
        curves: dict[str, Any] = {"at": share(x.numpy()[:, 0], self.view)}
        curves |= {"p": lp.exp(), "q": lq.exp(), "best": torch.sigmoid(lp - lq)}
        if self.trained is not None:
            curves["trained"] = self.trained.discriminator(x)
        draws = {"x": self.x[:SHOWN, 0], "y": self.y[:SHOWN, 0]}
        arrays = {name: curve(each) for name, each in (curves | draws).items()}
        return Picture({"view": list(self.view), "m": self.state.m}, arrays)

    def numbers(self) -> Iterator[Known]:
        """The truth, then what D earns on each, then what the draws alone can promise."""
        names = ("js", "gan")
        yield known(names, lambda: dict(zip(names, self._truth(), strict=True)))
        yield described(self.view, p=self.p, q=self.q)
        yield known(READ, self._read)
        yield known(("limit",), self._limit)

    def _truth(self) -> tuple[Result, ...]:
        return divergence(self.p, self.q, ["js", "gan"])

    def _read(self) -> Known:
        found = maximise_value(
            self.p, self.q, critic=self.state.critic, on=(self.x, self.y), seed=self.state.seed,
            maximiser=maximiser_of(self.state.m), account=False,
        )  # fmt: skip
        notes = found.diagnostics
        self.trained, self.drawn = notes["critic"], self.drawn + 1
        gap = Result.exact(notes["gap"], notes["gap_error"], found.kind, found.method, name="gap")
        here = self._earned_here(notes["critic"])
        if notes["steps"] == steps_of(self.state.m):
            here = replace(here, warnings=(_CLIMBS,))
        return {
            "value_sample": here,
            "value_fresh": self._earned_fresh(notes["critic"]),
            "value": replace(found, diagnostics={}),
            "gap": gap,
        }

    def _earned_here(self, critic: TrainedCritic) -> Result:
        """V on the sample itself: a sum, off by its rounding alone."""
        paid = _payoffs(critic, self.x, self.y)
        value = float(sum(each.mean() for each in paid))
        error = _ROUNDING * float(sum(each.abs().mean() for each in paid))
        way = f"mean of the payoffs on the {self.state.m} draws of each law trained on"
        return Result.exact(value, error, "closed form", way, name="V on the sample")

    def _earned_fresh(self, critic: TrainedCritic) -> Result:
        """V on fresh draws, with its standard error."""
        paid = _payoffs(critic, *self._fresh)
        value = float(sum(each.mean() for each in paid))
        error = math.sqrt(sum(float(each.var()) / len(each) for each in paid))
        way = f"mean of the payoffs on {FRESH} fresh draws of each law"
        return Result.normal(value, error, way, level=0.95, name="V on fresh draws")

    def _limit(self) -> Known:
        stages = stages_of(self.state.m)
        if not stages:
            return {"limit": NotKnown(_FEW)}
        found = lower_bound(
            self.x, self.y, critic=self.state.critic, rng=self.state.seed, stages=stages,
            maximiser=LevenbergMarquardt(OF_STAGES, math.inf),
        )  # fmt: skip
        return {"limit": replace(found, diagnostics={})}

    def python(self, step: int | None = None) -> str:
        """The same draws, the same D, its values, and what the draws alone promise."""
        state, stages = self.state, stages_of(self.state.m)
        promise = (
            "try:\n"
            f"    limit = lower_bound(x, y, critic={state.critic!r}, rng={state.seed}, "
            f"stages={stages},\n        maximiser=LevenbergMarquardt({OF_STAGES}, float('inf')))\n"
            '    print(f"limit = {limit.interval[0]!r}")\n'
            "except ValueError as why:\n"
            '    print(f"limit is not known: {why}")\n'
        )
        return (
            "from torch.nn.functional import logsigmoid\n\nimport divkit\n"
            "from divkit.critics import LevenbergMarquardt, lower_bound\n"
            "from divkit.rng import spawn\n\n"
            f"p, q = divkit.parse_law({state.p!r}), divkit.parse_law({state.q!r})\n"
            f"first, second, *fresh = spawn({state.seed}, 4)\n"
            f"x, y = p.sample({state.m}, first), q.sample({state.m}, second)\n"
            'for result in divkit.divergence(p, q, ["js", "gan"]):\n'
            "    print(result)\n"
            f"{script_of_words(self.view)}"
            f"found = divkit.maximise_value(p, q, critic={state.critic!r}, on=(x, y), "
            f"seed={state.seed}, account=False,\n    maximiser="
            f"LevenbergMarquardt({steps_of(state.m)}, float('inf'), tolerance={TOLERANCE}))\n"
            'print(f"value = {found.value!r} ± {found.error!r}")\n'
            "print(f\"gap = {found.diagnostics['gap']!r}\")\n"
            'critic = found.diagnostics["critic"]\n'
            f"fresh = p.sample({FRESH}, fresh[0]), q.sample({FRESH}, fresh[1])\n"
            'for name, (a, b) in {"value_sample": (x, y), "value_fresh": fresh}.items():\n'
            "    value = logsigmoid(critic(a)).mean() + logsigmoid(-critic(b)).mean()\n"
            '    print(f"{name} = {value.item()!r}")\n'
        ) + (promise if stages else "")


def steps_of(m: int) -> int:
    """Return the steps that D may take on m draws of each law."""
    return min(MOST_STEPS, WORK // (2 * m))


def maximiser_of(m: int) -> LevenbergMarquardt:
    """Return how D is trained: by so many steps, whatever the clock says."""
    return LevenbergMarquardt(steps_of(m), math.inf, tolerance=TOLERANCE)


def stages_of(m: int) -> int:
    """Return how many critics m draws of each law can train and bet on; 0 if none."""
    return next((stages for least, stages in STAGES.items() if m >= least), 0)


def _payoffs(critic: TrainedCritic, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """log D at draws of p, log(1 − D) at draws of q."""
    with np.errstate(all="ignore"), torch.no_grad():
        return GAN.on_p(critic(x)), GAN.on_q(critic(y))
