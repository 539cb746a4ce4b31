"""
Curves over any law
===================

A law with a free name is a family of laws; a divergence along it is one command, and points are
placed where the curve bends.
"""

# sphinx_gallery_thumbnail_number = 3

import matplotlib.pyplot as plt

import divkit
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
# Student's t becomes normal as its degrees of freedom grow; in logs of t.
#
# .. code-block:: console
#
#    $ divkit curve "normal(0, 1)" "student(t)" --over t=0.5:100:log --kind js,kl,tv \
#        --figure student.pdf

kinds = ["js", "kl", "tv"]
show(divkit.curve("normal(0, 1)", "student(t)", kinds, over={"t": "0.5:100:log"}))

# %%
# In more dimensions the same shift saturates the sooner: one line a dimension.
#
# .. code-block:: console
#
#    $ divkit curve "iid(normal(0, 1), d)" "iid(normal(t, 1), d)" --over t=0:4 \
#        --by d=1,2,5,20 --kind js --figure dimensions.pdf

p, q = "iid(normal(0, 1), d)", "iid(normal(t, 1), d)"
show(divkit.curve(p, q, "js", over={"t": "0:4"}, by={"d": [1, 2, 5, 20]}))

# %%
# Two free names make a map.
#
# .. code-block:: console
#
#    $ divkit curve "normal(0, 1)" "normal(a, b)" --over a=-3:3:41 --over b=0.2:5:41:log \
#        --kind js,kl --figure map.pdf

over = {"a": "-3:3:41", "b": "0.2:5:41:log"}
show(divkit.curve("normal(0, 1)", "normal(a, b)", ["js", "kl"], over=over), 2)
