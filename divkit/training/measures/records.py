r"""Records of a training: V beside its bound, the truth, and scores of samples.

V is taken three times: on the last minibatch, on held-out points (with a standard error), and
where both laws are known on nodes of the judge (`divkit.critics.judge`), which trains nothing.
The bound is that of the game's theorem at the true divergence: for the GAN −2 log 2 + 2 JSD.

A record is written as one flat mapping, whose keys `COLUMNS` gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any

from divkit import markup
from divkit.plain import jsonable
from divkit.results import NotANumberError, Result
from divkit.types import STANDARD_ERROR, Tensor

CHANCE = 5.0
"""Standard errors that chance carries V on draws above its mean once in three million."""


@dataclass(frozen=True, kw_only=True)
class GameValues:
    """V; None where it has no meaning or is not known.

    Attributes
    ----------
    minibatch : on the last minibatch.
    held_out, held_out_error : on fresh points, with its standard error.
    nodes, nodes_error : V itself, by the judge's nodes, and what it may be off: five standard
        errors where these are draws.

    Examples
    --------
    >>> GameValues(minibatch=-1.3, held_out=-1.35).held_out
    -1.35
    """

    minibatch: float | None = None
    held_out: float | None = None
    held_out_error: float | None = None
    nodes: float | None = None
    nodes_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class CriticScores:
    """D against the best critic D*, and what G has of it.

    Attributes
    ----------
    l2, sup : D against D* in L²(m), and the largest difference at the nodes.
    slope_minimax, slope_non_saturating : |∇_θ| of G under both losses of the GAN at this critic.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> next(train_gan(Normal(1, 1), steps=2, batch=8)).record.critic.l2 > 0
    True
    """

    l2: float | None = None
    sup: float | None = None
    slope_minimax: float | None = None
    slope_non_saturating: float | None = None


@dataclass(frozen=True, kw_only=True)
class SampleScores:
    """Scores of fakes that need no density: see `modes`.

    >>> SampleScores(modes=8).modes
    8
    """

    modes: int | None = None
    high_quality: float | None = None
    precision: float | None = None
    recall: float | None = None
    density: float | None = None
    coverage: float | None = None


@dataclass(frozen=True, eq=False)
class Gradient:
    """An exact gradient of the objective (P,), and a bound on each entry's error.

    >>> import torch
    >>> Gradient(torch.tensor([0.5, 0.0]), error=1e-12).error
    1e-12
    """

    slope: Tensor
    error: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """One member at one step; None where a number has no meaning or is not known, never NaN.

    Attributes
    ----------
    step, seed : which.
    js : the true JSD, or an estimate that says so.
    bound : max V against the current generator, with its error.
    divergences : others, by name.
    objective : what a system without a critic lowers; its V is taken at the exact best critic.
    values, critic, samples : V, scores of the critic, scores of fakes.
    gradient : of the objective, where the training moves by exact ones; it is not written.
    generator : which G every number is of: the "last" parameters, their moving "average", or one
        "given" as it is; None where a record of before does not say.
    bounded : whether the game has a theorem; of losses without one V is no estimate of anything.

    The columns of a file are read by their names too: `held_out_value` is `values.held_out`.

    Raises
    ------
    NotANumberError
        If a number is NaN.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> record = next(train_gan(Normal(1, 1), steps=2, batch=8)).record
    >>> record.value < record.bound.value
    True
    """

    step: int
    seed: int
    js: Result
    bound: Result | None = None
    divergences: Mapping[str, Result] = field(default_factory=dict)
    objective: Result | None = None
    values: GameValues = GameValues()
    critic: CriticScores = CriticScores()
    samples: SampleScores = SampleScores()
    gradient: Gradient | None = None
    generator: str | None = "last"
    bounded: bool = True

    def __post_init__(self) -> None:
        for name, path in COLUMNS.items():
            number = attrgetter(path)(self)
            if isinstance(number, float) and math.isnan(number):
                raise NotANumberError(f"{name} of step {self.step} is NaN.")
        if self.generator not in GENERATORS:
            raise ValueError(f"generator must be one of {[*GENERATORS]}; got {self.generator!r}.")

    train_value = property(attrgetter("values.minibatch"))
    held_out_value = property(attrgetter("values.held_out"))
    held_out_error = property(attrgetter("values.held_out_error"))
    value = property(attrgetter("values.nodes"))
    value_error = property(attrgetter("values.nodes_error"))
    critic_l2 = property(attrgetter("critic.l2"))
    critic_sup = property(attrgetter("critic.sup"))
    slope_minimax = property(attrgetter("critic.slope_minimax"))
    slope_non_saturating = property(attrgetter("critic.slope_non_saturating"))
    modes = property(attrgetter("samples.modes"))
    high_quality = property(attrgetter("samples.high_quality"))
    precision = property(attrgetter("samples.precision"))
    recall = property(attrgetter("samples.recall"))
    density = property(attrgetter("samples.density"))
    coverage = property(attrgetter("samples.coverage"))

    @property
    def excess(self) -> float | None:
        """V less the most that it can be, in units of what both may be off; ≤ 1 if both are right.

        The larger of two: V on the judge's nodes, which may be off by its error, and V on held-out
        points, which chance carries beyond five standard errors once in three million. Where only
        the lower end of a bound is known, V may rise to the last possible value.
        """
        if self.bound is None:
            return None
        found = [
            _over(v - top, error + slack)
            for v, error in (
                (self.values.nodes, self.values.nodes_error),
                (self.values.held_out, _times(self.values.held_out_error, CHANCE)),
            )
            if v is not None and error is not None
            for top, slack in (_top(self.bound),)
        ]
        return max(found, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values by column, ready for JSON."""
        return {name: jsonable(attrgetter(path)(self)) for name, path in COLUMNS.items()}

    def flat(self) -> dict[str, float]:
        """Numbers by name, for loggers: what is not known is left out.

        A result has its value ("js"), its error ("js_error") and its ends ("js_low", "js_high").
        """
        numbers: dict[str, float] = {}
        found = {"bound": self.bound, "js": self.js, "objective": self.objective}
        for name, result in {**found, **self.divergences}.items():
            if result is not None:
                ends = (result.value, result.error, *result.interval)
                names = (name, f"{name}_error", f"{name}_low", f"{name}_high")
                numbers |= dict(zip(names, ends, strict=True))
        plain = {name: attrgetter(path)(self) for name, path in COLUMNS.items()}
        return numbers | {k: float(v) for k, v in plain.items() if isinstance(v, (int, float))}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Record:
        """The record of which `to_dict` made these values.

        Raises
        ------
        ValueError
            If a column is missing or unknown, or holds what it cannot.
        """
        plain = {"generator": None, "bounded": True, **plain}
        odd = sorted(set(COLUMNS).symmetric_difference(plain))
        if odd:
            raise ValueError(f"a record has {len(COLUMNS)} columns; missing or unknown: {odd}")
        parts: dict[str, Any] = {name: _group(kind, name, plain) for name, kind in _GROUPS.items()}
        parts |= {
            name: None if plain[name] is None else Result.from_dict(plain[name])
            for name in ("bound", "objective")
        }
        if not isinstance(plain["divergences"], Mapping):
            raise ValueError(f"divergences must be by name; got {plain['divergences']!r}")
        kinds = {name: Result.from_dict(one) for name, one in plain["divergences"].items()}
        step, seed = (_whole(name, plain[name]) for name in ("step", "seed"))
        js = Result.from_dict(plain["js"])
        which = plain["generator"]
        told = {"generator": which, "bounded": bool(plain["bounded"])}
        return cls(step=step, seed=seed, js=js, divergences=kinds, **told, **parts)

    @property
    def words(self) -> str:
        """A note on which G the numbers are of, where it is not the last; else nothing."""
        return GENERATORS[self.generator]

    def _repr_html_(self) -> str:
        """V beside its bound and the true JSD, for a notebook."""
        return as_table([self], f"step {self.step}")

    def __str__(self) -> str:
        v = _with_error(self.values.held_out, self.values.held_out_error)
        v = f"V = {v}, " if v else ""
        v = v if self.bounded else f"{v}no bound: losses without a theorem, "
        lowered = "" if self.objective is None else f"{self.objective!r}, "
        return f"{lowered}{v}{self.js!r}" + (f" ({self.words})" if self.words else "")


