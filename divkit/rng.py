"""Randomness: whatever names a random state becomes a NumPy Generator.

NumPy's Generator is the house source: it can be spawned into independent streams, it needs no
global state, and its state is a plain dictionary that a checkpoint can hold. Code that needs a
torch generator draws its seed from the NumPy one. Code of others that draws from the generators
that Python, NumPy and torch share runs in `seeded`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import torch

RandomState: TypeAlias = Any
"""An int ≥ 0, a NumPy Generator, SeedSequence, a torch.Generator, or None for fresh entropy."""


def as_generator(rng: RandomState = None, *, name: str = "rng") -> np.random.Generator:
    """Return the NumPy Generator that `rng` names.

    A Generator is returned as it is, so that its state moves on; an int or a SeedSequence starts a
    new one; a torch.Generator gives the seed of a new one, and moves on by one draw.

    Raises
    ------
    TypeError
        If `rng` is none of these (a float or a string, say).
    ValueError
        If `rng` is a negative int.

    Examples
    --------
    >>> bool(as_generator(3).integers(10) == as_generator(3).integers(10))
    True
    """
    if rng is None or isinstance(rng, np.random.SeedSequence):
        return np.random.default_rng(rng)
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, torch.Generator):
        seed = torch.randint(2**62, (1,), generator=rng, device=rng.device)
        return np.random.default_rng(int(seed.item()))
    if isinstance(rng, Integral) and not isinstance(rng, bool):
        if rng < 0:
            raise ValueError(f"{name} must be at least 0; got {rng}. Pass a non-negative int.")
        return np.random.default_rng(int(rng))
    raise TypeError(
        f"{name} must be an int, a numpy Generator or SeedSequence, or a torch.Generator; "
        f"got {rng!r} of type {type(rng).__name__}."
    )


def as_torch_generator(rng: RandomState = None, device: str = "cpu") -> torch.Generator:
    """Return a torch.Generator on `device` seeded from `rng`; a torch.Generator passes through.

    >>> as_torch_generator(3).initial_seed() == as_torch_generator(3).initial_seed()
    True
    """
    if isinstance(rng, torch.Generator):
        return rng
    seed = int(as_generator(rng).integers(2**62))
    return torch.Generator(device=device).manual_seed(seed)


def spawn(rng: RandomState, n: int) -> list[np.random.Generator]:
    """Return n independent streams that descend from `rng`, for workers and repetitions.

    >>> [int(stream.integers(1000)) for stream in spawn(0, 2)]
    [802, 662]
    """
    return list(as_generator(rng).spawn(n))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Start the global generators of `random`, NumPy and torch from a seed; then put them back.

    What is drawn inside depends on the seed alone, and nothing outside on what was drawn inside.

    >>> with seeded(3):
    ...     one = random.random(), float(np.random.rand()), float(torch.rand(()))
    >>> with seeded(3):
    ...     one == (random.random(), float(np.random.rand()), float(torch.rand(())))
    True
    """
    kept, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = range(torch.cuda.device_count() if torch.cuda.is_initialized() else 0)
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(numpys)  # noqa: NPY002
            random.setstate(kept)
