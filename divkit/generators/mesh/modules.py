"""Torch modules that are a sequence of linear layers and known units, as layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from divkit.critics.activations import SIGMOID, TANH, Activation, leaky
from divkit.generators.mesh.layers import Layers
from divkit.types import FloatArray, Tensor

Affine = tuple[FloatArray, FloatArray]


def sequence_layers(module: nn.Module) -> Layers | None:
    """Return the map that a sequence of torch's layers is; None where it is something else."""
    parts = list(_flat(module))
    affine: list[Affine] = []
    units: list[Activation] = []
    for part in parts:
        unit = _unit(part)
        one = _affine(part)
        if one is not None:
            if len(affine) > len(units):  # two affine layers without units between them
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


def sequence_of(module: nn.Module, z: Tensor) -> nn.Module | None:
    """The module, or the one sequence that it holds, where both say the same of noise z (n, k).

    People write a class around `nn.Sequential`; what its `forward` does beside it is not known, so
    that it is asked on points.
    """
    if isinstance(module, (nn.Sequential, nn.Linear)):
        return module
    children = list(module.children())
    if len(children) != 1 or not isinstance(children[0], nn.Sequential):
        return None
    with torch.no_grad():
        outer, inner = module(z), children[0](z)
    return children[0] if torch.equal(outer, inner) else None


def _flat(module: nn.Module) -> Iterator[nn.Module]:
    """The layers in their order; what does nothing in evaluation mode is left out."""
    if isinstance(module, nn.Sequential):
        for part in module:
            yield from _flat(part)
    elif not (isinstance(module, nn.Identity) or (_is_idle(module) and not module.training)):
        yield module


def _is_idle(module: nn.Module) -> bool:
    return isinstance(module, (nn.Dropout, nn.AlphaDropout))


def _affine(part: nn.Module) -> Affine | None:
    if isinstance(part, nn.Linear):
        weight = part.weight.detach().numpy()
        return weight, np.zeros(len(weight)) if part.bias is None else part.bias.detach().numpy()
    if isinstance(part, nn.BatchNorm1d) and not part.training and part.running_var is not None:
        mean, variance = part.running_mean, part.running_var
        assert mean is not None  # torch keeps both or none
        scale = 1 / (variance + part.eps).sqrt()
        if part.affine:
            scale = scale * part.weight
        shift = (0 if not part.affine else part.bias) - mean * scale
        return np.diag(scale.detach().numpy()), shift.detach().numpy()
    return None


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
