"""NumPy at the edges, torch inside: points in, points out, in the caller's own kind of array."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import torch

from divkit.lazy import deferred
from divkit.types import Samples, Tensor

sparse = deferred("scipy.sparse")

_REAL = frozenset("fiub")
"""NumPy's kinds of real numbers."""
COMPLEX = "Complex data not supported: pass its real part."


class ComplexDataError(TypeError, ValueError):
    """A sample of complex numbers."""


def points(x: Samples, dim: int, *, name: str = "x") -> Tensor:
    """Return `x` as a float64 tensor of shape (n, dim); autograd and device are kept.

    A scalar or a 1-D array is n points where dim = 1, and one point where its length is dim.

    Raises
    ------
    ValueError
        If the trailing dimension is not `dim`, with both shapes in the message.
    TypeError
        If `x` is complex, sparse, masked, or not numeric at all.

    Examples
    --------
    >>> points([1.0, 2.0], 1).shape, points([1.0, 2.0], 2).shape
    (torch.Size([2, 1]), torch.Size([1, 2]))
    """
    tensor = x if isinstance(x, torch.Tensor) else torch.from_numpy(_float_array(x, name))
    if tensor.is_complex():
        raise TypeError(f"{name} must be real; got a complex tensor. Pass its real part.")
    tensor = tensor.to(torch.float64)
    if tensor.ndim <= 1 and dim == 1:
        return tensor.reshape(-1, 1)
    if tensor.ndim == 1 and tensor.shape[0] == dim:
        return tensor.reshape(1, dim)
    if tensor.ndim != 2 or tensor.shape[1] != dim:
        raise ValueError(
            f"{name} must have shape (n, {dim}), rows are points; got {tuple(tensor.shape)}."
        )
    return tensor


def _float_array(x: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    if "scipy.sparse" in sys.modules and sparse.issparse(x):  # none is made before its import
        raise TypeError(f"{name} must be dense; got {type(x).__name__}. Pass its .toarray().")
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be masked; pass its rows that are valid, as an array.")
    array = np.asarray(x)
    if array.dtype.kind not in _REAL:
        raise TypeError(
            f"{name} must hold real numbers; got dtype {array.dtype}. Convert it to float first."
        )
    return np.array(array, dtype=np.float64, order="C")  # a copy: never written to, never aliased


def floats(values: Any, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return parameters of any shape as a new float64 array; tensors leave autograd.

    Raises
    ------
    TypeError, ValueError
        If they are no numbers, or rows differ in length; the message names them.
    """
    try:
        plain = _left(values) if isinstance(values, torch.Tensor) else values
        return np.array(plain, dtype=np.float64)
    except OverflowError:
        raise ValueError(
            f"{name} must hold numbers of a size up to 1.8e308, which float64 holds."
        ) from None
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} must hold real numbers; got {values!r}.") from None
    except RuntimeError:
        raise TypeError(
            f"{name} must be one tensor, not a list of them: pass .detach()."
        ) from None


def _left(tensor: Tensor) -> Any:
    """The numbers of a tensor, without autograd, on the CPU."""
    return held(tensor).double().numpy()


def held(tensor: Tensor, name: str = "") -> Tensor:
    """The numbers of a tensor on the CPU, without autograd; `name` begins what is refused.

    Raises
    ------
    TypeError
        If it is no dense tensor of numbers: complex, nested, sparse, quantized, or on the device
        meta.
    """
    what = f"{name} is" if name else "it is"
    if tensor.is_complex():
        raise ComplexDataError(f"{name or 'it'} must be real; got {tensor.dtype}. {COMPLEX}")
    if tensor.is_nested:
        raise TypeError(f"{what} a nested tensor; rows are of one length. Pass its .unbind().")
    if tensor.layout is not torch.strided:
        raise TypeError(f"{what} a tensor of {tensor.layout}, not dense. Pass its .to_dense().")
    if tensor.is_quantized:
        raise TypeError(f"{what} a quantized tensor. Pass its .dequantize().")
    if tensor.is_meta:
        raise TypeError(f"{what} a tensor on the device meta, which holds no numbers.")
    return tensor.detach().cpu()


def like(x: Samples) -> Callable[[Tensor], Any]:
    """Return the function that hands a tensor back in the kind of array that `x` was."""
    if isinstance(x, torch.Tensor):
        return lambda t: t
    return lambda t: t.detach().cpu().numpy()


def underived(x: Tensor, values: Tensor, advice: str) -> Tensor:
    """Return values whose derivative in x is not known: autograd may not take it for 0.

    To ask for it raises a ValueError with the advice.
    """
    if not (torch.is_grad_enabled() and x.requires_grad):
        return values
    out: Tensor = _Underived.apply(x, values, advice)  # type: ignore[no-untyped-call]
    return out


class _Underived(torch.autograd.Function):
    """Values as they are; their derivative in x is refused."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, values: Tensor, advice: str) -> Tensor:
        ctx.advice = advice
        return values.clone()

    @staticmethod
    def backward(ctx: Any, *passed: Tensor) -> NoReturn:
        raise ValueError(f"autograd cannot follow this log density in its points. {ctx.advice}")
