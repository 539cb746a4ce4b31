"""Pairs of laws as texts, by regime: name, P, Q and a note."""

from __future__ import annotations

from collections.abc import Mapping

from divkit.problems.pairs_of_laws import Regime

_Written = tuple[tuple[str, str, str, str], ...]

_LINE: _Written = (
    ("exponentials", "exponential(1)", "exponential(1.6)", "an edge at 0"),
    ("gammas", "gamma(2, 1)", "gamma(3, 1)", "an edge at 0, another shape"),
    ("gamma_vs_lognormal", "gamma(3, 1)", "lognormal(1, 0.6)", "alike bulks, unlike tails"),
    ("lognormals", "lognormal(0, 1)", "lognormal(0.5, 1)", "a shift of logarithms"),
    ("weibulls", "weibull(1.5, 1)", "weibull(2, 1)", "two shapes"),
    ("betas", "beta(2, 3)", "beta(3, 2)", "an interval"),
    ("beta_bathtub", "beta(0.5, 0.5)", "uniform(0, 1)", "densities that are infinite at the ends"),
    ("triangular_vs_uniform", "beta(2, 1)", "uniform(0, 1)", "a slope against a plateau"),
    ("laplace_vs_normal", "laplace(0, 1)", "normal(0, 1.4142135623730951)", "a kink"),
    ("logistic_vs_normal", "logistic(0, 1)", "normal(0, 1.8137993642342178)", "equal moments"),
    ("gumbel_vs_normal", "gumbel(0, 1)", "normal(0.5772, 1.2825)", "equal moments, one skewed"),
    ("laplaces", "laplace(0, 1)", "laplace(0.7, 1)", "two kinks"),
    ("normals", "normal(0, 1)", "normal(0.5, 1.5)", "shift and scale"),
    ("skewed", "skewnormal(3)", "normal(0.7569, 0.6530)", "equal moments, one skewed"),
    ("halfnormals", "halfnormal(1)", "halfnormal(1.5)", "an edge at 0"),
    ("rayleighs", "rayleigh(1)", "rayleigh(1.4)", "density 0 at the edge"),
    ("claw", "mixture(0.5: normal(0, 1), 0.1: normal(-1, 0.1), 0.1: normal(-0.5, 0.1), "
     "0.1: normal(0, 0.1), 0.1: normal(0.5, 0.1), 0.1: normal(1, 0.1))", "normal(0, 0.87)",
     "Marron and Wand's claw"),
    ("two_modes_vs_one", "mixture(0.5: normal(-1, 0.6), 0.5: normal(1, 0.6))", "normal(0, 1.1662)",
     "equal moments"),
    ("separated_modes", "mixture(0.5: normal(-3, 1), 0.5: normal(3, 1))",
     "mixture(0.3: normal(-3, 1), 0.7: normal(3, 1))", "other weights"),
    ("moved_mode", "mixture(0.9: normal(0, 1), 0.1: normal(4, 0.5))",
     "mixture(0.9: normal(0, 1), 0.1: normal(5, 0.5))", "a tenth moves"),
    ("spike_in_slab", "mixture(0.8: normal(0, 1), 0.2: normal(0, 0.05))", "normal(0, 1)",
     "a narrow spike in the middle"),
    ("uniform_in_normal", "uniform(-1, 1)", "normal(0, 1)", "edges of P alone"),
)  # fmt: skip
_HEAVY: _Written = (
    ("cauchys", "cauchy(0, 1)", "cauchy(1, 1)", "no mean"),
    ("cauchy_scale", "cauchy(0, 1)", "cauchy(0, 2)", "no mean, another scale"),
    ("student2_vs_student4", "student(2)", "student(4)", "infinite variance of P"),
    ("students_shift", "student(3)", "student(3, 0.8, 1)", "a shift in heavy tails"),
    ("normal_vs_student3", "normal(0, 1)", "student(3)", "ratios that fall to 0"),
    ("student5_vs_normal", "student(5)", "normal(0, 1.29)", "KL infinite in the tails' limit"),
    ("paretos", "pareto(2, 1)", "pareto(3, 1)", "power tails"),
    ("lomaxes", "lomax(2, 1)", "lomax(3, 1)", "power tails with an edge at 0"),
    ("halfcauchys", "halfcauchy(1)", "halfcauchy(2)", "a heavy half-line"),
    ("inverse_gammas", "invgamma(3, 1)", "invgamma(4, 1)", "power tails"),
    ("loglogistics", "loglogistic(2, 1)", "loglogistic(3, 1)", "power tails"),
    ("stables", "stable(1.5, 0)", "stable(1.5, 0, 0.7, 1)", "no closed density"),
)  # fmt: skip
_COUNTS: _Written = (
    ("poissons", "poisson(3)", "poisson(5)", "counts"),
    ("poisson_vs_negative_binomial", "poisson(4)", "negative_binomial(4, 0.5)", "overdispersed"),
    ("binomials", "binomial(10, 0.3)", "binomial(10, 0.5)", "eleven counts"),
    ("geometrics", "geometric(0.3)", "geometric(0.5)", "waiting times"),
    ("zipfs", "zipf(3)", "zipf(2.5)", "counts with power tails"),
    ("bernoullis", "bernoulli(0.5)", "bernoulli(0.3)", "two categories"),
    ("categories", "categorical([0.1, 0.2, 0.3, 0.4])", "categorical([0.25, 0.25, 0.25, 0.25])",
     "four categories"),
    ("skellams", "skellam(3, 2)", "skellam(2, 2)", "differences of counts"),
    ("count_and_number", "product(poisson(3), normal(0, 1))",
     "product(poisson(4), normal(0.3, 1))", "a count beside a number"),
    ("category_and_numbers", "product(bernoulli(0.5), normal(0, 1), laplace(0, 1))",
     "product(bernoulli(0.4), normal(0.3, 1), laplace(0, 1.2))", "a category beside two numbers"),
    ("five_counts", "iid(poisson(2), 5)", "iid(poisson(2.4), 5)", "five columns of counts"),
    ("bars", "bars_and_stripes(3)", "ising(3, 3, 0.0)", "binary images of 3 × 3: KL log 2⁹/14"),
    ("ising_warm", "ising(3, 3, 0.3)", "ising(3, 3, 0.1)", "binary images of 3 × 3"),
)  # fmt: skip
_NEAR: _Written = (
    ("near_shift", "normal(0, 1)", "normal(0.1, 1)", "KL .005"),
    ("near_scale", "normal(0, 1)", "normal(0, 1.05)", "KL .0023"),
    ("near_tail", "normal(0, 1)", "student(30)", "tails alone differ"),
    ("near_bump", "mixture(0.99: normal(0, 1), 0.01: normal(2, 0.2))", "normal(0, 1)", "a bump"),
    ("near_laplace", "laplace(0, 1)", "laplace(0.1, 1)", "a kink moved by a tenth"),
    ("near_plane", "iid(normal(0, 1), 2)", "iid(normal(0.1, 1), 2)", "KL .01 in the plane"),
    ("near_10", "iid(normal(0, 1), 10)", "iid(normal(0.05, 1), 10)", "KL .0125 over ten columns"),
)  # fmt: skip

TEXTS: Mapping[Regime, _Written] = {
    Regime.LINE: _LINE,
    Regime.HEAVY: _HEAVY,
    Regime.COUNTS: _COUNTS,
    Regime.NEAR: _NEAR,
}
