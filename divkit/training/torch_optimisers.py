r"""Optimisers and schedulers of torch.optim as rules of a training.

A rule of a training moves flat parameters (E, P) of all members at once and keeps its memory
outside, so that a checkpoint holds it. Where an optimiser moves every number by its own slope
alone, as Adam, SGD, RMSprop and most do, one flat vector is moved as the tensors of a module are.
Whether it does is asked when a rule is made: it must move six numbers as it moves them laid out
two by three, each whatever stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from divkit.plain import require_positive
from divkit.training.optimisers import Moments
from divkit.types import Tensor

Made: TypeAlias = Callable[[Any], Optimizer]
"""Parameters -> an optimiser: a class of torch.optim, or a partial of one."""

_SLOPES = torch.linspace(-1.0, 2.0, 18, dtype=torch.float64).reshape(3, 6)


@dataclass(frozen=True)
class TorchOptimiser:
    """A torch optimiser, a step of whose scheduler follows each of its own steps.

    Parameters
    ----------
    make : parameters -> the optimiser: `torch.optim.Adam`, `partial(torch.optim.SGD, lr=0.1)`.
    scheduler : the optimiser -> a scheduler: `partial(CosineAnnealingLR, T_max=5000)`.

    Raises
    ------
    ValueError
        If it moves no number by its own slope alone, keeps what is neither a tensor of the
        parameters' shape nor a number, asks for a closure, or a scheduler for a metric.

    Examples
    --------
    >>> rule = TorchOptimiser(partial(torch.optim.Adam, lr=0.1))
    >>> theta = torch.zeros(1, 2)
    >>> moved, kept = rule.step(theta, torch.ones(1, 2), rule.begin(theta), 1, rule.rate)
    >>> moved
    tensor([[-0.1000, -0.1000]])
    """

    make: Made
    scheduler: Callable[[Optimizer], LRScheduler] | None = None

    def __post_init__(self) -> None:
        require_positive("rate", self.rate)
        flat, wide = (_moved(self._made, x) for x in (_SLOPES, _SLOPES.reshape(3, 2, 3)))
        alone = _moved(self._made, _SLOPES[:, :1])
        if not torch.equal(flat, wide.reshape(6)) or not torch.equal(flat[:1], alone):
            raise ValueError(
                f"{self} moves a number by other slopes than its own, as one vector of all "
                "parameters it would move otherwise. Train in a loop of your own and measure it "
                "by divkit.gan.Watch."
            )
        self._kept(torch.float64)

    @cached_property
    def rate(self) -> float:
        """The learning rate at the start."""
        return float(self._group(1)["lr"])

    def _kept(self, dtype: torch.dtype) -> dict[str, Tensor | int | float]:
        """All that is kept for a parameter (2, 3) after a step, by name."""
        if dtype not in self._probes:
            parameter = nn.Parameter(torch.zeros(2, 3, dtype=dtype))
            optimizer = self._made(parameter)
            optimizer.param_groups[0].update(self._group(1))  # a schedule may turn momentum on
            parameter.grad = torch.ones(2, 3, dtype=dtype)
            optimizer.step()
            self._probes[dtype] = _held(optimizer.state[parameter], self)
        return self._probes[dtype]

    @cached_property
    def _probes(self) -> dict[torch.dtype, dict[str, Tensor | int | float]]:
        return {}

    def begin(self, theta: Tensor) -> Moments:
        """Nothing is kept yet: a mark of 0, and places for what will be."""
        mark = theta.new_zeros((), dtype=torch.float64)
        kept = self._kept(theta.dtype).values()
        return (mark, *(torch.zeros_like(theta) if _is_wide(value) else mark for value in kept))

    def step(
        self, theta: Tensor, slope: Tensor, moments: Moments, count: int, rate: float
    ) -> tuple[Tensor, Moments]:
        """One step of the optimiser, at its scheduled rate times rate/`self.rate`."""
        parameter = nn.Parameter(theta.detach().clone())
        optimizer, kinds = self._made(parameter), self._kept(theta.dtype)
        group = optimizer.param_groups[0]
        group.update(self._group(count))
        group["lr"] = group["lr"] * (rate / self.rate)
        if moments[0]:
            before = zip(kinds.items(), moments[1:], strict=True)
            optimizer.state[parameter] = {name: _back(held, kind) for (name, kind), held in before}
        parameter.grad = slope
        optimizer.step()
        after = optimizer.state[parameter]
        return parameter.detach(), (
            torch.ones_like(moments[0]),
            *(_as_moment(after[name], theta) for name in kinds),
        )

    def _made(self, parameter: nn.Parameter) -> Optimizer:
        said = ""
        try:
            made = self.make([parameter])
        except TypeError as fault:
            made, said = None, f": {fault}"
        if isinstance(made, Optimizer):
            return made
        raise ValueError(
            "optimizer must make a torch optimiser of parameters, as torch.optim.Adam or "
            f"functools.partial(torch.optim.SGD, lr=0.1) do; got {self.make!r}{said}."
        )

    @cached_property
    def _walk(self) -> _Schedule:
        return _Schedule(self)

    def _group(self, count: int) -> dict[str, Any]:
        """The options of the count-th step, from 1."""
        return self._walk.at(count)

    def __getstate__(self) -> dict[str, Any]:
        """The fields: what is cached is made anew."""
        return {"make": self.make, "scheduler": self.scheduler}

    def __str__(self) -> str:
        named = self.make.func if isinstance(self.make, partial) else self.make
        return str(getattr(named, "__name__", named))


def options_of(optimizer: Optimizer) -> dict[str, Any]:
    """The options of an optimiser's first group, less its parameters."""
    options = dict(optimizer.param_groups[0])
    del options["params"]
    return options


