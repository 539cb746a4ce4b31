"""Optimisers and schedulers as torch's users pass them, for one side of a game or both."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

from torch import nn
from torch.optim import Optimizer

from divkit.training.torch_optimisers import Made, TorchOptimiser, options_of


def torch_rates(
    sides: tuple[Any, Any], optimizer: Any, scheduler: Any, choices: Mapping[str, Any]
) -> dict[str, TorchOptimiser]:
    """The rules of the generator and the critic by their names among options; none where none.

    Raises
    ------
    ValueError
        If a rule is chosen twice, or a scheduler has no optimiser.
    """
    if optimizer is None:
        if scheduler is not None:
            raise ValueError("a scheduler changes an optimizer's rate: pass optimizer too.")
        return {}
    twice = sorted({"generator_rate", "critic_rate"} & set(choices))
    if twice:
        raise ValueError(f"optimizer is {' and '.join(twice)} in torch's words; pass one of them.")
    modules = (side if isinstance(side, nn.Module) else None for side in sides)
    rules = map(torch_optimiser, _pair(optimizer), _pair(scheduler), modules)
    return dict(zip(("generator_rate", "critic_rate"), rules, strict=True))


def torch_optimiser(
    given: Any, scheduler: Any = None, module: nn.Module | None = None
) -> TorchOptimiser:
    """A class, a partial or an instance of torch.optim as a rule.

    Parameters
    ----------
    given : an instance has the parameters of `module`, in one group, and has taken no step.
    scheduler : see `TorchOptimiser`.

    Raises
    ------
    ValueError
        If an instance is of other parameters, of several groups, has taken steps or has a
        scheduler; or as `TorchOptimiser` does.
    """
    if isinstance(given, Optimizer):
        given = _of_instance(given, module)
    if scheduler is not None and not callable(scheduler):
        raise ValueError(
            f"scheduler must make one of an optimiser, as functools.partial(CosineAnnealingLR, "
            f"T_max=5000) does; got {scheduler!r}."
        )
    if not callable(given):
        raise ValueError(f"optimizer must be a class or partial of torch.optim; got {given!r}.")
    return TorchOptimiser(given, scheduler)


def _pair(value: Any) -> tuple[Any, Any]:
    """A pair as it is; anything else for both sides."""
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError(f"pass one, or a pair for generator and critic; got {value!r}.")
        return value[0], value[1]
    return value, value


def _of_instance(given: Optimizer, module: nn.Module | None) -> Made:
    name, groups = type(given).__name__, given.param_groups
    own = [] if module is None else [*map(id, module.parameters())]
    if len(groups) != 1 or [*map(id, groups[0]["params"])] != own:
        raise ValueError(
            f"the optimizer {name} must hold the parameters of the torch module that it trains, "
            "in one group. Pass functools.partial of its class instead."
        )
    if given.state or "initial_lr" in groups[0]:
        raise ValueError(
            f"the optimizer {name} has taken steps or has a scheduler, which would be left "
            "behind. Pass functools.partial of its class, and scheduler=functools.partial(…)."
        )
    known = inspect.signature(type(given)).parameters
    chosen = {key: value for key, value in options_of(given).items() if key in known}
    return partial(type(given), **chosen)
