"""The batch engine against closed forms, mpmath, the reference file and the one-pair engine."""

import importlib.util
import itertools
import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
import torch

from divkit.distributions import Gamma, Laplace, Normal, mixture
from divkit.divergences.stable import LOG2
from divkit.exact.api import divergence
from divkit.exact.batch import js as batch_js
from divkit.exact.batch.api import divergence_batch
from divkit.exact.batch.laws import NormalBatch, NormalMixtureBatch
from divkit.exact.batch.mesh import mesh
from divkit.exact.batch.panels import MixturePairs, PanelRule

REFERENCE = Path(__file__).parents[1] / "reference" / "divergences_1d.json"
numba_only = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="needs numba")


def random_pairs(n, k, loc, scale, seed, concentration=0.5):
    """Weights, locations, scales (n, 2k) of pairs of k-component mixtures."""
    rng = np.random.default_rng(seed)
    low, high = np.log(scale)
    weights = rng.dirichlet(np.full(k, concentration), (n, 2)).reshape(n, 2 * k)
    locs = rng.uniform(-loc, loc, (n, 2 * k))
    return weights, locs, np.exp(rng.uniform(low, high, (n, 2 * k)))


def as_batches(weights, locs, scales):
    k = locs.shape[1] // 2
    cut = [slice(None, k), slice(k, None)]
    return [NormalMixtureBatch(weights[:, c], locs[:, c], scales[:, c]) for c in cut]


def true_js(weights, locs, scales):
    """JSD of one pair to 25 digits: 30-point Gauss–Legendre between all points loc + k·scale."""
    with mpmath.workdps(32):
        parts = [tuple(map(mpmath.mpf, part)) for part in zip(weights, locs, scales, strict=True)]
        split, root = len(parts) // 2, mpmath.sqrt(2 * mpmath.pi)
        grid = sorted({m + k * s for _, m, s in parts for k in range(-11, 12)})
        nodes = list(zip(*np.polynomial.legendre.leggauss(30), strict=True))
        nodes = [polished(30, mpmath.mpf(x)) for x, _ in nodes]

        def integrand(x):
            terms = [w * mpmath.exp(-(((x - m) / s) ** 2) / 2) / (s * root) for w, m, s in parts]
            p, q = mpmath.fsum(terms[:split]), mpmath.fsum(terms[split:])
            middle = (p + q) / 2
            return sum(d * mpmath.log(d / middle) for d in (p, q) if d > 0) / 2

        total = mpmath.mpf(0)
        for a, b in itertools.pairwise(grid):
            if any(a < m + 11 * s and b > m - 11 * s for _, m, s in parts):
                half, middle = (b - a) / 2, (a + b) / 2
                total += half * mpmath.fsum(w * integrand(middle + half * t) for t, w in nodes)
        return total


def polished(n, x):
    for _ in range(4):
        value, before = mpmath.legendre(n, x), mpmath.legendre(n - 1, x)
        slope = n * (x * value - before) / (x * x - 1)
        x -= value / slope
    return x, 2 / ((1 - x * x) * slope**2)


def off_by(truth, value):
    return abs(float(truth - mpmath.mpf(float(value))))


def test_normals_at_unit_shifts_match_the_printed_reference():
    shifts = {0.1: 0.001248440096, 1: 0.111421482185, 2: 0.336830820347, 4: 0.632720193737}
    batch = divergence_batch(NormalBatch(list(shifts), 1.0), Normal(0, 1), "js")
    assert batch.value == pytest.approx(list(shifts.values()), abs=6e-13)  # 12 digits printed
    assert (batch.error < 2e-14).all()


def reference_rows():
    rows = json.loads(REFERENCE.read_text())["pairs"]
    return [row for row in rows if {row["p"][0], row["q"][0]} <= {"normal", "mixture"}]


def law(spec):
    family, *rest = spec
    if family == "normal":
        return Normal(*map(float, rest))
    return mixture(
        [float(w) for w, _, _ in rest], [Normal(float(m), float(s)) for _, m, s in rest]
    )


@pytest.mark.parametrize("kind", ["js", "hellinger2", "gan_value"])
def test_reference_file_to_twenty_one_digits(kind):
    rows = reference_rows()
    assert len(rows) == 6
    batch = divergence_batch([law(r["p"]) for r in rows], [law(r["q"]) for r in rows], kind)
    for row, value, error in zip(rows, batch.value, batch.error, strict=True):
        assert off_by(mpmath.mpf(str(row[kind])), value) <= error < 5e-14


