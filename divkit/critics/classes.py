"""The classes of critics by name, for the command line and the top-level functions."""

from __future__ import annotations

import torch

from divkit.critics.features import Nystrom, Polynomial, RandomFeatures
from divkit.critics.mlp import MLP
from divkit.critics.model import CriticClass
from divkit.critics.module import TorchModule
from divkit.critics.sets import DeepSet, Difference
from divkit.critics.splines import Spline
from divkit.registry import Registry

CRITICS: Registry[CriticClass] = Registry("critic")

CRITICS.register("mlp", MLP(), "perceptron")
CRITICS.register("logistic", Polynomial(1), "linear")
CRITICS.register("quadratic", Polynomial(2))
CRITICS.register("cubic", Polynomial(3))
CRITICS.register("spline", Spline())
CRITICS.register("kernel", Nystrom(), "nystrom")
CRITICS.register("random_features", RandomFeatures())
CRITICS.register("difference", Difference())
CRITICS.register("pairs", DeepSet(2))


def critic_class(critic: str | CriticClass | torch.nn.Module) -> CriticClass:
    """Return the class that a name means; a torch module is wrapped, a class passes through.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    TypeError
        If it is none of these.

    Examples
    --------
    >>> critic_class("mlp")
    MLP(hidden=(16, 16))
    """
    if isinstance(critic, str):
        return CRITICS[critic]
    if isinstance(critic, torch.nn.Module):
        return TorchModule(critic)
    if not callable(getattr(critic, "bind", None)):
        raise TypeError(
            "critic must be a name, a class of divkit.critics such as MLP((16,)), or a torch "
            f"module; got {critic!r}."
        )
    return critic
