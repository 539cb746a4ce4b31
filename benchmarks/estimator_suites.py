"""What the benchmark of estimators computes: problems × estimators × (n, seeds), as values."""

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

FULL = (
    Suite(JS, ("auto", "knn", "density_ratio"), ((1_000, 40), (10_000, 10))),
    Suite(JS_HARD, ("auto", "knn", "density_ratio"), ((1_000, 40), (5_000, 10))),
    Suite(KL, ("auto", "knn", "density_ratio"), ((1_000, 40), (10_000, 10))),
    Suite(KL_LARGE, ("auto", "knn", "density_ratio"), ((5_000, 10),)),
    Suite((*JS, *JS_HARD, *KL), ("variational", "plug_in(form='leave_one_out')"), ((1_000, 10),)),
)
QUICK = (
    Suite((*JS, *JS_HARD, *KL), ("auto", "knn", "density_ratio"), ((200, 3),)),
    Suite(KL_LARGE, ("auto", "knn"), ((500, 2),)),
)

NEIGHBOURS = ("universal-divergence, k=5", "ITE-style")
FAST_PEERS = (*NEIGHBOURS, "infomeasure", "histogram", "scipy gaussian_kde")
LEARNERS = ("sklearn boosting", "sklearn perceptron")
ADAPTIVE = ("universal-divergence",)  # 9 seconds for 1,000 rows: fewer seeds
PEERS = (
    Suite((*JS, *JS_HARD, *KL), FAST_PEERS, ((1_000, 40),)),
    Suite((*JS, *JS_HARD, *KL), LEARNERS, ((1_000, 40),)),
    Suite(KL_LARGE, (*FAST_PEERS, *LEARNERS), ((5_000, 10),)),
    Suite((*JS, *KL), (*FAST_PEERS, *LEARNERS), ((10_000, 10),)),
    Suite(JS_HARD, (*FAST_PEERS, *LEARNERS), ((5_000, 10),)),
    Suite((*JS, *JS_HARD, *KL), ADAPTIVE, ((1_000, 3),)),
)
