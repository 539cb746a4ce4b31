r"""A GAN that somebody trains in a loop of their own, measured: V, its bound and the true JSD.

Nothing of theirs is touched. A torch module is copied, in float64, on the CPU and in evaluation
mode: batch norm uses its running statistics, dropout does nothing, as when the generator is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from divkit.critics.module_probe import ends_with_sigmoid
from divkit.critics.samples import rows
from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.floats import own_rules
from divkit.games.base import itself
from divkit.generators.fixed import Noise, fixed_generator, frozen_copy
from divkit.rng import RandomState, as_generator, seeded
from divkit.threads import on_one_thread
from divkit.training.gan.measures import held_out, judged
from divkit.training.gan.setup import Setup
from divkit.training.measures.held_rows import HeldRows, label_weights, labels_of, with_labels
from divkit.training.measures.recorder import Recorder
from divkit.training.measures.records import CriticScores, GameValues, Record, alarmed
from divkit.training.measures.truth import bound, fresh_fakes
from divkit.training.own_loss import Pays, as_loss
from divkit.types import Samples, Tensor

_SAME = 1e-9
_NOTHING = torch.empty(0, dtype=torch.float64)
OUTPUTS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "logit": itself,
    "probability": torch.logit,
}
"""Kinds of a critic's output, and the logit of each."""


@dataclass(frozen=True, eq=False)
class FixedCritic:
    """A critic of somebody else's; whatever measures it takes it as it is then.

    Parameters
    ----------
    call : a torch module or a function that maps points to outputs, (n,) or (n, 1).
    output : "logit" or "probability"; where None, a module that ends with `nn.Sigmoid` gives
        probabilities and any other logits.
    shape : of a point, as the call takes it; None leaves it (d,).

    Raises
    ------
    TypeError
        If it cannot be called.
    ValueError
        If `output` is not a name of `OUTPUTS`.

    Examples
    --------
    >>> FixedCritic(lambda x: x[:, 0], output="logit").pack
    1
    """

    call: Callable[[Tensor], Any]
    output: str | None = None
    shape: tuple[int, ...] | None = None

    pack = 1
    slope = None

    def __post_init__(self) -> None:
        if not callable(self.call):
            raise TypeError(f"critic must be a torch module or a function; got {self.call!r}.")
        named = _output_of(self.call) if self.output is None else self.output
        if named not in OUTPUTS:
            raise ValueError(f"output must be one of {', '.join(OUTPUTS)}; got {self.output!r}.")
        object.__setattr__(self, "output", named)

    def now(self) -> FixedCritic:
        """The critic as it is now: a module is copied."""
        if not isinstance(self.call, nn.Module):
            return self
        return replace(self, call=frozen_copy(self.call))

    def logits(self, theta: Tensor, x: Tensor) -> Tensor:
        """Logits (n,) at points (n, d).

        Raises
        ------
        ValueError
            If the call does not give one number a point.
        """
        seen = x if self.shape is None else x.reshape(len(x), *self.shape)
        with torch.no_grad():
            out = torch.as_tensor(self.call(seen)).detach().to("cpu", torch.float64)
        if out.numel() != len(x):
            raise ValueError(
                f"critic must give one number a point; {len(x)} points gave {tuple(out.shape)}."
            )
        return OUTPUTS[str(self.output)](out.reshape(-1))


def measure(
    p: Any,
    generator: Any,
    critic: Any = None,
    *,
    noise: Noise,
    game: Pays = "gan",
    points: tuple[Samples, Samples] | None = None,
    step: int = 0,
    recorder: Recorder | None = None,
    rng: RandomState = 0,
    labels: Any = None,
) -> Record:
    r"""Measure a generator, and the critic it plays against, in any loop.

    Parameters
    ----------
    p : the law of the data, whatever `divkit.distributions.as_law` takes; or, where none is
        known, rows (n, d) of it that neither side was trained on, at least 50. On a law with
        labels (`divkit.distributions.labelled`), or rows with labels, the generator sees rows
        (z, e_y), the critic rows (x, e_y), as in `train_gan`, and the JSD is the conditional one.
    generator : a torch module or a function from noise to points.
    critic : a torch module or a function from points to outputs, or a `FixedCritic`, which says
        what outputs are and which shape points have; None measures G alone.
    noise : the number of coordinates of N(0, I), a law, or a function that draws n points.
    game : a name of `divkit.gan.LOSSES`, a loss, or a pair of functions (`divkit.gan.own_loss`):
        what the critic is paid.
    points : real points and fakes of the last minibatch, on which V is taken too.
    step : for the record.
    recorder : what is measured, and on how many points.
    rng : of all draws; no random state of the caller's is used or moved.
    labels : of rows, whole numbers from 0, one a row.

    Returns
    -------
    Record
        V on fresh points and on `points`, its bound, JSD (exact where the generator's law is
        known, else a lower limit), D against D*, modes, precision, recall, density, coverage.
        Of rows V is taken on them, and the JSD is an estimate above a lower limit: no truth.

    Raises
    ------
    TypeError
        If p is no law and no rows, or the generator or critic cannot be called.
    ValueError
        If the generator's points have not p's dimension, the critic's outputs are not one each,
        either side's depends on what stands beside a point, or labels are given without rows.

    Examples
    --------
    >>> from divkit.distributions import Normal
    >>> found = measure(Normal(1, 1), lambda z: 2 * z, noise=1, rng=1)
    >>> found.js.one_sided, found.js.interval[0] < 0.1298
    ('lower', True)
    """
    law, loss = law_or_rows(p, labels), as_loss(game)
    weights = label_weights(law) if labels_of(law) else ()
    made = fixed_generator(generator, noise, law.dim - len(weights), weights)
    given = critic is None or isinstance(critic, FixedCritic)
    side = critic if given else FixedCritic(critic)
    side = None if side is None else side.now()
    fitting = (recorder or Recorder()).fitting(law)
    setup = Setup(law, loss, made, side, recorder=fitting)  # type: ignore[arg-type]
    return _record(setup, points, step, rng)


