"""Laws of other libraries: whatever has a known density becomes a `Law`.

Known families become divkit's own, so that closed forms, tails and certified values come with
them; anything else is wrapped. A table of readers is asked in order, each by what an object can
do; a library's reader is imported when one of its objects arrives, so that divkit starts without
scipy.stats, scikit-learn and zuko.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Protocol, overload, runtime_checkable

from divkit.distributions.adapt.looks import (
    has_density,
    is_histogram,
    is_numbers,
    is_plain,
    is_row,
)
from divkit.distributions.adapt.reading import (
    Adapter,
    LawBatch,
    RoundedLaw,
    calls,
    later,
    of_library,
)
from divkit.distributions.base import Law
from divkit.distributions.nominal import require_agreement, require_points
from divkit.distributions.parse.law import is_list, numbers_of, parse_law
from divkit.faults import naming
from divkit.floats import own_rules
from divkit.remade import remember
from divkit.rng import RandomState
from divkit.types import Tensor

_HERE = "divkit.distributions.adapt"
_LINE = 120
"""Letters of an object in a message."""


@runtime_checkable
class Fitted(Protocol):
    """A holder of a law: a density estimator of divkit, once fitted."""

    def as_law(self) -> Law:
        """The law."""
        ...


def _is_text(obj: Any) -> bool:
    return isinstance(obj, str)


def _unwritten(obj: Any) -> Any:
    """The list that a text of probabilities is, which labels and lengths are compared of."""
    return numbers_of(obj) if isinstance(obj, str) and is_list(obj) else obj


def _is_fitted(obj: Any) -> bool:
    return isinstance(obj, Fitted) and not isinstance(obj, type)


def _held(obj: Fitted) -> Law:
    return obj.as_law()


_aligned = later(f"{_HERE}.vectors", "aligned")
_beside_names = later(f"{_HERE}.vectors", "beside_names")
_ADAPTERS: tuple[Adapter, ...] = (
    Adapter('a law in words, such as "normal(0, 1)"', _is_text, parse_law),
    Adapter("a fitted estimator of divkit.density", _is_fitted, _held),
    Adapter(
        "a torch.distributions object, of pyro too; an unconditional zuko flow or its law",
        of_library("torch", "zuko"),
        later(f"{_HERE}.torch.convert", "convert"),
        later(f"{_HERE}.torch.families", "neighbours"),
        later(f"{_HERE}.torch.convert", "unfold"),
    ),
    Adapter(
        "a scipy.stats distribution with its parameters, such as scipy.stats.norm(0, 1) or "
        "scipy.stats.Normal(mu=0, sigma=1); a scipy.stats.gaussian_kde",
        of_library("scipy"),
        later(f"{_HERE}.scipy.convert", "convert"),
        later(f"{_HERE}.scipy.convert", "neighbours"),
        later(f"{_HERE}.scipy.batches", "unfold"),
    ),
    Adapter(
        "a fitted density of scikit-learn: a mixture, KernelDensity, PCA, FactorAnalysis",
        of_library("sklearn"),
        later(f"{_HERE}.sklearn", "convert"),
    ),
    Adapter(
        "a statsmodels KDEUnivariate or KDEMultivariate",
        of_library("statsmodels"),
        later(f"{_HERE}.statsmodels", "convert"),
    ),
    Adapter(
        "a numpyro distribution",
        of_library("numpyro"),
        later(f"{_HERE}.numpyro", "convert"),
        later(f"{_HERE}.numpyro", "neighbours"),
        later(f"{_HERE}.numpyro", "unfold"),
    ),
    Adapter(
        "a histogram (counts, edges), as numpy.histogram returns",
        is_histogram,
        later(f"{_HERE}.vectors", "histogram"),
    ),
    Adapter(
        "probabilities that sum to 1: a list, an array, a tensor, a Series, a dictionary; a "
        "collections.Counter",
        is_numbers,
        later(f"{_HERE}.vectors", "probabilities"),
        unfold=later(f"{_HERE}.vectors", "unfold"),
    ),
    Adapter(
        "an object with log_prob, logpdf or score_samples, and a sampler",
        has_density,
        later(f"{_HERE}.duck", "convert"),
    ),
    Adapter(
        "a density, or log density, as a function on the line",
        is_plain,
        later(f"{_HERE}.plain", "convert"),
        says=later(f"{_HERE}.plain", "says"),
    ),
)
_OF_USERS: list[Adapter] = []


def register_adapter(
    takes: Callable[[Any], bool], read: Callable[[Any], Law], what: str = "an object of your own"
) -> None:
    """Let divkit read objects of another kind as laws, wherever it takes one.

    Parameters
    ----------
    takes : whether an object is of that kind. It is asked about everything, before divkit's own
        readers: let it be quick, and say False to what it does not know.
    read : the law of such an object, as `divkit.law` makes one.
    what : the objects in words, for the message that lists what is taken.

    Examples
    --------
    >>> class Bell:
    ...     bell_width = 2.0
    >>> from divkit.distributions import Normal
    >>> register_adapter(lambda x: hasattr(x, "bell_width"), lambda x: Normal(0, x.bell_width))
    >>> as_law(Bell())
    Normal(loc=0.0, scale=2.0)
    """
    _OF_USERS.insert(0, Adapter(what, takes, read))


def _taking(obj: Any) -> list[Adapter]:
    """Those that take the object, in order."""
    return [reader for reader in (*_OF_USERS, *_ADAPTERS) if reader.takes(obj)]


@own_rules
def as_law(obj: Any) -> Law:
    """Return the law that `obj` is.

    Parameters
    ----------
    obj : any of

        - a `Law`, returned as it is, or a text that `parse_law` reads;
        - a density estimator of `divkit.density`, fitted;
        - a torch.distributions object, of pyro too. float32 parameters are taken as they are, in
          float64. A subclass is its parent unless it has a log_prob or a support of its own;
        - a zuko flow without context (copied in float64), or a distribution that one returned, of
          which the digits that float32 lost on the way enter the error;
        - a frozen scipy.stats distribution, a new-style one, gaussian_kde; a family without shape
          parameters, such as scipy.stats.norm, is its standard member;
        - a density of scikit-learn, statsmodels or numpyro, fitted;
        - probabilities that sum to 1, at 0, 1, 2, …, or at the index of a Series or the keys of a
          dictionary; a `collections.Counter`, whose counts are divided by their sum; a histogram
          (counts, edges);
        - an object with log_prob, logpdf or score_samples, and with a sampler unless it is on the
          line; a function on the line that integrates to 1 as a density, or as the log of one;
        - what `register_adapter` was told of.

    Returns
    -------
    Law
        Divkit's own family where there is one, else a law that holds the object.

    Raises
    ------
    TypeError
        If it is none of these; the message lists what is accepted.
    ValueError
        If it is a batch of several laws, not fitted, numbers that are no probabilities, or
        discrete, infinite and of no known family.

    See Also
    --------
    divkit.law : a law from a density of your own.
    divkit.parse_law : a law from words.
    divkit.sample : draws of any of these.

    Examples
    --------
    >>> import scipy.stats
    >>> as_law(scipy.stats.norm(1, 2))
    Normal(loc=1.0, scale=2.0)
    >>> as_law("normal(1, 2)"), as_law([0.5, 0.5])
    (Normal(loc=1.0, scale=2.0), FiniteLaw(atoms=((0.0,), (1.0,)), probs=(0.5, 0.5)))
    """
    if isinstance(obj, Law):
        require_points(obj, "one law alone is read by its points")
        return obj
    obj = _unwritten(obj)
    for reader in _taking(obj):
        law = reader.read(obj)
        if law is not None:
            return remember(law, again, obj, repr(law)) if calls(law) else law
    if isinstance(obj, (list, tuple, dict)) and not any(map(_holds, _values(obj))):
        raise ValueError(
            f"it is empty: {obj!r} holds no number. Probabilities are one or more, and sum to 1; "
            "rows of a sample go to divkit.estimate(x, y)."
        )
    raise TypeError(f"no law: {_shown(obj)} of type {_name(obj)}. Pass {accepted()}")


def accepted() -> str:
    """Return all that is taken, as a list in words."""
    said = [reader.what for reader in (*_OF_USERS, *_ADAPTERS)]
    own = "divkit.law(log_prob, ...) of your own density"
    return (
        f"a divkit law; {'; '.join(said)}; or {own}. Rows of a sample go to "
        "divkit.estimate(x, y), lists of laws to divkit.divergence_batch(ps, qs)."
    )


@overload
def as_laws(p: Any, q: Any, /, *, names: Sequence[str] = ...) -> tuple[Law, Law]: ...
@overload
def as_laws(*objects: Any, names: Sequence[str] = ...) -> tuple[Law, ...]: ...
def as_laws(*objects: Any, names: Sequence[str] = ()) -> tuple[Law, ...]:
    """Return the laws that objects are; probabilities with labels are aligned by them.

    What is said of an object that cannot be read begins with its name, where `names` are given.

    Raises
    ------
    ValueError
        If all are probabilities, and of different number, or with no label in common; if a
        coordinate holds names in one law and numbers in another.
    """
    objects = tuple(map(_unwritten, objects))
    if len(objects) > 1 and all(map(is_row, objects)):
        rows: tuple[Law, ...] = _aligned(objects)
        return rows
    beside = any(isinstance(each, Law) and each.nominal for each in objects)
    said = names or [""] * len(objects)
    laws = tuple(_one_of_several(*each, beside) for each in zip(said, objects, strict=True))
    require_agreement(laws)
    return laws


def _one_of_several(name: str, obj: Any, beside_names: bool) -> Law:
    """One of several laws; beside laws on names a row with labels may be one."""
    with naming(name) if name else nullcontext():
        if isinstance(obj, Law):
            return obj
        read: Law = _beside_names(obj) if beside_names and is_row(obj) else as_law(obj)
        return read


def is_read(obj: Any) -> bool:
    """Whether an object is a law, or a reader takes it for one; numbers may be a sample."""
    return isinstance(obj, Law) or bool(_taking(obj))


def settle(holder: Any, *names: str) -> None:
    """Put the laws in place of what these fields of a dataclass were given."""
    laws = as_laws(*(getattr(holder, name) for name in names))
    for name, law in zip(names, laws, strict=True):
        object.__setattr__(holder, name, law)


def neighbours(obj: Any) -> tuple[Law, ...]:
    """Laws next to that of `obj`, where reading it rounds a parameter; () where it does not.

    A scale of 3 becomes the rate 1/3, which no float is, and a Cholesky factor a covariance: what
    a divergence is at the neighbours says what that is worth.
    """
    if isinstance(obj, Law):
        return ()
    if isinstance(obj, RoundedLaw):
        return obj.moved
    taken = _taking(obj)
    return taken[0].neighbours(obj) if taken else ()


def how_read(obj: Any, law: Law) -> str:
    """Return the words on how `obj` was read as `law`, "" where there is nothing to say."""
    taken = [] if isinstance(obj, Law) else _taking(obj)
    return taken[0].says(law) if taken else ""


def unfold(obj: Any) -> LawBatch | None:
    """The laws that one object holds, with their shape; None where it is a single law."""
    if isinstance(obj, Law):
        return None
    batches = (reader.unfold(obj) for reader in _taking(obj))
    return next((batch for batch in batches if batch is not None), None)


def again(obj: Any, name: str) -> Law:
    """The law of an object that was pickled with it.

    Raises
    ------
    ValueError
        If the object came back as another one: some of SciPy's do.
    """
    law = as_law(obj)
    if repr(law) != name:
        raise ValueError(
            f"{name} was pickled, and its library made {law!r} of it. Rebuild it there."
        )
    return law


def sample(law: Any, n: int, rng: RandomState = None) -> Tensor:
    """Draw n points, (n, d) float64, of anything that `as_law` accepts.

    Returns
    -------
    Tensor
        (n, d), float64.

    Raises
    ------
    TypeError
        If `law` is no law.
    ValueError
        If n is negative.

    See Also
    --------
    divkit.as_law : the law that it draws from.

    Examples
    --------
    >>> tuple(sample("mixture(0.3: normal(-3, 0.5), 0.7: normal(0, 1))", 5, rng=0).shape)
    (5, 1)
    """
    return as_law(law).sample(n, rng)


def _values(obj: Any) -> Any:
    return obj.values() if isinstance(obj, dict) else obj


def _holds(item: Any) -> bool:
    """Whether an item of a list is anything but an empty list."""
    return not isinstance(item, (list, tuple)) or any(map(_holds, item))


def _name(obj: Any) -> str:
    advice = " (a class, not an object of it)" if isinstance(obj, type) else ""
    home = f"{type(obj).__module__}.{type(obj).__qualname__}"
    return home.removeprefix("builtins.") + advice


def _shown(obj: Any) -> str:
    """An object in one line: three arrays would fill a page."""
    words = " ".join(repr(obj).split())
    return words if len(words) <= _LINE else f"{words[:_LINE]}…"
