"""Laws of other libraries: whatever has a known density becomes a `Law`.

Known families become divkit's own, so that closed forms, tails and certified values come with
them; anything else is wrapped. A library's converter is imported when one of its objects arrives,
so that divkit starts without scipy.stats, scikit-learn and zuko.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol, runtime_checkable

from divkit.distributions.base import Law
from divkit.distributions.callable.law import calls
from divkit.floats import own_rules
from divkit.remade import remember
from divkit.rng import RandomState
from divkit.types import Tensor

_CONVERTERS = {
    "torch": "divkit.distributions.adapt.torch.convert",
    "zuko": "divkit.distributions.adapt.torch.convert",
    "scipy": "divkit.distributions.adapt.scipy.convert",
    "sklearn": "divkit.distributions.adapt.sklearn",
}
_ROUNDING = {
    "torch": "divkit.distributions.adapt.torch.families",
    "scipy": "divkit.distributions.adapt.scipy.convert",
}

ACCEPTED = (
    "a divkit law; a fitted estimator of divkit.density; "
    "a torch.distributions object with one batch element; a frozen scipy.stats "
    "distribution such as scipy.stats.norm(0, 1); a scipy.stats.Normal-style object; a frozen "
    "multivariate_normal or multivariate_t; a scipy.stats.gaussian_kde; a fitted scikit-learn "
    "KernelDensity or GaussianMixture; an unconditional zuko flow or its distribution; or "
    "divkit.law(log_prob, ...) of your own density"
)


@runtime_checkable
class Fitted(Protocol):
    """A holder of a law: a density estimator of divkit, once fitted."""

    def as_law(self) -> Law:
        """The law."""
        ...


@own_rules
def as_law(obj: Any) -> Law:
    """Return the law that `obj` is.

    Parameters
    ----------
    obj : any of

        - a `Law`, returned as it is;
        - a density estimator of `divkit.density`, fitted;
        - a torch.distributions object. float32 parameters are taken as they are, in float64;
        - a frozen scipy.stats distribution, continuous or discrete, or a new-style one;
        - scipy.stats.gaussian_kde; scikit-learn's KernelDensity and GaussianMixture, fitted;
        - a zuko flow without context (copied in float64), or a distribution that one returned, of
          which the digits that float32 lost on the way enter the error.

    Raises
    ------
    TypeError
        If it is none of these; the message lists what is accepted.
    ValueError
        If it is a batch of several laws, not fitted, or discrete, infinite and of no known family.

    >>> import scipy.stats
    >>> as_law(scipy.stats.norm(1, 2))
    Normal(loc=1.0, scale=2.0)
    """
    if isinstance(obj, Law):
        return obj
    if isinstance(obj, Fitted):
        return obj.as_law()
    for kind in type(obj).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in _CONVERTERS:
            law = importlib.import_module(_CONVERTERS[library]).convert(obj)
            if isinstance(law, Law):
                return remember(law, again, obj, repr(law)) if calls(law) else law
    raise TypeError(f"no law: {obj!r} of type {_name(obj)}. Pass {ACCEPTED}.")


def neighbours(obj: Any) -> tuple[Law, ...]:
    """Laws next to that of `obj`, where reading it rounds a parameter; () where it does not.

    A scale of 3 becomes the rate 1/3, which no float is, and a Cholesky factor a covariance: what
    a divergence is at the neighbours says what that is worth.
    """
    library = type(obj).__module__.partition(".")[0]
    if isinstance(obj, Law) or library not in _ROUNDING:
        return ()
    laws: tuple[Law, ...] = importlib.import_module(_ROUNDING[library]).neighbours(obj)
    return laws


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

    Raises
    ------
    TypeError
        If `law` is no law.
    ValueError
        If n is negative.
    """
    return as_law(law).sample(n, rng)


def _name(obj: Any) -> str:
    advice = " (a class, not an object of it)" if isinstance(obj, type) else ""
    return f"{type(obj).__module__}.{type(obj).__qualname__}{advice}"
