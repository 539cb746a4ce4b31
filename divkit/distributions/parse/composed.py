"""Constructors whose values are written otherwise than they are handed over in Python."""

from __future__ import annotations

import math

from divkit.distributions.adapt.looks import is_numbers
from divkit.distributions.adapt.vectors import probabilities as read_probabilities
from divkit.distributions.base import Law
from divkit.distributions.compose.mixture import mixture as mixture_of
from divkit.distributions.compose.product import product as product_of
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.finite.discrete import FiniteLaw
from divkit.distributions.maps.scalar import Affine
from divkit.plain import require_count


def mixture(*components: tuple[float, Law]) -> Law:
    """The mixture of laws of one dimension; the weights sum to 1."""
    if not components or not all(isinstance(part, tuple) for part in components):
        raise ValueError("components are written weight: law, such as 0.3: normal(0, 1)")
    total = math.fsum(weight for weight, _ in components)
    if abs(total - 1) > 1e-12:
        raise ValueError(f"weights must sum to 1 within 1e-12; they sum to {total!r}")
    return mixture_of([w for w, _ in components], [law for _, law in components])


def product(*factors: Law) -> Law:
    """The law of independent blocks."""
    return product_of(factors)


def iid(law: Law, n: int) -> Law:
    """n independent draws of a law, side by side."""
    require_count("n", n, 1)
    return product_of([law] * n)


def affine(law: Law, shift: float = 0.0, factor: float = 1.0) -> Law:
    """The law of shift + factor · X."""
    return transformed(law, Affine(shift, factor))


def finite(atoms: tuple[object, ...], probs: tuple[float, ...]) -> Law:
    """A finite law by its atoms, numbers or rows, and their probabilities."""
    return FiniteLaw(atoms, probs)  # type: ignore[arg-type]  # checked when it is made


def probabilities(numbers: list[float]) -> Law:
    """The finite law of a list of probabilities, with all the checks of such a list in Python.

    Raises
    ------
    ValueError
        If they do not sum to 1, one is negative, or there are several rows of them.
    """
    if not is_numbers(numbers):
        raise ValueError(f"probabilities are numbers that sum to 1; got {numbers!r}.")
    return read_probabilities(numbers)


def dirac(place: float) -> Law:
    """The law of one number, which it takes with probability 1."""
    return FiniteLaw((place,), (1.0,))  # type: ignore[arg-type]  # checked when it is made


def finite_logs(atoms: tuple[object, ...], logs: tuple[float, ...]) -> Law:
    """A finite law by its atoms and the logs of their probabilities."""
    return FiniteLaw.from_logs(atoms, logs)
