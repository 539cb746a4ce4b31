r"""Log probabilities as the truth of a finite law: what underflows as a probability stays an atom.

Weights come in one of two forms, each exact as it is handed over: probabilities w_k, whose logs
are rounded once, or logs l_k up to a common term, as logits are. Either way

    log p_k = l_k − log Σ_j e^{l_j},      l_k = log w_k,

where the largest l is taken off first, so that nothing overflows and a sum of one large and many
tiny terms keeps the tiny ones (log1p of their sum). A bound of the error of each log p_k goes with
it: the rounding u |log p_k| of every step, and what the giver of the logs says of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from divkit.distributions.finite.sums import UNIT as UNIT
from divkit.distributions.finite.sums import exact_sum
from divkit.distributions.held import held, hold, numbers
from divkit.types import FloatArray

_MOST = 1e300


@held(logs="values", radii="spreads")
@dataclass(frozen=True, eq=False)
class LogWeights:
    """Logs of weights, up to a common term, each within its radius; radii () are all 0.

    `values` and `spreads` are both as arrays. `source` names what the logs were computed from,
    such as "binomial(3, 0.5)": two laws whose rounded logs agree are the same law only if their
    sources do.

    Raises
    ------
    ValueError
        If there is no log, one is NaN or +inf, all are −inf, or a radius is no number ≥ 0.
    """

    logs: tuple[float, ...]
    radii: tuple[float, ...] = ()
    source: str = ""
    if TYPE_CHECKING:
        values: ClassVar[FloatArray]
        spreads: ClassVar[FloatArray]

    def __post_init__(self) -> None:
        logs, radii = numbers(self.logs), numbers(self.radii)
        if not len(logs) or (logs == -math.inf).all():
            raise ValueError(f"logs must hold a log weight above -inf; got {len(logs)} of them.")
        below = logs < math.inf
        if not below.all():
            k = int(np.argmin(below))
            raise ValueError(
                f"logs must be numbers below inf; got {float(logs[k])!r} at place {k}."
            )
        self._check_span(logs)
        within = len(radii) == len(logs) and radii.min() >= 0 and radii.max() < math.inf
        if len(radii) and not within:
            raise ValueError("radii must be numbers in [0, inf), one for each of the logs.")
        hold(self, values=logs, spreads=radii)

    @staticmethod
    def _check_span(logs: FloatArray) -> None:
        """Differences of logs, and small multiples of these, must be floats."""
        sizes = np.where(logs > -math.inf, np.abs(logs), 0.0)
        if sizes.max() > _MOST:
            far = float(logs[int(np.argmax(sizes))])
            raise ValueError(f"logs must be in [-{_MOST:g}, {_MOST:g}], or -inf; got {far!r}.")

    def present(self) -> LogWeights:
        """Without the weights that are 0, those of log −inf."""
        kept = self.values > -math.inf
        if kept.all():
            return self
        radii = self.spreads[kept] if len(self.spreads) else self.spreads
        return LogWeights(self.values[kept], radii, self.source)  # type: ignore[arg-type]

    def normalised(self) -> tuple[FloatArray, FloatArray]:
        """log p (K,), and a bound of the error of each (K,)."""
        logs, total, weighted = _shifted(self.values)
        radii = self.spreads if len(self.spreads) else np.zeros(len(logs))
        with np.errstate(all="ignore"):
            common = float(weighted @ radii) + UNIT * (1 + total)
        return logs, rounding(logs) + radii + common


def _shifted(logs: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """log p, log(Σ w / max w), and p."""
    top = int(np.argmax(logs))
    with np.errstate(all="ignore"):
        lower = logs - logs[top]
        rest = np.exp(lower)
        rest[top] = 0.0
        total = math.log1p(exact_sum(rest))
        out = lower - total
        return out, total, np.exp(out)


def of_probs(probs: Iterable[float]) -> tuple[FloatArray, FloatArray]:
    """log p (K,) of positive probabilities that hardly miss the sum 1, and their error bounds."""
    values = numbers(probs)
    excess = beyond_rounding(exact_sum(values, -1.0))
    logs = np.log(values)
    if excess:
        logs = logs - math.log1p(excess)
    return logs, rounding(logs)


def beyond_rounding(excess: float) -> float:
    """The excess over 1 of a sum of probabilities, and 0 where that is within 4u."""
    return excess if abs(excess) > 4 * UNIT else 0.0


def rounding(logs: FloatArray) -> FloatArray:
    """4u (1 + |log p|): what a log probability made by a few operations is off; 0 where −inf."""
    bound = np.abs(logs)
    bound += 1
    bound *= 4 * UNIT
    bound[bound == math.inf] = 0.0
    return bound


def merged(
    logs: FloatArray, errors: FloatArray, group: NDArray[np.intp], count: int
) -> tuple[FloatArray, FloatArray]:
    """Add the probabilities of each group: log-sum-exp of the logs, their errors with them.

    Parameters
    ----------
    logs, errors : log weights (n,), none of them +inf, and their error bounds (n,).
    group : to which of the `count` sums each belongs (n,).
    """
    with np.errstate(all="ignore"):
        top = np.full(count, -math.inf)
        np.maximum.at(top, group, logs)
        base = np.where(top > -math.inf, top, 0.0)
        share = np.exp(logs - base[group])
        total = np.bincount(group, share, count)
        out = np.where(total > 0, base + np.log(total), -math.inf)
        slip = np.bincount(group, share * (errors + UNIT * np.abs(logs - base[group])), count)
        size = np.bincount(group, minlength=count)
        error = np.where(total > 0, slip / total, 0.0) + size * UNIT + rounding(out)
    return out, np.where(out > -math.inf, error, 0.0)
