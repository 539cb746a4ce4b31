"""
What stands beside a curve
==========================

Bounds, slopes, the names of what lines tend to, trained critics and estimates share the axes with
the exact values.
"""

import matplotlib.pyplot as plt

import divkit
from divkit.curves import Asymptotes, Bounds, Estimates, Slopes, TrainedCritics
from divkit.plots import style
from divkit.plots.paper import long_legend_below


def show(curve, rows=1):
    """Draw a curve; with slopes, a second panel for them."""
    with style("single"):
        figure, axes = plt.subplots(rows, 1, figsize=(3.4, 2.3 * rows), sharex=True)
        curve.plot(axes)
        long_legend_below(figure, figure.axes[0])
    plt.show()


# %%
# A generator feels the slope: that of JSD vanishes where the laws part, that of W1 stays.
#
# .. code-block:: console
#
#    $ divkit curve "normal(0, 1)" "normal(t, 1)" --over t=0:6 --kind js,w1 --gradient \
#        --asymptote --figure slopes.pdf

laws = ("normal(0, 1)", "normal(t, 1)")
beside = [Slopes(), Asymptotes()]
show(divkit.curve(*laws, ["js", "w1"], over={"t": "0:6"}, overlays=beside), 2)

# %%
# Where JSD may lie, given TV or Hellinger's distance.
#
# .. code-block:: console
#
#    $ divkit curve "laplace(0, 1)" "normal(t, 1)" --over t=0:6 --kind js \
#        --bounds tv,hellinger2 --figure bounds.pdf

bounds = [Bounds(("tv", "hellinger2"))]
show(divkit.curve("laplace(0, 1)", "normal(t, 1)", "js", over={"t": "0:6"}, overlays=bounds))

# %%
# Critics reach what their class can say: a logistic one nothing, where the means agree.
#
# .. code-block:: console
#
#    $ divkit curve "mixture(0.5: normal(-2, 0.7), 0.5: normal(2, 0.7))" "normal(0, t)" \
#        --over t=0.3:8:15:log --kind js --trained logistic,quadratic,mlp --figure critics.pdf

p = "mixture(0.5: normal(-2, 0.7), 0.5: normal(2, 0.7))"
critics = [TrainedCritics(("logistic", "quadratic", "mlp"))]
show(divkit.curve(p, "normal(0, t)", "js", over={"t": "0.3:8:15:log"}, overlays=critics))

# %%
# Estimates from 200 rows of each law: the mean of four seeds, and the
# band that holds nine in ten.
#
# .. code-block:: console
#
#    $ divkit curve "normal(0, 1)" "normal(t, 1)" --over t=0:4 --kind js --samples 200 \
#        --estimator auto,knn --seeds 4 --spots 5 --figure estimates.pdf

samples = [Estimates(200, ("auto", "knn"), seeds=4, points=5)]
show(divkit.curve(*laws, "js", over={"t": "0:4"}, overlays=samples))
