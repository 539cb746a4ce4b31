"""
Curves over counts, simplices and circles
=========================================

The same command over laws of counts, on the simplex, on the circle, and of lifetimes.
"""

import matplotlib.pyplot as plt

import divkit
from divkit.curves import Asymptotes
from divkit.plots import style
from divkit.plots.paper import long_legend_below


def show(curve, rows=1):
    """Draw a curve a column wide; of a map one panel a divergence."""
    with style("single"):
        figure, axes = plt.subplots(rows, 1, figsize=(3.4, 2.3 * rows))
        curve.plot(axes)
        long_legend_below(figure, figure.axes[0])
    plt.show()


# %%
# Poisson laws apart.
#
# .. code-block:: console
#
#    $ divkit curve "poisson(10)" "poisson(t)" --over t=1:60:30 --kind js,hellinger2,tv \
#        --asymptote --figure poisson.pdf

kinds = ["js", "hellinger2", "tv"]
show(
    divkit.curve(
        "poisson(10)", "poisson(t)", kinds, over={"t": "1:60:30"}, overlays=[Asymptotes()]
    )
)

# %%
# A negative binomial law of mean 5 becomes Poisson as its size grows, like 1/t².
#
# .. code-block:: console
#
#    $ divkit curve "poisson(5)" "negative_binomial(t, t/(t + 5))" --over t=0.3:300:25:log \
#        --kind js,kl,tv --asymptote --figure overdispersion.pdf

q, over = "negative_binomial(t, t/(t + 5))", {"t": "0.3:300:25:log"}
show(divkit.curve("poisson(5)", q, ["js", "kl", "tv"], over=over, overlays=[Asymptotes()]))

# %%
# Poisson's law of small numbers keeps a distance where p = .3: TV wavers with the lattice.
#
# .. code-block:: console
#
#    $ divkit curve "binomial(n, 0.3)" "poisson(0.3*n)" --over n=1:300:int:log \
#        --kind js,kl,tv --figure small-numbers.pdf

over = {"n": "1:300:int:log"}
show(divkit.curve("binomial(n, 0.3)", "poisson(0.3*n)", ["js", "kl", "tv"], over=over))

# %%
# Geometric laws over both parameters.
#
# .. code-block:: console
#
#    $ divkit curve "geometric(p)" "geometric(q)" --over p=0.05:0.95:19 --over q=0.05:0.95:19 \
#        --kind js,kl --figure geometric.pdf

over = {"p": "0.05:0.95:19", "q": "0.05:0.95:19"}
show(divkit.curve("geometric(p)", "geometric(q)", ["js", "kl"], over=over), 2)

# %%
# Dirichlet laws on the simplex, from its corners to its centre.
#
# .. code-block:: console
#
#    $ divkit curve "dirichlet([1, 1, 1])" "dirichlet([t, t, t])" --over t=0.1:30:15:log \
#        --kind js,hellinger2 --figure dirichlet.pdf

p, q = "dirichlet([1, 1, 1])", "dirichlet([t, t, t])"
show(divkit.curve(p, q, ["js", "hellinger2"], over={"t": "0.1:30:15:log"}))

# %%
# Directions on the circle, turned against each other.
#
# .. code-block:: console
#
#    $ divkit curve "vonmises(0, 4)" "vonmises(t, 4)" --over t=-3.14:3.14:17 --kind js,kl \
#        --figure circle.pdf

over = {"t": "-3.14:3.14:17"}
show(divkit.curve("vonmises(0, 4)", "vonmises(t, 4)", ["js", "kl"], over=over))

# %%
# Lifetimes whose hazard falls (t < 1) or rises.
#
# .. code-block:: console
#
#    $ divkit curve "weibull(1)" "weibull(t)" --over t=0.4:6:25:log --kind js,tv \
#        --figure weibull.pdf

show(divkit.curve("weibull(1)", "weibull(t)", ["js", "tv"], over={"t": "0.4:6:25:log"}))
