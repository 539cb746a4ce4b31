"""A training as those see it who follow one: a start, steps, and measures of a state."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from divkit.distributions.base import Law
from divkit.markup import InHtml
from divkit.plain import jsonable
from divkit.results import Result
from divkit.training.measures.records import Record
from divkit.types import Tensor


class Reached(Protocol):
    """A state that knows how far from the start it is. It is never changed in place."""

    @property
    def step(self) -> int:
        """Steps since the start."""
        ...

    @property
    def theta(self) -> Tensor:
        """The generator's parameters, (P,) or one row a member (E, P)."""
        ...


S = TypeVar("S", bound=Reached)
R_co = TypeVar("R_co", covariant=True)


class Trainable(Protocol[S, R_co]):
    """A training, begun and moved on a step at a time; derive from it to have the defaults.

    A training that can be resumed draws its random numbers as a function of the step.

    >>> from divkit import Normal, train_gan
    >>> first = next(train_gan(Normal(1, 1), steps=1, batch=8, every=1))
    >>> training: Trainable = first.training
    >>> training.begin().step, training.steps
    (0, 1)
    """

    @property
    def steps(self) -> int | None:
        """Number of the last step; None where there is none."""
        return None

    def begin(self) -> S:
        """The state before the first step."""
        ...

    def step(self, state: S) -> S | None:
        """The state after one more step; None where the training has come to rest.

        Raises
        ------
        OutOfRangeError
            If a number leaves the range of the floats.
        """
        ...

    def measure(self, state: S) -> tuple[R_co, ...]:
        """A record of each member; none where there is nothing to say."""
        ...

    def sound(self, state: S) -> bool:
        """Whether what the state makes is in the range of the floats."""
        return True

    def law(self, state: S, member: int = 0) -> Law | None:
        """The law of a member's generator as a Distribution, where it is known."""
        return None


@dataclass(frozen=True, eq=False, repr=False)
class TrainingStep(Generic[S, R_co]):
    """A step that a training yields: where it is, and what was measured there.

    Attributes
    ----------
    training : what is trained, with its generator and whatever it is trained against.
    state : parameters, and all that the next step depends on.
    records : one a member; none at a step that is not recorded.

    Examples
    --------
    >>> from divkit import Normal, train_gan
    >>> step = next(train_gan(Normal(1, 1), steps=2, batch=8))
    >>> step.index, step.js.kind
    (0, 'quadrature')
    """

    training: Trainable[S, R_co]
    state: S
    records: tuple[R_co, ...] = ()

    setup = study = property(attrgetter("training"), doc="The training, as games and systems say.")

    objective = property(attrgetter("record.objective"), doc="What the first member improves.")
    divergences = property(attrgetter("record.divergences"), doc="Those of the first member.")
    slope = property(attrgetter("record.gradient.slope"), doc="An exact gradient (P,).")
    slope_error = property(attrgetter("record.gradient.error"), doc="Its entries' errors.")

    @property
    def index(self) -> int:
        """Steps so far, of the generator where two play."""
        return self.state.step

    @property
    def theta(self) -> Tensor:
        """The generator's parameters."""
        return self.state.theta

    @property
    def record(self) -> R_co:
        """The first member's record."""
        return self.records[0]

    @property
    def js(self: TrainingStep[Any, Record]) -> Result:
        """The true JSD of the first member, or an estimate that says so."""
        return self.record.js

    def law(self, member: int = 0) -> Law | None:
        """The generator's law as a Distribution, where it is known."""
        return self.training.law(self.state, member)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "step": self.index,
            "theta": self.theta.tolist(),
            "records": jsonable(self.records),
        }

    def _repr_html_(self) -> str:
        """The step's records as notebooks show them, or its number alone."""
        parts = [record._repr_html_() for record in self.records if isinstance(record, InHtml)]
        return "".join(parts) or f"<p>step {self.index}, not recorded</p>"

    def __repr__(self) -> str:
        shown = "; ".join(map(str, self.records[:3]))
        return f"TrainingStep({self.index}: {shown})"
