"""Torch modules whose graph is a chain of affine maps and known units, as layers.

`torch.fx` runs the module's own `forward` on symbols, so that whatever it does stands in the
graph: a class around layers, functions of torch, factors. A layer is read only where its `forward`
is torch's own and no hook follows it. What the graph cannot show, as points that change from call
to call, shows on points of noise, on which module and layers must agree.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import fx, nn
from torch.nn import functional

from divkit.critics.activations import SIGMOID, TANH, Activation, leaky
from divkit.critics.module_probe import graph_of
from divkit.generators.mesh.layers import Layers
from divkit.types import FloatArray, Tensor

Affine = tuple[FloatArray, FloatArray]
_SAME = 1e-9

UNITS: Mapping[type[nn.Module], Callable[[Any], Activation | None]] = {
    nn.Tanh: lambda _: TANH,
    nn.Sigmoid: lambda _: SIGMOID,
    nn.ReLU: lambda _: leaky(0.0),
    nn.LeakyReLU: lambda part: _leaky(part.negative_slope),
}
"""Modules of units."""

FUNCTIONS: Mapping[Any, Callable[..., Activation | None]] = {
    **dict.fromkeys((torch.tanh, functional.tanh, "tanh"), lambda: TANH),
    **dict.fromkeys((torch.sigmoid, functional.sigmoid, "sigmoid"), lambda: SIGMOID),
    **dict.fromkeys((torch.relu, functional.relu, "relu"), lambda inplace=False: leaky(0.0)),
    functional.leaky_relu: lambda negative_slope=0.01, inplace=False: _leaky(negative_slope),
}
"""Functions and methods of units."""

ARITHMETIC = (operator.add, operator.sub, operator.mul, operator.neg, operator.truediv)
"""Operators that are affine in h, with numbers beside it; nothing is divided by h."""


@dataclass
class _Chain:
    """Layers as they are read: affine maps and units by turns.

    Attributes
    ----------
    width : coordinates of what the last layer gives.
    """

    width: int
    affine: list[Affine] = field(default_factory=list)
    units: list[Activation] = field(default_factory=list)

    def map(self, weight: FloatArray, bias: FloatArray) -> bool:
        """Follow with h ↦ W h + b."""
        if len(self.affine) > len(self.units):  # two affine layers without units between them
            first, shift = self.affine.pop()
            weight, bias = weight @ first, weight @ shift + bias
        self.affine.append((weight, bias))
        self.width = len(bias)
        return True

    def stretch(self, factor: float, shift: float) -> bool:
        """Follow with h ↦ factor · h + shift."""
        return self.map(factor * np.eye(self.width), np.full(self.width, shift))

    def unit(self, kind: Activation | None) -> bool:
        """Follow with units; False where they are not known."""
        if kind is None:
            return False
        if len(self.affine) == len(self.units):
            self.stretch(1.0, 0.0)
        self.units.append(kind)
        return True


def module_layers(module: nn.Module, z: Tensor) -> Layers | None:
    """Return the map that a module is, at noise of the kind z (n, k); None if it is not known."""
    graph, chain = graph_of(module), _Chain(z.shape[1])
    if graph is None:
        return None
    (here, *steps, end), parts = graph
    for node in steps:
        if not _read(node, here, parts.get(str(node.target)), chain):
            return None
        here = node
    if end.args != (here,):
        return None
    if len(chain.affine) == len(chain.units):
        chain.stretch(1.0, 0.0)
    layers = Layers(tuple(chain.affine), tuple(chain.units))
    return layers if _agree(module, layers, z) else None


def _read(node: fx.Node, here: fx.Node, part: nn.Module | None, chain: _Chain) -> bool:
    """Read a step that follows `here` alone into the chain; False where it is not known."""
    if node.all_input_nodes != [here]:
        return False
    if part is not None:
        return node.args == (here,) and not node.kwargs and _layer(part, chain)
    if node.target in FUNCTIONS and node.args[:1] == (here,):
        return chain.unit(FUNCTIONS[node.target](*node.args[1:], **node.kwargs))
    numbers = [arg for arg in node.args if arg is not here]
    below = node.target is operator.truediv and node.args[0] is not here
    if node.target not in ARITHMETIC or below or any(type(c) not in (int, float) for c in numbers):
        return False
    start, stop = (node.target(*(h if a is here else a for a in node.args)) for h in (0.0, 1.0))
    return len(numbers) == len(node.args) - 1 and chain.stretch(stop - start, start)


def _layer(part: nn.Module, chain: _Chain) -> bool:
    """Read a module of torch's into the chain."""
    is_of = partial(_is_torchs, part)
    if is_of(nn.Identity) or ((is_of(nn.Dropout) or is_of(nn.AlphaDropout)) and not part.training):
        return True
    if is_of(nn.Linear):
        weight = _array(part.weight)
        return chain.map(weight, np.zeros(len(weight)) if part.bias is None else _array(part.bias))
    if isinstance(part, nn.BatchNorm1d) and is_of(nn.BatchNorm1d):
        if part.training or part.running_var is None or part.running_mean is None:
            return False
        scale = 1 / (part.running_var + part.eps).sqrt()
        shift = -part.running_mean * scale
        if part.affine:
            scale, shift = scale * part.weight, shift * part.weight + part.bias
        return chain.map(np.diag(_array(scale)), _array(shift))
    kinds = [kind for kind in UNITS if is_of(kind)]
    return len(kinds) == 1 and chain.unit(UNITS[kinds[0]](part))


def _is_torchs(part: nn.Module, kind: type[nn.Module]) -> bool:
    """Whether a module is of the kind, and does what torch's own does."""
    own = type(part).forward is kind.forward and type(part).__call__ is nn.Module.__call__
    changed = part._forward_hooks or part._forward_pre_hooks or "forward" in vars(part)
    return isinstance(part, kind) and own and not changed


def _agree(module: nn.Module, layers: Layers, z: Tensor) -> bool:
    """Whether module and layers say the same of z, call after call."""
    found = layers(z.numpy())
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        told = [torch.as_tensor(module(z)).reshape(len(z), -1).double().numpy() for _ in range(2)]
    size = _SAME * (1 + np.abs(found).max())
    return all(one.shape == found.shape and np.abs(one - found).max() <= size for one in told)


def _array(values: Any) -> FloatArray:
    return np.asarray(values.detach().numpy())


def _leaky(slope: float) -> Activation | None:
    return leaky(float(slope)) if 0 <= slope < 1 else None
