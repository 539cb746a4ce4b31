r"""Relatives of the game on the plane's targets: what each lowers, its codes, and the true JSD.

    maximum likelihood   E_p[−log p_θ] = H(p) + KL(p‖p_θ)
    VAE                  −ELBO ≥ E_p[−log p_θ], short of it by E KL(q(z|x)‖p(z|x))
    auto-encoder         E|x − d(e(x))|², which says nothing of any law

A GAN with a generator of the same class takes as many steps beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from divkit.choices import choice
from divkit.distributions.base import Law
from divkit.exact.api import divergence
from divkit.exact.monte_carlo.method import QuasiMonteCarlo
from divkit.generators.targets import target
from divkit.lab.protocol.frames import Picture, curve
from divkit.lab.screens.plane_laws import TARGETS, square_of
from divkit.lab.screens.plane_numbers import RECORDER
from divkit.lab.screens.plane_pictures import SHOWN, placed
from divkit.lab.screens.plane_state import SHOWING, given
from divkit.lab.screens.screen import Known, NotKnown, Screen, Way, known, way_to
from divkit.results import Result
from divkit.rng import as_generator
from divkit.training.entries import training_of
from divkit.training.measures.truth import fresh_fakes, law_or_none
from divkit.training.state import OutOfRangeError, State
from divkit.training.systems.system import Copying, VariationalSystem
from divkit.training.systems.training import SystemTraining
from divkit.training_config import Config
from divkit.types import Tensor

MOST_STEPS = 20_000
NAMES = ("objective", "js")
AT_ONCE = QuasiMonteCarlo(n=2**10)
"""Of JSDs before the exact ones, and while it plays: a quarter of a second, where those may take a
minute (25 narrow modes against a sum over codes)."""
CODES = 121
"""Places along the code's axis, from −4 to 4."""
LINKED = 60
"""Points whose copies are shown."""


@dataclass(frozen=True)
class RelativesState:
    """The data, which relative, and how it is trained."""

    target: str = choice("moons", "The law of the data.", among=TARGETS[:-1])
    system: str = choice("vae", "What is trained.", among=("likelihood", "vae", "autoencoder"))
    components: int = choice(8, "Of a mixture.", least=1, most=32)
    width: int = choice(24, "Units of a decoder's layer.", least=1, most=128)
    batch: int = choice(128, "Points a minibatch.", least=32, most=1024)
    rate: float = choice(0.005, "Step size of each side.", least=1e-6, most=1.0)
    seed: int = choice(0, "Of all that is drawn.", least=0, most=1_000_000)
    speed: int = choice(4, "Steps a picture.", least=1, most=50)


def config_of(state: RelativesState, game: str) -> Config:
    """Return the training of a game or system with this state's generator."""
    made = _GENERATORS.get(state.system, _of_codes)(state)
    return Config(
        target=state.target, game=game, batch=state.batch, rate=state.rate, seeds=(state.seed,),
        steps=MOST_STEPS, **made, **_CRITIC.get(game, {"critic_rate": Config.critic_rate}),
    )  # fmt: skip


def _of_codes(state: RelativesState) -> dict[str, Any]:
    return {"generator": "gaussian", "latent": 1, "hidden": (state.width, state.width)}


_GENERATORS: dict[str, Callable[[RelativesState], dict[str, Any]]] = {
    "likelihood": lambda state: {"generator": "mixture", "components": state.components},
}
_CRITIC: dict[str, dict[str, Any]] = {
    "gan": {"critic_rate": 0.005, "critic_hidden": (32, 32), "activation": "tanh"}
}