def as_table(records: Iterable[Record], title: str) -> str:
    """Records as HTML, a row each."""
    header = ("step", "seed", "V held out", "max V", "JSD", "error", "JSD is")
    rows = [
        [
            str(r.step),
            str(r.seed),
            _with_error(r.values.held_out, r.values.held_out_error),
            "" if r.bound is None else markup.number(r.bound.value, 6),
            markup.number(r.js.value, 6),
            markup.number(r.js.error, 2),
            r.js.side() or r.js.kind,
        ]
        for r in records
    ]
    return markup.table(header, rows, title)


def _with_error(value: float | None, error: float | None) -> str:
    if value is None:
        return ""
    shown = markup.number(value, 6)
    return shown if error is None else f"{shown} ± {markup.number(error, 1)}"


GENERATORS: Mapping[str | None, str] = {"last": "", "average": "averaged G", "given": "", None: ""}
"""Which G the numbers of a record can be of, and the note that says so."""

_GROUPS: dict[str, type] = {"values": GameValues, "critic": CriticScores, "samples": SampleScores}

COLUMNS: Mapping[str, str] = {
    "step": "step",
    "seed": "seed",
    "train_value": "values.minibatch",
    "held_out_value": "values.held_out",
    "held_out_error": "values.held_out_error",
    "value": "values.nodes",
    "value_error": "values.nodes_error",
    "bound": "bound",
    "js": "js",
    "divergences": "divergences",
    "critic_l2": "critic.l2",
    "critic_sup": "critic.sup",
    "slope_minimax": "critic.slope_minimax",
    "slope_non_saturating": "critic.slope_non_saturating",
    "modes": "samples.modes",
    "high_quality": "samples.high_quality",
    "precision": "samples.precision",
    "recall": "samples.recall",
    "density": "samples.density",
    "coverage": "samples.coverage",
    "objective": "objective",
    "generator": "generator",
    "bounded": "bounded",
}
"""The columns of a written record, in their order, and where each is in a Record."""