def law_or_rows(p: Any, labels: Any = None) -> Law:
    """The law of the data; of rows (n, d), with labels or without, one of which no more is known.

    Raises
    ------
    ValueError
        If there are fewer than 50 rows, one is not finite, or labels are not one a row.
    """
    if not isinstance(p, Law) and len(getattr(p, "shape", ())) == 2:
        return HeldRows(*with_labels(rows(p, "p"), labels))
    if labels is not None:
        raise ValueError(
            "labels are of rows without a law; divkit.distributions.labelled has both."
        )
    return as_law(p)


@own_rules
@on_one_thread
def _record(setup: Setup, points: Any, step: int, rng: RandomState) -> Record:
    p, generator, recorder = setup.p, setup.generator, setup.recorder
    random, theta = as_generator(rng), _NOTHING
    known = recorder.truth.known(p, generator, theta, random)
    values, scores = GameValues(), CriticScores()
    if setup.critic is not None:
        x = p.sample(recorder.held_out, random)
        y = fresh_fakes(generator, theta, recorder.held_out, random)
        _require_own_outputs(setup.critic, x)
        value, spread = held_out(setup, theta, x, y)
        nodes, error, l2, sup = judged(setup, theta, p, known.law)
        values = GameValues(
            minibatch=None if points is None else _on_points(setup, points),
            held_out=value,
            held_out_error=spread,
            nodes=nodes,
            nodes_error=error,
        )
        scores = CriticScores(l2=l2, sup=sup)
    return alarmed(
        Record(
            step=step,
            seed=0,
            js=known.js,
            bound=bound(setup.loss, p, known),
            divergences=recorder.truth.others(p, known.law),
            values=values,
            critic=scores,
            samples=recorder.scores(generator, theta, p, random),
            generator="given",
            bounded=setup.loss.theorem is not None,
        )
    )


def _require_own_outputs(critic: Any, x: Tensor) -> None:
    """Raise if a critic gives a point another output beside others: V has no bound then."""

    def first(beside: int) -> Tensor:
        with seeded(0):
            out: Tensor = critic.logits(_NOTHING, x[[0, beside]])[:1]
        return out

    one, again, other = first(1), first(1), first(2)
    if torch.equal(one, again) and bool(((one - other).abs() > _SAME * (1 + one.abs())).any()):
        raise ValueError(
            "critic gives a point another output beside other points, as batch norm does in "
            "training mode or without running statistics, so that V has no bound. Pass the "
            "module, which is measured in evaluation mode, or use LayerNorm."
        )


def _on_points(setup: Setup, points: tuple[Samples, Samples]) -> float:
    """V on points of the caller's."""
    wide = [torch.as_tensor(part).detach().to("cpu", torch.float64) for part in points]
    x, y = (part.reshape(len(part), setup.p.dim) for part in wide)
    return held_out(setup, _NOTHING, x, y)[0]


def _output_of(critic: Any) -> str:
    probability = isinstance(critic, nn.Module) and ends_with_sigmoid(critic)
    return "probability" if probability else "logit"


@dataclass(eq=False)
class Watch:
    """Measures a GAN every so many calls, in a loop of one's own.

    Parameters
    ----------
    p, generator, critic, noise, game, labels : as of `measure`.
    every : calls between records.
    observers : called with each record.
    options : other arguments of `measure`.

    Examples
    --------
    >>> import torch
    >>> from divkit.distributions import Normal
    >>> watch = Watch(Normal(1, 1), torch.nn.Linear(1, 1), noise=1, every=2)
    >>> for step in range(4):
    ...     _ = watch()  # after an optimiser's step
    >>> [record.step for record in watch.records]
    [2, 4]
    """

    p: Any
    generator: Any
    critic: Any = None
    noise: Noise = 1
    game: Pays = "gan"
    every: int = 500
    observers: tuple[Callable[[Record], object], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: Any = None
    calls: int = 0
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every must be at least 1; got {self.every!r}.")
        self.p = law_or_rows(self.p, self.labels)

    def __call__(self, points: tuple[Samples, Samples] | None = None) -> Record | None:
        """Count a step; return its record where one is due.

        `points` are real points and fakes of the last minibatch.
        """
        self.calls += 1
        return self.now(points) if self.calls % self.every == 0 else None

    def now(self, points: tuple[Samples, Samples] | None = None) -> Record:
        """Measure at once."""
        record = measure(
            self.p,
            self.generator,
            self.critic,
            noise=self.noise,
            game=self.game,
            points=points,
            step=self.calls,
            **{"rng": self.calls, **self.options},
        )
        self.records.append(record)
        for observe in self.observers:
            observe(record)
        return record