@pytest.mark.parametrize(("loc", "scale", "seed"), [(3, (0.3, 3), 1), (1e4, (1e-3, 1e3), 2)])
def test_affinity_and_panels_are_two_roads_to_one_number(loc, scale, seed):
    weights, locs, scales = random_pairs(400, 1, loc, scale, seed)
    fast = divergence_batch(*(NormalBatch(locs[:, k], scales[:, k]) for k in (0, 1)))
    slow = divergence_batch(*as_batches(weights, locs, scales), engine="numpy")
    assert (np.abs(fast.value - slow.value) <= fast.error + slow.error).all()
    assert max(fast.error.max(), slow.error.max()) < 3e-14


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    ("k", "loc", "scale", "seed"),
    [
        (1, 100, (1e-3, 1e3), 3),
        (3, 3, (0.3, 3), 4),
        (3, 1e4, (1e-3, 1e3), 5),
        (2, 1, (1e-3, 1), 6),
    ],
)
def test_error_covers_the_truth_by_mpmath(k, loc, scale, seed):
    laws = random_pairs(4, k, loc, scale, seed)
    batch = divergence_batch(*as_batches(*laws))
    truths = [true_js(*(part[i].tolist() for part in laws)) for i in range(4)]
    assert all(off_by(t, v) <= e for t, v, e in zip(truths, batch.value, batch.error, strict=True))


@pytest.mark.slow
def test_needle_of_a_thousandth_is_seen():
    weights = np.array([[1e-3, 0.999, 0.5, 0.5]])
    for place in (-5.0, -1.0, 0.0, 3.0):  # edges of the wide components' panels among them
        locs = np.array([[place, 0.0, 0.0, 0.5]])
        scales = np.array([[1e-3, 1.0, 1.0, 1.0]])
        batch = divergence_batch(*as_batches(weights, locs, scales))
        truth = true_js(weights[0].tolist(), locs[0].tolist(), scales[0].tolist())
        assert off_by(truth, batch.value[0]) <= batch.error[0] < 3e-14


def test_nearly_equal_normals_keep_their_relative_accuracy():
    shift = np.array([1e-8, 1e-12, 1e-150])
    batch = divergence_batch(NormalBatch(shift, 1.0), NormalBatch(0.0, 1.0))
    assert batch.value == pytest.approx(shift**2 / 8, rel=1e-13)
    assert (batch.error <= 1e-12 * batch.value).all()


def test_relative_accuracy_at_a_far_location_and_tiny_scale():
    p, q = NormalBatch([1e4], [1e-3]), NormalBatch([1e4], [1e-3 * (1 + 1e-10)])
    t = (q.scale[0] - p.scale[0]) / p.scale[0]
    assert divergence_batch(p, q).value[0] == pytest.approx(t * t / 4, rel=1e-8)  # 1 + O(t)


def test_far_apart_laws_are_at_the_ceiling_and_gan_value_at_zero():
    p, q = NormalBatch([0.0, 0.0, -1e300], 1.0), NormalBatch([50.0, 1e9, 1e300], 0.01)
    js, gan = divergence_batch(p, q, "js"), divergence_batch(p, q, "gan")
    assert (np.abs(js.value - LOG2) <= js.error).all() and (js.error < 2e-14).all()
    assert (np.abs(gan.value) <= gan.error).all()


@pytest.mark.parametrize("engine", ["numpy", pytest.param("numba", marks=numba_only)])
def test_components_of_weight_zero_are_absent(engine):
    with_ghost = NormalMixtureBatch([[1.0, 0.0]], [[0.0, 1e4]], [[1.0, 1e-3]])
    batch = divergence_batch(
        with_ghost, NormalMixtureBatch([[1.0]], [[2.0]], [[1.0]]), engine=engine
    )
    assert abs(batch.value[0] - 0.336830820347) < 6e-13
    assert batch.error[0] < 2e-14


@pytest.mark.parametrize("engine", ["numpy", pytest.param("numba", marks=numba_only)])
@pytest.mark.parametrize("unit", [1e-300, 1e-20, 1e20, 1e300])
def test_units_of_length_do_not_matter(unit, engine):
    p, q = NormalBatch([0.0, 0.0], [unit, unit]), NormalBatch([unit, 0.0], [unit, 3 * unit])
    truth = np.array([0.1114214821847361797172, 0.1864940190809959379612])
    for left, right in ((p, q), (p.mixtures, q.mixtures)):
        batch = divergence_batch(left, right, engine=engine)
        assert (np.abs(batch.value - truth) <= batch.error).all()
        assert batch.error.max() < 5e-15