def alarmed(record: Record) -> Record:
    """The record, with a warning on its bound where V exceeds it: one of the two is wrong."""
    excess, bound = record.excess, record.bound
    if bound is None or excess is None or excess <= 1:
        return record
    values = ((record.values.nodes, "nodes"), (record.values.held_out, "held-out points"))
    most = max((v, where) for v, where in values if v is not None)
    words = (
        f"V on {most[1]} at step {record.step} is {most[0]:.6g}, above its bound of "
        f"{bound.value:.6g} by {excess:.3g} times what both may be off: "
        "the JSD, V or its standard error is wrong"
    )
    return replace(record, bound=replace(bound, warnings=(*bound.warnings, words)))


def _top(bound: Result) -> tuple[float, float]:
    """The most that V can be, and by how much that may be off."""
    if bound.is_lower_bound:
        return bound.interval[1], 0.0
    return bound.value, bound.error * (CHANCE if bound.kind == STANDARD_ERROR else 1.0)


def _times(error: float | None, factor: float) -> float | None:
    return None if error is None else factor * error


def _over(over: float, allowed: float) -> float:
    if math.isinf(allowed):
        return -math.inf
    return over / allowed if allowed else math.copysign(math.inf, over) if over else 0.0


def _group(kind: type, name: str, plain: Mapping[str, Any]) -> Any:
    """The values, critic or samples of a written record."""
    paths = {path: column for column, path in COLUMNS.items()}
    found = {f.name: plain[paths[f"{name}.{f.name}"]] for f in fields(kind)}
    return kind(
        **{k: v if v is None or isinstance(v, int) else float(v) for k, v in found.items()}
    )


def _whole(name: str, number: Any) -> int:
    if type(number) is not int or number < 0:
        raise ValueError(f"{name} must be a whole number; got {number!r}")
    return number
