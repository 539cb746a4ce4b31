"""Cells of the benchmark of estimators: problems × estimators × (n, seeds), as values.

`FULL` has a part for `auto` and parts for what stands beside it: samples are fixed by problem, n
and seed, so that any two estimators meet on the seeds that both have. An estimator joins by its
name in a tuple; a family of problems by a tuple of its own and a line in each part.
"""

from __future__ import annotations

from divkit.bench.cells import Suite

JS = (
    ("shift1", "js"),
    ("ring8_vs_matched_normal", "js"),
    ("ar10", "js"),
    ("bimodal_vs_laplace", "js"),
    ("shift2d", "js"),
)
JS_HARD = (("banana3_vs_normal", "js"), ("mixture5_vs_student5", "js"))
KL = (
    ("ar5_vs_equicorrelated", "kl"),
    ("shift1", "kl"),
    ("bimodal_vs_laplace", "kl"),
    ("student3_vs_cauchy", "kl"),
)
KL_LARGE = (("shift6", "kl"), ("shift20", "kl"))
SHAPES = (
    ("spiral_vs_matched_normal", "js"),
    ("tight_spiral_vs_matched_normal", "js"),
    ("moons_vs_matched_normal", "js"),
    ("student10_shift", "js"),
    ("students10_vs_laplaces10", "js"),
    ("banana10_vs_normal", "js"),
)
ALL = (*JS, *JS_HARD, *KL)
CLOSE = (
    *((name, "js") for name in ("shift1", "bimodal_vs_laplace", "ring8_vs_matched_normal")),
    ("shift2d", "js"),
    *((name, "kl") for name in ("shift1", "bimodal_vs_laplace", "student3_vs_cauchy")),
)
"""Where others come near `auto`: in one and two dimensions 40 draws cannot tell them apart."""

AUTO = ("auto",)
QUICK_ONES = ("knn", "density_ratio", "telescoping")
STACKED = "plug_in(density='auto')"
"""Dear, 2 to 10 s an estimate: few seeds, and `auto` on the same."""
SLOW_ONES = ("variational", "plug_in(form='leave_one_out')", "one_step(of='plug_in')")

FULL = {
    "auto": (
        Suite(ALL, AUTO, ((1_000, 40), (250, 20))),
        Suite(KL_LARGE, AUTO, ((5_000, 10), (1_000, 10))),
        Suite((*JS, *KL), AUTO, ((10_000, 10),)),
        Suite(JS_HARD, AUTO, ((5_000, 10),)),
        Suite(CLOSE, AUTO, ((1_000, 200),)),
    ),
    "quick ones": (
        Suite(ALL, QUICK_ONES, ((1_000, 20), (250, 20))),
        Suite(KL_LARGE, QUICK_ONES, ((5_000, 10), (1_000, 10))),
        Suite((*JS, *KL), QUICK_ONES, ((10_000, 5),)),
        Suite(JS_HARD, QUICK_ONES, ((5_000, 5),)),
    ),
    "shapes": (Suite(SHAPES, (*AUTO, "knn"), ((1_000, 20), (5_000, 5))),),
    "stacked": (Suite((*JS, *JS_HARD), (*AUTO, STACKED), ((1_000, 4),)),),
    "slow ones": (Suite(ALL, SLOW_ONES, ((1_000, 5),)),),
}
QUICK = (
    Suite(ALL, (*AUTO, *QUICK_ONES), ((200, 3),)),
    Suite(KL_LARGE, (*AUTO, "knn"), ((500, 2),)),
)

SHARED = (
    "universal-divergence, k=5", "ITE-style", "npeet_plus", "infomeasure", "densratio",
    "torchmetrics", "histogram", "scipy gaussian_kde", "sklearn boosting", "sklearn perceptron",
    "MINE-style",
)  # fmt: skip
"""Peers on the suites of `divkit bench run`."""
NEIGHBOURS = ("universal-divergence, k=5", "ITE-style")
FAST_PEERS = (*NEIGHBOURS, "infomeasure", "histogram", "scipy gaussian_kde")
LEARNERS = ("sklearn boosting", "sklearn perceptron")
ADAPTIVE = ("universal-divergence",)  # 9 seconds for 1,000 rows: fewer seeds
PEERS = (
    Suite(ALL, FAST_PEERS, ((1_000, 40),)),
    Suite(ALL, LEARNERS, ((1_000, 40),)),
    Suite(KL_LARGE, (*FAST_PEERS, *LEARNERS), ((5_000, 10),)),
    Suite((*JS, *KL), (*FAST_PEERS, *LEARNERS), ((10_000, 10),)),
    Suite(JS_HARD, (*FAST_PEERS, *LEARNERS), ((5_000, 10),)),
    Suite(ALL, ADAPTIVE, ((1_000, 3),)),
    Suite(ALL, FAST_PEERS, ((250, 20),)),
    Suite(KL_LARGE, (*FAST_PEERS, *LEARNERS), ((1_000, 10),)),
    Suite(CLOSE, (*FAST_PEERS, "sklearn perceptron"), ((1_000, 200),)),
)