def test_identical_laws_give_zero():
    laws = random_pairs(20, 2, 5, (0.1, 10), 7)
    p, _ = as_batches(*laws)
    assert (divergence_batch(p, p).value == 0).all()
    assert (divergence_batch(NormalBatch([3.0], 2.0), Normal(3, 2)).value == 0).all()


def test_invariance_under_affine_maps_and_swap():
    weights, locs, scales = random_pairs(60, 2, 3, (0.3, 3), 8)
    base = divergence_batch(*as_batches(weights, locs, scales))
    moved = divergence_batch(*as_batches(weights, 1e4 - 0.25 * locs, 0.25 * scales))
    swapped = divergence_batch(*reversed(as_batches(weights, locs, scales)))
    # the map itself rounds: locations at 1e4 by 1e-12, and |dJSD| ≤ |dz| for z of a scale's width
    rounding = 6 * 2e-12 / (0.25 * scales.min(axis=1))
    assert (np.abs(base.value - moved.value) <= base.error + moved.error + rounding).all()
    assert (np.abs(base.value - swapped.value) <= base.error + swapped.error).all()


def normal_grid():
    rng = np.random.default_rng(9)
    loc, scale = rng.uniform(-5, 5, (2, 200)), np.exp(rng.uniform(-4, 4, (2, 200)))
    ratio, gap = scale[0] / scale[1], (loc[0] - loc[1]) / scale[1]
    return NormalBatch(loc[0], scale[0]), NormalBatch(loc[1], scale[1]), ratio, gap


def test_kl_of_normals_is_its_closed_form():
    p, q, ratio, gap = normal_grid()
    batch = divergence_batch(p, q, "kl")
    truth = 0.5 * (ratio**2 + gap**2 - 1) - np.log(ratio)
    rounding = 4 * np.finfo(float).eps * (1 + ratio**2 + gap**2 + np.abs(np.log(ratio)))
    assert (np.abs(batch.value - truth) <= batch.error + rounding).all()
    assert (batch.error <= 1e-13 * np.maximum(1, truth)).all()


def test_hellinger_of_normals_is_its_closed_form():
    p, q, ratio, gap = normal_grid()
    affinity = np.sqrt(2 * ratio / (1 + ratio**2)) * np.exp(-(gap**2) / (4 * (1 + ratio**2)))
    squared, root = divergence_batch(p, q, "hellinger2"), divergence_batch(p, q, "hellinger")
    assert (np.abs(squared.value - (1 - affinity)) <= squared.error + 1e-15).all()
    assert (np.abs(root.value - np.sqrt(1 - affinity)) <= root.error + 1e-15).all()
    assert squared.error.max() < 3e-14


@pytest.mark.parametrize(
    "kind", ["js", "js_fgan", "gan", "triangular", "hellinger2", "js_distance", "weighted_js(0.3)"]
)
def test_mixtures_agree_with_the_one_pair_engine(kind):
    p, q = as_batches(*random_pairs(3, 2, 5, (0.1, 5), 10))
    batch = divergence_batch(p, q, kind)
    for i in range(3):
        one = divergence(p.law(i), q.law(i), kind)
        assert abs(one.value - batch.value[i]) <= one.error + batch.error[i]
        assert batch.error[i] < 1e-12
    assert all("one pair" not in way for way in batch.diagnostics["pairs"])


def test_pairs_of_other_families_say_the_methods_that_they_went_by():
    several = divergence_batch([Gamma(2, 1), Gamma(3, 1), Laplace(0, 1)], Gamma(2, 2), "kl")
    assert several.method == (
        "closed_form, symbolic, one pair at a time (families that have no engine in arrays)"
    )
    assert "quadrature" in divergence_batch([Laplace(0, 1)], Laplace(1, 2), "js").method


@pytest.mark.parametrize("kind", ["chi2", "w2", "renyi(0.5)"])
def test_what_has_no_fast_way_goes_pair_by_pair_and_says_so(kind):
    p, q = as_batches(*random_pairs(2, 2, 2, (0.8, 1.0), 11))
    batch = divergence_batch(p, q, kind)
    (way,) = batch.diagnostics["pairs"]
    one = divergence(p.law(1), q.law(1), kind)
    assert way.startswith(f"{one.way}, one pair at a time (")
    assert (batch.value[1], batch.error[1]) == (one.value, one.error)