class RelativesScreen(Screen[RelativesState]):
    """The screen of likelihood, VAE and auto-encoder."""

    defaults = RelativesState()
    settles = True

    def __init__(self, state: RelativesState) -> None:
        super().__init__(state)
        self.config, self.rival_config = config_of(state, state.system), config_of(state, "gan")
        self.training: Any = training_of(self.config, RECORDER)
        self.rival: Any = training_of(self.rival_config, RECORDER)
        self.now, self.beside = self.training.begin(), self.rival.begin()
        p = target(state.target)
        self.square = square_of(p)
        self._real = p.sample(SHOWN, as_generator(state.seed))

    @property
    def stride(self) -> int:
        """Steps a picture."""
        return self.state.speed

    def changed(self, state: RelativesState) -> Screen[RelativesState]:
        """Another speed keeps the training; any other field begins it anew."""
        if replace(self.state, speed=state.speed) != state:
            return RelativesScreen(state)
        self.state = state
        return self

    def step(self, who: str, n: int) -> bool:
        """Move both trainings on.

        Raises
        ------
        ValueError
            If a number leaves the range of the floats, or another name than "both" is asked.
        """
        if who not in WHO:
            raise ValueError(f"who must be both; got {who!r}.")
        try:
            for _ in range(min(n, MOST_STEPS - int(self.at))):
                self.now, self.beside = self.training.step(self.now), self.rival.step(self.beside)
                self.at += 1
        except OutOfRangeError as fault:
            raise ValueError(f"the training has left the range of the floats: {fault}") from None
        return self.at < MOST_STEPS

    def picture(self) -> Picture:
        """Data, draws of both generators, copies of points, and the code space."""
        arrays = {
            "real": placed(self._real.numpy(), self.square),
            "fake": self._fakes(self.training, self.now),
            "rival": self._fakes(self.rival, self.beside),
        }
        arrays |= self._coded()
        return Picture({"square": list(self.square), "system": self.state.system}, arrays)

    def _fakes(self, training: Any, state: State) -> np.ndarray[Any, Any]:
        generator, theta = _generating(training, state)
        return placed(fresh_fakes(generator, theta, SHOWN, as_generator(0)).numpy(), self.square)

    def _coded(self) -> dict[str, np.ndarray[Any, Any]]:
        """The decoder's curve, copies, and the density of codes beside their prior's."""
        system = self.training.system
        if not isinstance(system, Copying | VariationalSystem):
            return {}
        z = torch.linspace(-4, 4, CODES, dtype=torch.float64)[:, None]
        _, theta = _generating(self.training, self.now)
        with torch.no_grad():
            centres, widths = codes_of(system, self.now.theta[0], self._real)
            copies = system.generator.mean(theta, centres[:LINKED])
            bend = system.generator.mean(theta, z)
        pairs = np.stack([self._real[:LINKED].numpy(), copies.numpy()], 1).reshape(-1, 2)
        return {
            "links": placed(pairs, self.square),
            "grid": placed(bend.numpy(), self.square).reshape(1, CODES, 2),
            "codes": curve(code_density(z, centres, widths)),
            "prior": curve(torch.exp(-0.5 * z[:, 0] ** 2) / (2 * torch.pi) ** 0.5),
        }

    def numbers(self) -> Iterator[Known]:
        """Both JSDs by draws; then the loss that it lowers and its exact JSD, then the GAN's."""
        yield self._drawn(self.now, self.beside)
        yield known(NAMES, lambda: self._record(self.training, self.now))
        yield known(("js_gan",), self._of_rival)

    def _record(self, training: SystemTraining, state: State) -> Known:
        record = training.measure(state)[0]
        found: dict[str, Result | NotKnown] = {"js": replace(record.js, diagnostics={})}
        if record.objective is not None:
            found["objective"] = replace(record.objective, diagnostics={})
        return found

    def _drawn(self, now: State, beside: State) -> Known:
        """Both JSDs with their standard errors, where the laws have densities."""
        laws = {
            "js": self.training.law(now),
            "js_gan": law_or_none(self.rival.generator, beside.average[0].double()),
        }
        found = dict[str, Result | NotKnown]()
        for name, law in laws.items():
            if law is not None:
                found |= known((name,), lambda law=law, name=name: {name: self._by_draws(law)})  # type: ignore[misc]
        return {name: each for name, each in found.items() if isinstance(each, Result)}

    def _by_draws(self, law: Law) -> Result:
        return replace(divergence(self.training.p, law, "js", AT_ONCE), diagnostics={})

    def _of_rival(self) -> Known:
        return {"js_gan": replace(self.rival.measure(self.beside)[0].js, diagnostics={})}

    def aside(self) -> Callable[[], Known] | None:
        """Both JSDs of this moment, by draws."""
        now, beside = self.now, self.beside
        return lambda: self._drawn(now, beside)

    @property
    def way(self) -> Way:
        """Both have moved at each step."""
        return (("both", int(self.at)),) if self.at else ()

    def python(self, step: int | None = None) -> str:
        """Both trainings to this step, and their JSDs: by draws, as it plays, and the best."""
        steps = sum(count for _, count in way_to(self.way, step))
        return (
            "import divkit\n"
            "from divkit.exact.monte_carlo.method import QuasiMonteCarlo\n"
            "from divkit.gan import Recorder\n"
            "from divkit.training.entries import training_of\n"
            "from divkit.training.measures.truth import law_or_none\n"
            "from divkit.training_config import Config\n\n\n"
            f"{SHOWING}"
            f"own = Config({given(self.config)})\n"
            f"gan = Config({given(self.rival_config)})\n"
            'for name, config in {"js": own, "js_gan": gan}.items():\n'
            "    training = training_of(config, Recorder(neighbourhood=0))\n"
            "    state = training.begin()\n"
            f"    for _ in range({steps}):\n"
            "        state = training.step(state)\n"
            "    law = (\n"
            '        training.law(state) if name == "js"\n'
            "        else law_or_none(training.generator, state.average[0].double())\n"
            "    )\n"
            "    if law is not None:\n"
            "        try:\n"
            f"            few = QuasiMonteCarlo(n={AT_ONCE.n})\n"
            '            drawn = divkit.divergence(training.p, law, "js", few)\n'
            '            shown(f"{name}_by_draws", drawn)\n'
            "        except (ValueError, ArithmeticError) as why:\n"
            '            print(f"{name} by draws is not known: {why}")\n'
            "    record = training.measure(state)[0]\n"
            "    shown(name, record.js)\n"
            '    if name == "js":\n'
            '        shown("objective", record.objective)\n'
        )