class _Schedule:
    """The options of each step, by a scheduler beside an optimiser of one number."""

    def __init__(self, rule: TorchOptimiser) -> None:
        self._parameter = nn.Parameter(torch.zeros(1))
        self._parameter.grad = torch.zeros(1)
        self._optimizer = rule._made(self._parameter)
        self._scheduler = None if rule.scheduler is None else rule.scheduler(self._optimizer)
        if self._scheduler is not None and not isinstance(self._scheduler, LRScheduler):
            raise ValueError(f"scheduler must make an LRScheduler; got {self._scheduler!r}.")
        if isinstance(self._scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            raise ValueError(
                "ReduceLROnPlateau asks for a metric, and a game has none that should fall. Take "
                "a scheduler of the step, or train in a loop of your own with divkit.gan.Watch."
            )
        self._groups = [self._now()]

    def at(self, count: int) -> dict[str, Any]:
        """The options of the count-th step, from 1."""
        while self._scheduler is not None and len(self._groups) < count:
            self._optimizer.step()
            self._scheduler.step()
            self._groups.append(self._now())
        return self._groups[min(count, len(self._groups)) - 1]

    def _now(self) -> dict[str, Any]:
        return options_of(self._optimizer)


def _held(kept: dict[str, Any], rule: TorchOptimiser) -> dict[str, Tensor | int | float]:
    """All that an optimiser keeps for a parameter (2, 3), less what is None.

    Raises
    ------
    ValueError
        If a part is no number, nor a tensor of the parameter's shape or none.
    """
    held = {name: value for name, value in kept.items() if value is not None}
    for name, value in held.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number or (isinstance(value, Tensor) and tuple(value.shape) in ((), (2, 3)))):
            raise ValueError(
                f"{rule} keeps {value!r} as {name!r}, which no checkpoint of members can hold."
            )
    return held


def _is_wide(value: Tensor | int | float) -> bool:
    return isinstance(value, Tensor) and value.ndim > 0


def _as_moment(value: Tensor | int | float, theta: Tensor) -> Tensor:
    """One part of what is kept, as checkpoints hold it: numbers in float64."""
    if _is_wide(value):
        return torch.as_tensor(value)
    return torch.as_tensor(value).to(theta.device, torch.float64)


def _back(held: Tensor, kind: Tensor | int | float) -> Tensor | int | float:
    """A part of what was kept, as the optimiser had it; a copy, since it is changed in place."""
    if isinstance(kind, Tensor):
        return held.clone() if _is_wide(kind) else held.to(kind.device, kind.dtype, copy=True)
    return type(kind)(held.item())


def _moved(make: Made, slopes: Tensor) -> Tensor:
    """A parameter that began at 0 and saw a few slopes, one a step."""
    parameter = nn.Parameter(torch.zeros_like(slopes[0]))
    optimizer = make(parameter)
    for slope in slopes:
        parameter.grad = slope.clone()
        try:
            optimizer.step()
        except (TypeError, RuntimeError) as fault:
            raise ValueError(
                f"{type(optimizer).__name__} cannot take a step by slopes alone: {fault}. Train "
                "in a loop of your own and measure it by divkit.gan.Watch."
            ) from fault
    return parameter.detach()
