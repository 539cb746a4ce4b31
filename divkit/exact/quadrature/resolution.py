r"""Resolution of an integrand by a panel of 21 Kronrod nodes, kinks no breakpoint names too.

|Kronrod − Gauss| is one linear functional of the integrand. For |x − c| it changes its sign with
c, so that at some c it is zero and the error is not: among kinks at random it is 1,600 times too
small at worst. The coefficients of the Legendre series are many functionals, which do not vanish
together; for a kink they fall like n^{−3/2}, for an analytic function like r^{−n}. With a and b
the sums of their sizes at the degrees 9–12 and 16–19, and L the interpolant of the 21 nodes,

    error ≤ max( |Kronrod − Gauss|,  2 b min(1, b/a),  blind · Σ_± |f(±1) − L(±1)| ).

For an analytic integrand the second is below the first. The last sees what the nodes cannot: a
kink between the outermost node and the end of the panel, `blind` away. For kinks, jumps and layers
log(1 + e^{D(x − c)}) of every c and D the error is at most .94 of the bound.

What rounding alone may make of b and of f − L is taken off first.
"""

from __future__ import annotations

import numpy as np

from divkit.types import FloatArray

_BEFORE, _TAIL = slice(9, 13), slice(16, 20)
_MARGIN = 2.0
_BLIND = 0.005  # 1 − the outermost node is .0043


class Resolution:
    """The functionals above for the nodes (k,) of one rule.

    Parameters
    ----------
    nodes : (k,) in [−1, 1].
    rules : (k, 2), the weights of the better and of the embedded rule.
    edge : where the ends ±1 are seen: at ±edge, a little inside.
    """

    def __init__(self, nodes: FloatArray, rules: FloatArray, edge: float) -> None:
        degree = len(nodes) - 1
        series = np.linalg.inv(np.polynomial.legendre.legvander(nodes, degree)).T  # (k, degrees)
        at_ends = np.polynomial.legendre.legvander(np.array([-edge, edge]), degree).T
        self.rules = rules
        self.seen = np.concatenate(
            [series[:, _BEFORE], series[:, _TAIL], series @ at_ends], axis=1
        )
        self.sizes = np.abs(self.seen[:, 4:])

    def integral(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The integrals of values (..., k) and the differences of the two rules, (...) each."""
        both = values @ self.rules
        return both[..., 0], np.abs(both[..., 0] - both[..., 1])

    def unseen(
        self, values: FloatArray, noise: FloatArray, ends: FloatArray, ends_noise: FloatArray
    ) -> FloatArray:
        """The second and the third bound, (...), for values (..., k) and the two ends (..., 2).

        An end that is not finite is not compared.
        """
        functionals, rounding = values @ self.seen, noise @ self.sizes
        before = np.abs(functionals[..., :4]).sum(axis=-1)
        tail = np.maximum(np.abs(functionals[..., 4:8]) - rounding[..., :4], 0.0).sum(axis=-1)
        decay = np.divide(tail, before, out=np.ones_like(tail), where=before > tail)
        gap = np.abs(ends - functionals[..., 8:]) - ends_noise - rounding[..., 4:]
        missed = np.where(np.isfinite(gap), np.maximum(gap, 0.0), 0.0).sum(axis=-1)
        return np.asarray(np.maximum(_MARGIN * tail * decay, _BLIND * missed))
