"""Requirements on a user's module before it can train as a critic, asked on three points.

Its output is one real number a point, in float64, that follows its parameters. It is a function
of the point alone: the same at each call, whatever points stand beside. Dropout and batch norm are
none while in training mode.
"""

from __future__ import annotations

import torch

from divkit.types import Tensor

_SAME = 1e-9


def require_real(module: torch.nn.Module, name: str) -> None:
    """Raise a ValueError that names a complex parameter, which float64 would cut in two."""
    complex_ones = [n for n, p in module.named_parameters() if p.is_complex()]
    if complex_ones:
        raise ValueError(f"{name} must have real parameters; {complex_ones[0]!r} is complex.")


def probe(module: torch.nn.Module, x: Tensor, name: str) -> None:
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


def _output(module: torch.nn.Module, x: Tensor, name: str) -> Tensor:
    try:
        with torch.enable_grad():
            return torch.as_tensor(module(x))
    except (RuntimeError, ValueError) as error:
        raise ValueError(
            f"{name} failed on points of shape {tuple(x.shape)} in {x.dtype}, with parameters in "
            f"{x.dtype}: {error}"
        ) from error