WHO = frozenset({"both"})


def _generating(training: Any, state: State) -> tuple[Any, Tensor]:
    """A training's generator, and its part of the parameters."""
    if isinstance(training, SystemTraining):
        system = training.system
        batch, whole = training.batch(state.step, 0), state.theta[0]

        def loss() -> float:
            return float(system.terms(whole, batch)["loss"] @ batch.weight)

        with torch.no_grad():
            return system.generator, system.generating(whole, loss)
    return training.generator, state.theta[0]


def codes_of(system: Any, theta: Tensor, x: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return the codes of points (n, 1), and their standard deviations where they have some."""
    if isinstance(system, Copying):
        return system.model.codes(theta, x), None
    mean, log_sd = system.vae.posterior(theta, x)
    return mean, log_sd.exp()


def code_density(z: Tensor, centres: Tensor, widths: Tensor | None) -> Tensor:
    """Return the density of codes at places z (k, 1): a mixture, or a histogram of sharp ones."""
    made: Tensor
    if widths is None:
        step = float(z[1, 0] - z[0, 0]) * 4
        inside = ((z - centres[:, 0]).abs() <= step / 2).double()
        made = inside.mean(-1) / step
        return made
    u = (z - centres[:, 0]) / widths[:, 0]
    made = (torch.exp(-0.5 * u**2) / (widths[:, 0] * (2 * torch.pi) ** 0.5)).mean(-1)
    return made
