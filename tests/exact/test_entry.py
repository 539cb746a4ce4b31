"""Batches of laws of other libraries: shapes as torch broadcasts them, values as one at a time."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats as ss
import torch
import torch.distributions as td

import divkit
from divkit.distributions import Normal, as_law
from divkit.distributions.adapt import unfold


def t64(values):
    return torch.tensor(values, dtype=torch.float64)


LOC = t64([[0.0, 1.0, -2.0], [0.5, 3.0, 0.1]])
SCALE = t64([1.0, 2.0, 0.5])

REGISTERED = [
    (td.Normal(LOC, SCALE), td.Normal(t64([0.0]), 1.5)),
    (td.Gamma(LOC.exp(), SCALE), td.Gamma(SCALE, t64([[1.0], [2.0]]))),
    (td.Beta(LOC.exp(), SCALE), td.Beta(t64(2.0), t64(1.5))),
    (td.Laplace(LOC, SCALE), td.Normal(LOC, SCALE)),
    (td.Bernoulli(torch.sigmoid(LOC)), td.Bernoulli(t64(0.25))),
    (td.Categorical(logits=LOC), td.Categorical(logits=SCALE)),
    (
        td.Independent(td.Normal(LOC, SCALE), 1),
        td.Independent(td.Normal(t64([0.0, 0.0, 0.0]), 1.0), 1),
    ),
    (
        td.MultivariateNormal(LOC[:, :2], torch.eye(2).double()),
        td.MultivariateNormal(t64([0.0, 1.0]), scale_tril=t64([[1.0, 0.0], [0.5, 1.0]])),
    ),
    (td.Normal(0.0, 1.0).expand((2, 3)), td.Normal(LOC, 1.0)),
]


def name(pair):
    return type(pair[0]).__name__


@pytest.mark.parametrize("pair", REGISTERED, ids=name)
def test_one_name_is_swapped_for_torchs(pair):
    """The shape and the values of torch.distributions.kl_divergence, here in float64."""
    known = td.kl_divergence(*pair)
    found = divkit.kl_divergence(*pair)
    assert isinstance(found, divkit.BatchResult) and found.shape == tuple(known.shape)
    off = np.abs(found.value - known.double().numpy())
    assert (off <= found.error + 1e-9 * np.abs(found.value) + 1e-12).all()


@pytest.mark.parametrize("kind", ["js", "tv", "hellinger", "w1"])
def test_each_entry_is_the_divergence_of_its_pair(kind):
    p, q = td.StudentT(t64([3.0, 5.0]), LOC[:, :1], 1.0), td.Cauchy(t64([0.0, 1.0]), 2.0)
    batch = divkit.divergence(p, q, kind)
    assert batch.shape == (2, 2)
    for i in range(2):
        for j in range(2):
            one = divkit.divergence(
                td.StudentT(t64(3.0 + 2 * j), LOC[i, 0], 1.0), td.Cauchy(t64(1.0 * j), 2.0), kind
            )
            assert batch[i, j].value == one.value and batch[i, j].interval == one.interval


def test_what_torch_does_not_know_is_taken_one_of_a_batch_at_a_time():
    """A transform of a batch, and a mixture of batches, against one law of each."""
    base = td.Normal(LOC[0], SCALE)
    moved = td.TransformedDistribution(base, [td.AffineTransform(t64([1.0, 2.0, 3.0]), 2.0)])
    found = divkit.js_divergence(moved, td.Normal(0.0, 1.0))
    known = divkit.js_divergence(
        td.Normal(2 * LOC[0] + t64([1.0, 2.0, 3.0]), 2 * SCALE), td.Normal(0.0, 1.0)
    )
    assert (np.abs(found.value - known.value) <= found.error + known.error).all()
    weights = t64([[0.25, 0.75], [0.5, 0.5]])
    mixed = td.MixtureSameFamily(td.Categorical(weights), td.Normal(LOC[:, :2], 1.0))
    for i, result in enumerate(divkit.js_divergence(mixed, "normal(0, 1)")):
        one = td.MixtureSameFamily(td.Categorical(weights[i]), td.Normal(LOC[i, :2], 1.0))
        known = divkit.js_divergence(one, "normal(0, 1)")
        assert abs(result.value - known.value) <= result.error + known.error


def test_normals_of_a_batch_go_through_the_compiled_engine():
    batch = divkit.js_divergence(td.Normal(torch.zeros(3), 1.0), td.Normal(torch.ones(3), 1.0))
    assert not batch.alone and "AffinityRule" in batch.method


ARRAYS = [
    (ss.norm([0, 1], [1, 2]), ss.norm(0, 1), (2,)),
    (ss.gamma([[1.0], [2.0]], scale=[1.0, 2.0, 3.0]), ss.expon(), (2, 3)),
    (ss.Normal(mu=np.array([0.0, 1.0]), sigma=2.0), ss.Normal(), (2,)),
    (2 * ss.Normal(mu=np.array([0.0, 1.0])) + 1, ss.norm, (2,)),
    (ss.truncate(ss.Normal(mu=np.array([0.0, 1.0])), -1, 2), ss.Uniform(a=-1, b=2), (2,)),
    (ss.binom(5, [0.2, 0.3, 0.5]), ss.binom(5, 0.4), (3,)),
    (np.array([[0.5, 0.5], [0.25, 0.75]]), [0.9, 0.1], (2,)),
    (torch.full((2, 1, 2), 0.5), np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]), (2, 3)),
]


@pytest.mark.parametrize(("p", "q", "shape"), ARRAYS)
def test_arrays_of_scipys_parameters_and_rows_of_probabilities_are_batches(p, q, shape):
    found = divkit.js_divergence(p, q)
    assert found.shape == shape
    first, second = (unfold(side) for side in (p, q))
    alone = first.items[-1], q if second is None else second.items[-1]
    known = divkit.js_divergence(*alone)
    last = found.reshape(-1)[-1]
    assert abs(last.value - known.value) <= last.error + known.error


def test_images_of_new_style_laws_agree_with_their_families():
    order = ss.order_statistic(ss.Uniform(a=0, b=1), r=2, n=3)
    pairs = [
        (order, ss.beta(2, 2)),
        (ss.abs(ss.Normal()), ss.halfnorm()),
        (ss.exp(ss.Normal()), ss.lognorm(1)),
        (ss.log(ss.Uniform(a=1, b=2)), ss.loguniform(1, 2)),
        (ss.truncate(ss.Normal(), -1, 2), ss.truncnorm(-1, 2)),
        (ss.make_distribution(ss.gamma)(a=2.0), ss.gamma(2.0)),
    ]
    for p, q in pairs[:3] + pairs[4:]:
        found = divkit.js_divergence(p, q)
        assert abs(found.value) <= found.error < 1e-9, p


def test_a_batch_of_one_keeps_its_shape_and_one_law_has_none():
    one, alone = td.Normal(torch.zeros(1), 1.0), td.Normal(0.0, 1.0)
    assert divkit.kl_divergence(one, alone).shape == (1,)
    assert isinstance(divkit.kl_divergence(alone, alone), divkit.Result)


def test_several_kinds_bases_and_methods_of_a_batch():
    p, q = td.Normal(LOC, 1.0), td.Normal(0.0, 1.0)
    js, tv = divkit.divergence(p, q, ["js", "tv"])
    assert js.shape == tv.shape == (2, 3) and (js.name, tv.name) == ("js", "tv")
    bits = divkit.js_divergence(p, q, base=2)
    assert bits.unit == "bits" and bits[0, 1].unit == "bits"
    assert (np.abs(bits.value * math.log(2) - js.value) <= bits.error + js.error).all()
    far = divkit.kl_divergence(td.Laplace(LOC, 1.0), td.Uniform(0.0, 1.0), base=2)
    assert (far.value == math.inf).all() and all(far.reason)
    closed = divkit.kl_divergence(p, q, method="closed_form")
    assert closed.kind == "closed form" and np.allclose(closed.value, LOC.numpy() ** 2 / 2)
    proved = divkit.divergence(td.Normal(LOC[0], 1.0), q, "js", method="certified", digits=15)
    assert proved.kind == "enclosure" and proved[1].diagnostics["lower"]
    game = divkit.gan_value(td.Normal(LOC[0], 1.0), q)
    truth = -2 * math.log(2) + 2 * js[0].value
    assert (np.abs(game.value - truth) <= game.error + 2 * js[0].error).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: divkit.js_divergence(td.Normal(LOC, 1.0), td.Normal(torch.zeros(2), 1.0)),
            "shape",
        ),
        (
            lambda: divkit.js_divergence(td.Normal(LOC, 1.0), td.Normal(torch.zeros(4), 1.0)),
            r"shape.*\(2, 3\) against \(4,\)",
        ),
        (
            lambda: divkit.w1_distance(
                td.MultivariateNormal(LOC, torch.eye(3).double()),
                td.MultivariateNormal(LOC[0], 2 * torch.eye(3).double()),
            ),
            "pair 0: ",
        ),
        (lambda: as_law(td.Normal(LOC, 1.0)), "batch of 6 laws.*BatchResult"),
        (lambda: divkit.js_divergence([Normal(0, 1), Normal(1, 1)], Normal()), "divergence_batch"),
    ],
)
def test_refusals_of_batches_say_where_and_what(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_batches_of_a_list_are_those_of_divergence_batch():
    listed = divkit.divergence_batch([td.Normal(0.0, 1.0), "normal(1, 1)"], ss.norm, "kl")
    assert listed.value.tolist() == pytest.approx([0.0, 0.5])
    batch = divkit.divergence_batch(td.Normal(LOC, 1.0), Normal(0, 1), "kl")
    assert batch.shape == (2, 3) and np.allclose(batch.value, LOC.numpy() ** 2 / 2)


EMPTY = [
    (td.Normal(torch.zeros(0, 3), 1.0), td.Normal(torch.zeros(3), 1.0), (0, 3)),
    (td.Independent(td.Normal(torch.zeros(0, 3), 1.0), 1), "iid(normal(0, 1), 3)", (0,)),
    (td.Normal(torch.zeros(2, 0), 1.0), "normal(0, 1)", (2, 0)),
    (ss.norm(np.zeros(0), 1), "normal(0, 1)", (0,)),
    (np.zeros((0, 2)), [0.5, 0.5], (0,)),
]


@pytest.mark.parametrize(("p", "q", "shape"), EMPTY)
def test_a_batch_of_no_laws_gives_no_pairs(p, q, shape):
    """As torch.distributions.kl_divergence answers; by all ways, in the unit asked for."""
    found = [
        divkit.kl_divergence(p, q),
        divkit.w1_distance(p, q),
        divkit.gan_value(p, q),
        divkit.kl_divergence(p, q, method="quadrature", base=2),
    ]
    assert [one.shape for one in found] == [shape] * 4
    assert found[0].unit == "nats" and found[3].unit == "bits" and found[1].unit != "nats"


def test_rows_of_batches_are_aligned_as_one_pair_is():
    """Tables and lists were read row by row, each by itself: other classes went unseen."""
    table = np.array([[0.5, 0.5], [0.9, 0.1]])
    frame = pd.DataFrame(table, index=["x", "y"], columns=["a", "b"])
    names = {"b": 0.1, "a": 0.9}
    refused = [
        (table, [0.2, 0.3, 0.5], "2 and 3 probabilities a row"),
        (frame, frame[["b", "a"]], "labels of the classes differ, such as 'a' in p and 'b' in q"),
        (frame, frame.loc[["y", "x"]], "labels of the rows differ"),
        (frame, pd.Series(names), "labels of the classes differ"),
        (frame, table, "labels of the classes differ"),
        ([pd.Series([0.5, 0.5])], [pd.Series([0.5, 0.5], index=[7, 8])], "pair 0: .*in common"),
        ([[0.5, 0.5], [0.2, 0.3, 0.5]], [table[0], table[1]], "pair 1: 3 and 2 probabilities"),
        (np.ma.array(table, mask=[[0, 0], [1, 1]]), table, "probabilities are masked"),
    ]
    for p, q, message in refused:
        with pytest.raises(ValueError, match=message):
            divkit.divergence_batch(p, q, "kl")
    one = divkit.kl_divergence({"a": 0.5, "b": 0.5}, names).value
    listed = [{"a": 0.5, "b": 0.5}, {"a": 0.9, "b": 0.1}, "normal(0, 1)"]
    found = divkit.divergence_batch(listed, [names, names, "normal(1, 1)"], "kl")
    assert found.value.tolist()[:2] == [one, 0.0] and abs(found.value[2] - 0.5) <= found.error[2]
    assert divkit.divergence_batch(listed[:2], names, "kl").value.tolist() == [one, 0.0]
    laws = np.array([Normal(0, 1), "normal(1, 1)"], dtype=object)
    assert divkit.divergence_batch(laws, Normal(1, 1), "kl").shape == (2,)
