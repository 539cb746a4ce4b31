"""`train_gan`: a training as an iterator of steps, each with the true JSD beside V."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import torch
from torch import nn

from divkit.critics.model import Model
from divkit.critics.module import TorchModule
from divkit.critics.module_probe import ends_with_sigmoid, require_own_weights
from divkit.critics.points import from_samples
from divkit.critics.samples import rows
from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.support import manifolds
from divkit.floats import own_rules
from divkit.generators import AffineGenerator
from divkit.generators.drawn import noise_law
from divkit.generators.fakes import require_as_many, require_even
from divkit.generators.fixed import Noise
from divkit.generators.generator import Generator, standard_normal
from divkit.generators.modules import ModuleGenerator
from divkit.generators.network import NetworkGenerator
from divkit.signatures import with_defaults
from divkit.training.batches import fixed_sample
from divkit.training.gan.critic import AutogradCritic, ModuleCritic, NetworkCritic, PlayedCritic
from divkit.training.gan.labelled import LabelledCritic, labelled_generator, require_labels
from divkit.training.gan.spectral import SpectralCritic
from divkit.training.gan.torch_rates import torch_rates
from divkit.training.gan.training import GanTraining
from divkit.training.measures.held_rows import HeldRows, labels_of, parted
from divkit.training.measures.recorder import Recorder
from divkit.training.options import OptionFields, Options, Ramp, chosen
from divkit.training.own_loss import Pays, as_loss
from divkit.training.run import Observer, RecordedSteps, followed
from divkit.training.store.checkpoints import Checkpoints
from divkit.types import Samples, Tensor


@with_defaults(Options)
def train_gan(
    p: Any = None,
    game: Pays = "gan",
    *,
    generator: Generator | nn.Module | None = None,
    critic: PlayedCritic | Model | nn.Module | None = None,
    options: Options | None = None,
    recorder: Recorder | None = None,
    every: int = 500,
    data: int | Samples | None = None,
    labels: Any = None,
    noise: Noise | Ramp | None = None,
    optimizer: Any = None,
    scheduler: Any = None,
    checkpoints: Checkpoints | None = None,
    save_every: int = 1000,
    resume: bool = False,
    observers: Iterable[Observer] = (),
    **choices: Unpack[OptionFields],
) -> RecordedSteps:
    """Train a generator against a critic; yield a step whenever one is recorded.

    Parameters
    ----------
    p : the law of the data; None where `data` are rows of which no law is known.
    game : a name of `divkit.gan.LOSSES`, a loss, or a pair of functions of logits, (critic_loss,
        generator_loss), without a theorem; `divkit.gan.own_loss` gives them one.
    generator : affine on the line, a network elsewhere, where None; a torch module from noise to
        points starts from its own parameters (`divkit.gan.ModuleGenerator`).
    critic : a network, where None; a model of divkit.critics, or a torch module from points to
        logits, is followed by autograd.
    options : see `divkit.gan.Options`; or its fields by name in `choices`.
    recorder : what is measured at a recorded step.
    every : steps between records; the start and the last step are recorded too.
    data : train on this many points of p, drawn once, or on rows (n, d) of one's own; fresh draws
        where None. Without p a fifth of the rows is held out: V is taken on them, the JSD is an
        estimate from them (`divkit.estimate`), and no bound is claimed.
    labels : of rows of one's own, whole numbers from 0, one a row: the game is conditional then,
        as it is where p is `divkit.distributions.labelled`. A torch module for G takes rows (z,
        e_y), e_y the label's unit vector, and gives x; one for D takes rows (x, e_y).
    noise : of a torch module, or of the network that is made: the number of coordinates of
        N(0, I), a law, or a function that draws n points (n, k). A `Ramp` is instance noise, as
        in `options`.
    optimizer : of torch.optim, in place of `generator_rate` and `critic_rate`: a class, a partial
        of one, or an instance that holds a module's parameters; one for both sides, or a pair for
        the generator and the critic.
    scheduler : of torch.optim.lr_scheduler, a partial or a pair of them; a step follows each of
        the optimizer's.
    checkpoints, save_every : where states are saved, and how often; the last one is.
    resume : go on from the newest checkpoint.
    observers : called with every `TrainingStep`, of those without records too.

    Returns
    -------
    RecordedSteps
        An iterator of the steps that are recorded, with the state, the law and the records.

    Raises
    ------
    TrainingDivergedError
        If a parameter becomes infinite or NaN; the last good state is saved and in the error.
    ValueError
        If dimensions differ, a name is not known, or there is nothing to resume from.

    See Also
    --------
    divkit.gan.train_system : likelihood, VAEs and the ideal game, with the same record.
    divkit.gan.measure : a GAN trained elsewhere.
    divkit.plots.draw_game : V under its bound.
    divkit.maximise_value : D alone.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> last = [step for step in train_gan(Normal(1, 1), steps=20, batch=64, every=10)][-1]
    >>> last.index, last.js.kind
    (20, 'quadrature')
    """
    own: dict[str, Any] = {**choices}
    if isinstance(noise, Ramp):
        own, noise = {**own, "noise": noise}, None
    own |= torch_rates((generator, critic), optimizer, scheduler, own)
    law, points = _data(p, data, labels)
    made = _generator(law, generator, noise)
    training = set_up(law, game, made, critic, chosen(options, own), points)
    training = replace(training, recorder=(recorder or training.recorder).fitting(law))
    return followed(training, every, checkpoints, save_every, resume, observers)


def _data(p: Any, data: Any, labels: Any) -> tuple[Law, int | Tensor | None]:
    """The law that is measured against, and what is trained on.

    Raises
    ------
    TypeError
        If there is neither a law nor rows, or labels without rows.
    """
    counted = data is None or isinstance(data, int)
    if p is None and counted:
        raise TypeError("pass the law of the data, or rows of it: train_gan(data=rows).")
    if labels is not None and p is not None:
        raise TypeError(
            "labels are of rows without a law; divkit.distributions.labelled has both."
        )
    if p is None:
        seen, held_back = parted(data, labels)
        return held_back, seen
    law = as_law(p)
    return law, data if counted else rows(data, "data", law.dim)


def default_generator(p: Law, noise: Law | None = None) -> Generator:
    """Affine on the line; elsewhere a network of as many noise coordinates as the data have."""
    if p.dim == 1 and noise is None:
        return AffineGenerator()
    centre, spread = place_of(p)
    latent = standard_normal(p.dim) if noise is None else noise
    return NetworkGenerator(latent, p.dim, centre=centre, spread=spread)


def default_critic(p: Law, options: Options) -> PlayedCritic:
    """A network that sees the data at unit scale; spectrally normalised where that is asked."""
    centre, spread = place_of(p)
    return held(NetworkCritic(p.dim, centre=centre, spread=spread), options)


def _labelled_critic(critic: PlayedCritic, p: Law) -> PlayedCritic:
    """The critic, with no slope in labels where the data have them."""
    count = labels_of(p)
    plain = not count or isinstance(critic, LabelledCritic)
    return critic if plain else LabelledCritic(critic, count)


def _generator(
    p: Law, generator: Generator | nn.Module | None, noise: Noise | None = None
) -> Generator:
    if labels_of(p):
        return labelled_generator(p, generator, noise, place_of(p))
    latent = None if noise is None else noise_law(noise)
    if generator is None:
        return default_generator(p, latent)
    if isinstance(generator, nn.Module):
        return ModuleGenerator.of(generator, p.dim, latent)
    if latent is not None:
        raise ValueError(f"{generator!r} has noise of its own; leave noise out.")
    if not isinstance(generator, Generator):
        raise TypeError(
            f"generator must be a Generator or a torch module; got {generator!r}. A function of "
            "noise alone has nothing to train: divkit.gan.measure measures it."
        )
    return generator


def _critic(
    p: Law, critic: PlayedCritic | Model | nn.Module | None, options: Options
) -> PlayedCritic:
    if critic is None:
        return default_critic(p, options)
    if isinstance(critic, nn.Module):
        if ends_with_sigmoid(critic):
            raise ValueError(
                "critic must give logits; it ends with nn.Sigmoid. Leave that layer out: games "
                "apply it to the logit, where it loses no digits."
            )
        require_own_weights(critic, f"the critic {type(critic).__name__}")
        points = from_samples(p.sample(16, 0), p.sample(16, 1))
        return ModuleCritic(TorchModule(critic).bind(points))
    return critic if isinstance(critic, PlayedCritic) else AutogradCritic(critic)


def held(critic: PlayedCritic, options: Options) -> PlayedCritic:
    """The critic, under spectral norm where that is asked.

    Raises
    ------
    ValueError
        If it is asked of a critic whose weight matrices are not known.
    """
    if not options.penalties.spectral or isinstance(critic, SpectralCritic):
        return critic
    if not isinstance(critic, NetworkCritic):
        raise ValueError(
            f"spectral norm divides the weight matrices of a NetworkCritic; {critic!r} is none. "
            "Leave spectral out, or pass a NetworkCritic."
        )
    return SpectralCritic(critic)


def place_of(p: Law, count: int = 1000) -> tuple[float, float]:
    """One centre and one spread for all coordinates: the median, and half the 16 to 84 % range.

    Labels are left out.
    """
    count = min(count, len(p.rows)) if isinstance(p, HeldRows) else count
    x = p.sample(count, 0).numpy()[:, : p.dim - labels_of(p)]
    low, middle, high = np.quantile(x, (0.16, 0.5, 0.84))
    return float(middle), float(high - low) / 2


def _require_points(p: Law) -> None:
    for each in manifolds(p.support):
        if not labels_of(p) and each.intrinsic == each.dim:
            raise ValueError(
                f"p is a law {each.words}: a generator's points are numbers, no angles. Train on "
                "the unit vectors of the angles, such as VonMisesFisher's."
            )


@own_rules
def set_up(
    p: Law,
    game: Pays,
    generator: Generator | nn.Module | None,
    critic: PlayedCritic | Model | nn.Module | None,
    options: Options,
    data: int | Tensor | None = None,
) -> GanTraining:
    """Resolve names and defaults, and check that everything fits."""
    _require_points(p)
    loss = as_loss(game)
    made = _generator(p, generator)
    if made.dim != p.dim:
        raise ValueError(f"the data have {p.dim} coordinates, the generator's points {made.dim}.")
    played = _labelled_critic(held(_critic(p, critic, options), options), p)
    require_labels(p, made, played, options)
    if options.batch % played.pack:
        raise ValueError(f"batch must be a multiple of pack = {played.pack}; got {options.batch}.")
    if loss.paired or played.pack > 1:
        require_even(made, options.batch, loss.name if loss.paired else "a pack")
    if options.penalties.gradient or options.noise != Ramp(0.0, 0.0):
        what = "a gradient penalty" if options.penalties.gradient else "instance noise"
        require_as_many(made, options.batch, what)
    points: Tensor | None
    if isinstance(data, int):
        points = torch.stack([fixed_sample(p, data, seed) for seed in options.seeds])
    else:
        points = None if data is None else data.expand(len(options.seeds), *data.shape)
    return GanTraining(p, loss, made, played, options, points)