def test_pairs_beyond_the_range_of_floats_are_handed_on():
    locs = NormalMixtureBatch(
        [[0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]], [[1.0, 2.0], [1e-160, 1e-160]]
    )
    batch = divergence_batch(locs, NormalMixtureBatch([[0.5, 0.5]], [[0.0, 1.0]], [[1.0, 1.0]]))
    assert sorted(batch.diagnostics["pairs"].values()) == [1, 1]
    assert any("too far apart" in way for way in batch.diagnostics["pairs"])
    assert abs(batch.value[1] - LOG2) <= batch.error[1]


def test_lists_of_mixed_laws_keep_their_order():
    trimodal = mixture([0.2, 0.3, 0.5], [Normal(-2, 1), Normal(0, 0.5), Normal(2, 1)])
    ps = [Normal(0, 1), trimodal, Laplace(0, 1), Normal(2, 1), trimodal]
    qs = [Normal(1, 1), Normal(0, 1), Normal(0, 1), Normal(0, 1), trimodal]
    batch = divergence_batch(ps, qs)
    assert sum(batch.diagnostics["pairs"].values()) == 5
    for i, (p, q) in enumerate(zip(ps, qs, strict=True)):
        one = divergence(p, q)
        assert abs(one.value - batch.value[i]) <= one.error + batch.error[i]


def test_one_law_against_many_and_foreign_objects():
    many = [torch.distributions.Normal(float(m), 1.0) for m in range(4)]
    batch = divergence_batch(Normal(0, 1), many)
    arrays = divergence_batch(NormalBatch(0.0, 1.0), NormalBatch(np.arange(4.0), 1.0))
    assert (batch.value == arrays.value).all()
    assert batch[2].value == batch.value[2] and len(batch) == 4


@numba_only
def test_numba_and_numpy_agree():
    p, q = as_batches(*random_pairs(300, 3, 5, (1e-2, 1e2), 12))
    fast, plain = (divergence_batch(p, q, engine=name) for name in ("numba", "numpy"))
    assert (np.abs(fast.value - plain.value) <= fast.error + plain.error).all()
    assert np.abs(fast.value - plain.value).max() < 5e-15


@numba_only
def test_numba_and_numpy_agree_on_normals():
    _, locs, scales = random_pairs(300, 1, 1e3, (1e-3, 1e3), 17)
    p, q = (NormalBatch(locs[:, k], scales[:, k]) for k in (0, 1))
    fast, plain = (divergence_batch(p, q, engine=name) for name in ("numba", "numpy"))
    assert np.abs(fast.value - plain.value).max() < 2e-15
    near = NormalBatch(p.loc + 1e-9 * p.scale, p.scale * (1 + 1e-9))
    fast, plain = (divergence_batch(p, near, engine=name) for name in ("numba", "numpy"))
    assert fast.value == pytest.approx(plain.value, rel=1e-14)
    far = NormalBatch(p.loc + 1e300, p.scale * 1e-300)
    apart = divergence_batch(p, far, engine="numba")
    assert (np.abs(apart.value - LOG2) <= apart.error).all()


@pytest.mark.sweep(3)
@numba_only
@pytest.mark.parametrize(
    ("name", "truth", "low", "high"),
    [
        ("exp", np.exp, -700.0, -1e-9),
        ("exp2", np.exp2, -1000.0, -1e-9),
        ("expm1", np.expm1, -700.0, -1e-9),
        ("log", np.log, 1e-300, 4.0),
        ("log1p", np.log1p, 1e-12, 1e3),
        ("atan", np.arctan, -1e3, -1e-9),
        ("atan", np.arctan, 1e-9, 1e3),
        ("sin_squared", lambda x: np.sin(x) ** 2, 1e-9, 1.5),
    ],
)
def test_compiled_functions_are_within_two_ulps(name, truth, low, high):
    import numba

    from divkit.exact.batch import _numba_elementary as elementary

    function = numba.vectorize(["float64(float64)"])(getattr(elementary, name))
    size = np.exp(np.linspace(math.log(abs(low)), math.log(abs(high)), 20001))
    x = size * np.sign(low)
    assert function(x) == pytest.approx(truth(x), rel=5e-16)


@pytest.mark.slow
@numba_only
def test_compiled_functions_at_their_ends():
    import numba

    from divkit.exact.batch import _numba_elementary as elementary

    def at(name, *x):
        return numba.vectorize(["float64(float64)"])(getattr(elementary, name))(
            np.array(x)
        ).tolist()

    assert at("exp", 0.0, -800.0, -math.inf) == [1.0, 0.0, 0.0]
    assert at("exp2", 0.0, -1.0, -1100.0, -math.inf) == [1.0, 0.5, 0.0, 0.0]
    assert at("expm1", 0.0, -800.0, -math.inf) == [0.0, -1.0, -1.0]
    assert at("log1p", 0.0) == at("atan", 0.0) == at("log", 1.0) == at("sin_squared", 0.0) == [0.0]
    k = 12345
    with mpmath.workdps(30):
        truth = float(mpmath.sin(mpmath.mpf(k * math.pi + 0.25)) ** 2)
    assert at("sin_squared", k * math.pi + 0.25) == pytest.approx([truth], rel=1e-14)


