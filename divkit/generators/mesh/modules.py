"""Torch modules that are a sequence of linear layers and known units, as layers."""

from __future__ import annotations

import numpy as np
from torch import nn

from divkit.critics.activations import SIGMOID, TANH, Activation, leaky
from divkit.generators.mesh.layers import Layers
from divkit.types import FloatArray

Affine = tuple[FloatArray, FloatArray]


def sequence_layers(module: nn.Module) -> Layers | None:
    """Return the map that a sequence of torch's layers is; None where it is something else."""
    parts = list(module) if isinstance(module, nn.Sequential) else [module]
    affine: list[Affine] = []
    units: list[Activation] = []
    for part in parts:
        unit = _unit(part)
        if isinstance(part, nn.Linear):
            one = _affine(part)
            if len(affine) > len(units):  # two linear layers without units between them
                weight, bias = affine.pop()
                one = (one[0] @ weight, one[0] @ bias + one[1])
            affine.append(one)
        elif unit is not None and len(affine) == len(units) + 1:
            units.append(unit)
        else:
            return None
    if not affine:
        return None
    if len(affine) == len(units):
        width = len(affine[-1][1])
        affine.append((np.eye(width), np.zeros(width)))
    return Layers(tuple(affine), tuple(units))


def _affine(part: nn.Linear) -> Affine:
    weight = part.weight.detach().numpy()
    return weight, np.zeros(len(weight)) if part.bias is None else part.bias.detach().numpy()


def _unit(part: nn.Module) -> Activation | None:
    if isinstance(part, nn.Tanh):
        return TANH
    if isinstance(part, nn.Sigmoid):
        return SIGMOID
    if isinstance(part, nn.ReLU):
        return leaky(0.0)
    if isinstance(part, nn.LeakyReLU) and 0 <= part.negative_slope < 1:
        return leaky(float(part.negative_slope))
    return None
