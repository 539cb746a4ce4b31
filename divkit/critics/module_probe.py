"""Requirements on a user's module before it can train as a critic, asked on three points.

Its output is one real number a point, in float64, that follows its parameters. It is a function
of the point alone: the same at each call, whatever points stand beside. Dropout and batch norm are
none while in training mode.
"""

from __future__ import annotations

import torch
from torch import fx, nn
from torch.nn.functional import sigmoid
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm

from divkit.critics.module_call import module_copy
from divkit.types import Tensor

_SAME = 1e-9
_SIGMOIDS = (torch.sigmoid, sigmoid, "sigmoid")
_SHAPING = ("view", "reshape", "squeeze", "flatten", torch.squeeze, torch.flatten)


def require_real(module: nn.Module, name: str) -> None:
    """Raise a ValueError that names a complex parameter, which float64 would cut in two."""
    complex_ones = [n for n, p in module.named_parameters() if p.is_complex()]
    if complex_ones:
        raise ValueError(f"{name} must have real parameters; {complex_ones[0]!r} is complex.")


def graph_of(module: nn.Module) -> tuple[list[fx.Node], dict[str, nn.Module]] | None:
    """The steps of a `forward` on symbols, from input to output, and modules by target.

    None where it wants numbers. A copy is asked, which may keep what it likes, and random states
    are put back.
    """
    whole = nn.Sequential(module_copy(module))  # all targets of modules start with "0"
    try:
        with torch.random.fork_rng(devices=[]):
            graph = fx.Tracer().trace(whole)
    except Exception:  # any: a forward that wants numbers raises what it likes
        return None
    return list(graph.nodes), dict(whole.named_modules())


def ends_with_sigmoid(module: nn.Module) -> bool:
    """Whether the last a module does is a sigmoid: its outputs are probabilities.

    Where its graph is not known its last layer tells.
    """
    found = graph_of(module)
    if found is None:
        leaves = [part for part in module.modules() if not list(part.children())]
        return isinstance(leaves[-1], nn.Sigmoid)
    node, parts = found[0][-1], found[1]
    while node.all_input_nodes:
        node = node.all_input_nodes[0]
        part = parts.get(str(node.target))
        if not isinstance(part, nn.Flatten) and node.target not in _SHAPING:
            return node.target in _SIGMOIDS or isinstance(part, nn.Sigmoid)
    return False


def require_own_weights(module: nn.Module, name: str) -> None:
    """Refuse weights that follow buffers, as under spectral norm: training leaves those behind.

    Raises
    ------
    ValueError
        If there are any; the message names the ways out.
    """
    for where, part in module.named_modules():
        tied = parametrize.is_parametrized(part) and any(
            True for made in part.parametrizations.values() for _ in made.buffers()
        )
        hooks = part._forward_pre_hooks.values()
        if tied or any(isinstance(hook, SpectralNorm) for hook in hooks):
            raise ValueError(
                f"{name} divides the weights of {where or 'itself'} by a norm that its buffers "
                "follow, which stand still here. Take spectral norm off and train with "
                "spectral=True and divkit's own network, or train in a loop of your own and "
                "measure it by divkit.gan.Watch."
            )


def require_still(module: nn.Module, x: Tensor, name: str) -> None:
    """Refuse a module in training mode that is no function of a point there: batch norm, dropout.

    Raises
    ------
    ValueError
        If its output at points x (n, k), or a buffer, changes from call to call or in evaluation
        mode; the message names the ways out.
    """
    require_own_weights(module, name)
    if not module.training:
        return
    twin = module_copy(module)
    before = [buffer.clone() for buffer in twin.buffers()]
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        first, again = twin(x), twin(x)
        still = torch.equal(first, again) and torch.equal(first, twin.eval()(x))
    pairs = zip(before, twin.buffers(), strict=True)
    if not still or not all(torch.equal(a, b) for a, b in pairs):
        raise ValueError(
            f"{name} has layers that act otherwise in training, as batch norm and dropout do; "
            "what trains here is a function of a point and its parameters. Call its eval() first "
            "to keep them as they are, use LayerNorm, or train in a loop of your own and measure "
            "it by divkit.gan.Watch."
        )


def probe(module: nn.Module, x: Tensor, name: str) -> None:
    """Ask a module on points x (3, d).

    Raises
    ------
    ValueError
        If it cannot be a critic; the message says what it did.
    """
    first = _output(module, x[:2], name)
    if tuple(first.shape) not in ((2,), (2, 1)) or first.dtype.is_complex:
        raise ValueError(
            f"{name} must map points (n, d) to logits (n,) or (n, 1); two points of dimension "
            f"{x.shape[-1]} gave shape {tuple(first.shape)} of {first.dtype}."
        )
    if not first.requires_grad:
        raise ValueError(
            f"{name} cannot be trained: its output has no gradient in its parameters."
        )
    again, beside = _output(module, x[:2], name), _output(module, x[[0, 2]], name)
    for other in (again, beside):
        if bool(((first - other)[0].abs() > _SAME * (1 + first[0].abs())).any()):
            raise ValueError(
                f"{name} gives a point another output when it is called again, or beside other "
                "points, as dropout and batch norm do in training mode. Call its eval() first."
            )


def _output(module: nn.Module, x: Tensor, name: str) -> Tensor:
    try:
        with torch.enable_grad():
            return torch.as_tensor(module(x))
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{name} failed on points of shape {tuple(x.shape)} in {x.dtype}, with parameters in "
            f"{x.dtype}: {error}"
        ) from error