def hard_pairs():
    """Needles below the resolution of their coordinates, some where a wide panel ends."""
    _, locs, scales = random_pairs(200, 3, 50, (1e-3, 1e2), 15)
    locs[:, 1], scales[:, 1] = locs[:, 0], 1e-18
    locs[:50, 2] = locs[:50, 0] + 3 * scales[:50, 0]
    return locs, scales


@numba_only
def test_both_meshes_are_one():
    from divkit.exact.batch import _kernels_numba as kernels

    locs, scales = hard_pairs()
    one, other = (lay(locs, scales, 8.6, 4.0) for lay in (mesh, kernels.mesh))
    order = np.argsort(one.pair, kind="stable")  # the compiled one goes pair by pair
    for name in ("pair", "anchor", "low", "high"):
        assert (getattr(one, name)[order] == getattr(other, name)).all()


def test_mesh_covers_every_window_once():
    locs, scales = hard_pairs()
    panels = mesh(locs, scales, 9.0, 4.0)
    phi = np.polynomial.legendre.leggauss(40)
    for j in range(6):
        t0 = locs[panels.pair, panels.anchor] - locs[panels.pair, j]
        half = 0.5 * (panels.high - panels.low) / scales[panels.pair, j]
        middle = (t0 + 0.5 * (panels.high + panels.low)) / scales[panels.pair, j]
        z = middle[:, None] + half[:, None] * phi[0]
        density = np.exp(-0.5 * np.minimum(z * z, 1e4)) / math.sqrt(2 * math.pi)
        mass = np.bincount(panels.pair, half * (density @ phi[1]), len(locs))
        assert np.abs(mass - 1).max() < 1e-12


def test_refinement_reaches_a_smaller_tolerance_with_more_nodes():
    weights, locs, scales = random_pairs(50, 3, 3, (0.3, 3), 16)
    pairs = MixturePairs(weights, locs, scales, 3)
    loops = batch_js.js_integrand(batch_js.fill)
    loose, tight = (PanelRule(tolerance=t)(pairs, loops) for t in (1e-6, 1e-15))
    assert loose[2] < tight[2]
    assert (np.abs(loose[0] - tight[0]) <= loose[1] + tight[1]).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NormalBatch([0.0, 1.0], [1.0, -1.0]), r"scale must be in \(0, inf\).* at \[1\]"),
        (lambda: NormalBatch([0.0, math.nan], 1.0), r"loc must be finite; got .*nan.* at \[1\]"),
        (lambda: NormalBatch([0.0, 1.0], [1.0, 1.0, 1.0]), "broadcast"),
        (lambda: NormalBatch([], 1.0), "none empty"),
        (lambda: NormalMixtureBatch([0.5, 0.6], [0.0, 1.0], 1.0), "must be 1 within"),
        (lambda: NormalMixtureBatch([1.5, -0.5], [0.0, 1.0], 1.0), r"weights must be in \[0, 1\]"),
        (lambda: divergence_batch([Normal()] * 2, [Normal()] * 3), "one length"),
        (
            lambda: divergence_batch(NormalBatch([0, 1], 1), NormalBatch([0, 1, 2], 1)),
            "one length",
        ),
        (lambda: divergence_batch([], [Normal()]), "ps must not be empty"),
        (lambda: divergence_batch(Normal(), Normal(), "jss"), "js"),
        (
            lambda: divergence_batch(
                *as_batches(*random_pairs(1, 2, 1, (1, 2), 0)), engine="fortran"
            ),
            "engine must be",
        ),
    ],
)
def test_errors_name_the_argument_and_the_place(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_refused_pair_is_named():
    from divkit.distributions import MultivariateNormal

    plane = MultivariateNormal([0, 0], [[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="pair 1"):
        divergence_batch([Laplace(0, 1), plane], [Laplace(1, 1), Laplace(0, 1)])


def test_inputs_are_copied():
    loc = np.zeros(3)
    batch = NormalBatch(loc, 1.0)
    loc[:] = 7.0
    assert (batch.loc == 0).all()
