r"""Normalising flows: an invertible map of a normal law, fitted by maximum likelihood.

log p(x) = log N(T(x); 0, I) + log |det T'(x)|, T a neural spline flow (Durkan et al. 2019) of
zuko, which this module needs: `pip install divkit[flows]`. A fifth of the rows is held out; the
parameters are those of the largest held-out likelihood.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import torch
import zuko

from divkit.density.base import DensityEstimator
from divkit.density.options import PositiveNumber, SeveralOf, WholeNumber, options
from divkit.distributions.adapt import as_law
from divkit.distributions.base import Law
from divkit.distributions.compose.transformed import transformed
from divkit.distributions.maps.scalar import Affine
from divkit.distributions.maps.space import Linear
from divkit.rng import RandomState, as_generator, seeded
from divkit.samples import Sample, Standard, standard
from divkit.types import Tensor

_HELD_OUT = 5


class NeuralSplineFlow(DensityEstimator):
    """A neural spline flow, trained by Adam in float64.

    Parameters
    ----------
    transforms : maps in a row.
    hidden : widths of each map's network.
    steps : of Adam at most.
    batch : rows a step.
    rate : of Adam.
    patience : checks of the held-out likelihood, one every 25 steps, without a rise.
    random_state : of the start, the rows held out and the batches.

    Attributes
    ----------
    held_out_ : mean log likelihood of the rows held out, in nats, in standardised units.
    law_ : the fitted law.

    Examples
    --------
    >>> NeuralSplineFlow(transforms=1, hidden=(8,)).get_params()["transforms"]
    1
    """

    smooth = True
    asks = options(
        transforms=WholeNumber(),
        hidden=SeveralOf(WholeNumber()),
        steps=WholeNumber(),
        batch=WholeNumber(),
        rate=PositiveNumber(),
        patience=WholeNumber(),
    )
    held_out_: float
    flow_: Any
    frame_: Standard

    def __init__(
        self,
        transforms: int = 2,
        hidden: tuple[int, ...] = (32, 32),
        steps: int = 1000,
        batch: int = 256,
        rate: float = 5e-3,
        patience: int = 8,
        random_state: RandomState = 0,
    ) -> None:
        self.transforms = transforms
        self.hidden = hidden
        self.steps = steps
        self.batch = batch
        self.rate = rate
        self.patience = patience
        self.random_state = random_state

    def _fit(self, sample: Sample) -> Law:
        frame = standard(sample.x)
        z = torch.from_numpy(frame(sample.x))
        rng = as_generator(self.random_state, name="random_state")
        held = rng.permutation(len(z)) % _HELD_OUT == 0
        with seeded(int(rng.integers(2**62))):
            flow = zuko.flows.NSF(
                sample.dim, transforms=self.transforms, hidden_features=self.hidden
            ).double()
            self.held_out_ = self._train(flow, z[~held], z[held], rng)
        self.flow_, self.frame_ = flow, frame
        return _in_units(as_law(flow), frame)

    def __getstate__(self) -> dict[str, Any]:
        """The state without the law, which holds functions and is made again from the flow."""
        state = dict(super().__getstate__())
        state.pop("law_", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "flow_" in state:
            self.law_ = _in_units(as_law(self.flow_), self.frame_)

    def _train(self, flow: Any, rows: Tensor, held: Tensor, rng: np.random.Generator) -> float:
        """Train in place; leave the best held-out state, and return its likelihood."""
        optimiser = torch.optim.Adam(flow.parameters(), self.rate)
        best, state, waited = -math.inf, copy.deepcopy(flow.state_dict()), 0
        for step in range(self.steps):
            if step % 25 == 0:
                with torch.no_grad():
                    reached = float(flow().log_prob(held).mean())
                waited = 0 if reached > best else waited + 1
                if reached > best:
                    best, state = reached, copy.deepcopy(flow.state_dict())
                if waited >= self.patience:
                    break
            at = torch.from_numpy(rng.integers(len(rows), size=min(self.batch, len(rows))))
            loss = -flow().log_prob(rows[at]).mean()
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
        else:
            self.notes_ += (
                f"training ended after steps={self.steps}, before the likelihood of rows held out "
                "had ceased to rise: more steps may fit better",
            )
        flow.load_state_dict(state)
        return best


def _in_units(law: Law, frame: Standard) -> Law:
    """The law in the units of the sample."""
    scale = frame.unit
    shift = frame.inverse(np.zeros((1, len(scale))))[0]
    if len(scale) == 1:
        return transformed(law, Affine(float(shift[0]), float(scale[0])))
    return transformed(
        law, Linear(tuple(map(tuple, np.diag(scale).tolist())), tuple(shift.tolist()))
    )
