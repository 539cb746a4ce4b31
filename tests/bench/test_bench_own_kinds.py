"""What ordinary own estimators hold is read, or refused in words before the run."""

import functools
import math
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from bench_work import fine
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC

from divkit.bench.again import Again
from divkit.bench.answers import Answer, answer_of
from divkit.bench.bundle import read_bundle, write_bundle
from divkit.bench.cells import Cell
from divkit.bench.contestants import version_of
from divkit.bench.ledger import held
from divkit.bench.own import EstimatorError, own_of, own_of_text
from divkit.bench.program import Program
from divkit.bench.runner import Compute

X, Y = torch.arange(40.0).reshape(-1, 2).double(), torch.ones(30, 2).double()
CELL = Cell("shift1", "kl", "mine", 20, 0)


def of_script(text):
    space = {"__name__": "__main__"}
    exec(text, space)
    return space["f"]


def value(text):
    return own_of("mine", of_script(text)).answer(X, Y, "kl", 0).value


@pytest.mark.parametrize(
    "text",
    [
        "from scipy.special import digamma\ndef f(x, y): return digamma(2.0)",
        "from numpy import log\ndef f(x, y): return log(2.0)",
        "import re\nP = re.compile('a+')\ndef f(x, y): return len(P.findall('baab'))",
        "from scipy.stats import norm\ndef f(x, y): return norm.cdf(0.0)",
        "from scipy.stats import norm\nN = norm(0, 1)\ndef f(x, y): return N.cdf(0.0)",
        "import torch\nT = torch.ones(3).bfloat16()\ndef f(x, y): return float(T.sum())",
        "import torch\ndef f(x, y, t=torch.float64): return float(torch.ones((), dtype=t))",
        "from random import gauss\ndef f(x, y): return gauss(0, 1)",
    ],
)
def test_ordinary_imports_are_read(text):
    assert math.isfinite(value(text))
    one, other = (version_of(own_of("mine", of_script(text))) for _ in range(2))
    assert one == other


def test_what_a_frozen_law_draws_follows_the_cell():
    mine = own_of("mine", of_script("from scipy.stats import norm\nN = norm(0, 1)\n"
                                    "def f(x, y): return N.rvs()"))  # fmt: skip
    one, other = (Compute((mine,))(CELL).value for _ in range(2))
    assert one == other


def test_values_that_differ_are_other_versions():
    text = "import {0}\nimport {0} as m\nP = {1}\ndef f(x, y): return P"
    texts = [
        text.format("re", "m.compile('a+')"),
        text.format("re", "m.compile('b+')"),
        text.format("numpy", "m.ma.array([1, 2], mask=[0, 1])"),
        text.format("numpy", "m.ma.array([1, 2], mask=[1, 0])"),
        text.format("torch", "m.ones(3, dtype=m.bfloat16)"),
        text.format("torch", "m.zeros(3, dtype=m.bfloat16)"),
        text.format("numpy", "m.log"),
        text.format("numpy", "m.exp"),
        text.format("scipy.stats", "m.norm(0, 1)"),
        text.format("scipy.stats", "m.norm(0, 2)"),
    ]
    assert len({version_of(own_of("mine", of_script(each))) for each in texts}) == len(texts)
    piped = make_pipeline(FunctionTransformer(np.arcsinh), LogisticRegression())
    assert version_of(own_of("mine", piped))


@pytest.mark.parametrize(
    "text",
    [
        "import ofpack.helper\ndef f(x, y): return ofpack.helper.g()",
        "def f(x, y):\n    from ofpack import helper\n    return helper.g()",
        "import importlib\ndef f(x, y): return importlib.import_module('ofpack.helper').g()",
        "import ofpack, ofpack.helper\ndef f(x, y): return [ofpack.helper.g() for _ in 'a'][0]",
        "import by_chain\ndef f(x, y): return by_chain.h()",
        "import by_text\ndef f(x, y): return by_text.h()",
    ],
)
def test_helpers_in_a_package_are_part_of_the_version(text, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ofpack").mkdir()
    (tmp_path / "ofpack/__init__.py").write_text("")
    (tmp_path / "ofpack/helper.py").write_text("def g():\n    return 1.0\n")
    (tmp_path / "by_chain.py").write_text(
        "import ofpack\ndef h():\n    return ofpack.helper.g()\n"
    )
    (tmp_path / "by_text.py").write_text(
        "import importlib\ndef h():\n    return importlib.import_module('ofpack.helper').g()\n"
    )
    for name in ("ofpack.helper", "ofpack", "by_chain", "by_text"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    mine = own_of("mine", of_script(text))
    before = version_of(mine)
    (tmp_path / "ofpack/helper.py").write_text("def g():\n    return 2.0\n")
    assert version_of(mine) != before
    for name in ("ofpack.helper", "ofpack", "by_chain", "by_text"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("model", [RidgeClassifier(), LinearSVC(), SVC()])
def test_a_classifier_without_probabilities_is_refused_with_the_way_out(model):
    with pytest.raises(ValueError, match="CalibratedClassifierCV"):
        own_of("mine", model)
    with pytest.raises(ValueError, match="gives no probabilities"):
        own_of_text("mine", f"sklearn:{type(model).__name__}")


def test_a_classifier_that_has_them_when_it_is_fitted_is_taken():
    stacked = StackingClassifier([("a", LogisticRegression())])
    assert not hasattr(stacked, "predict_proba") and own_of("mine", stacked)


def leaves(x, y):
    raise SystemExit(3)


def graded(x, y):
    return torch.ones((), requires_grad=True)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: torch.ones((), requires_grad=True),
        leaves,
        lambda x, y: True,
        lambda x, y: "0.5",
    ],
)
def test_whatever_an_answer_raises_is_the_failure_of_its_row(function):
    row = Compute((own_of("mine", function),))(CELL)
    assert row.failure.startswith("EstimatorError") and math.isnan(row.value)


@pytest.mark.parametrize(("given", "said"), [
    (True, "got True"), ("0.5", "got '0.5'"), (None, "got None"), (np.True_, "number"),
    ((True, 0.0, 1.0), "number"), ((0.5, None, None), r"got \(0.5, None"), (1j, "number"),
])  # fmt: skip
def test_what_is_no_number_is_told(given, said):
    with pytest.raises(EstimatorError, match=said):
        answer_of("mine", given)
    assert answer_of("mine", (0.5, -math.inf, math.inf)) == Answer(0.5)


def seeds(x, y, seed=0):
    return float(seed)


def options(x, y, **given):
    return float(given["seed"] + len(given["divergence"]))


def test_a_seed_that_was_fixed_stays_and_open_options_are_given():
    assert own_of("mine", functools.partial(seeds, seed=7)).answer(X, Y, "kl", 3).value == 7
    assert own_of("mine", seeds).answer(X, Y, "kl", 3).value == 3
    assert own_of("mine", options).answer(X, Y, "kl", 3).value == 5
    fixed = functools.partial(options, seed=7)
    assert own_of("mine", fixed).answer(X, Y, "kl", 3).value == 9


@pytest.mark.parametrize(("text", "said"), [
    ("R = np.random.default_rng(0)\ndef g(): return R.normal()\ndef f(x, y): return g()", "R"),
    ("class G:\n  def __init__(s): s.r = np.random.default_rng(0)\n  def __call__(s): return 1\n"
     "h = G()\ndef f(x, y): return h()", "r"),
    ("import itertools\nC = itertools.count()\ndef f(x, y): return float(next(C))", "iterator"),
    ("S = np.random.SeedSequence(3)\ndef f(x, y): return S.spawn(1)", "S"),
    ("import holds_deep\ndef f(x, y): return holds_deep.g()", "R"),
])  # fmt: skip
def test_what_goes_on_from_call_to_call_is_refused(text, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    whole = "import numpy as np\n" + text
    (tmp_path / "holds_deep.py").write_text(
        "import numpy as np\nR = np.random.default_rng(0)\ndef g():\n    return R.normal()\n"
    )
    name = f"holds_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(whole)
    with pytest.raises(ValueError, match=said):
        own_of_text("mine", f"{name}:f")
    with pytest.raises(ValueError, match=said):
        own_of("mine", of_script(whole))
    sys.modules.pop(name)
    sys.modules.pop("holds_deep", None)


@pytest.mark.parametrize("words", [
    (sys.executable, "-m", "mykl"), ("./run.sh",), ("bash", "-c", "python3 own.py; true"),
    (sys.executable, "own.py"),
])  # fmt: skip
def test_sources_around_a_program_are_part_of_its_version(words, tmp_path):
    (tmp_path / "sub").mkdir()
    files = ("mykl.py", "own.py", "run.sh", "sub/h.py", "sub/fnn.R")
    for name in files:
        (tmp_path / name).write_text("1")
    program = Program("mine", words, str(tmp_path))
    seen = [version_of(program)]
    for name in files:
        (tmp_path / name).write_text("2")
        seen.append(version_of(program))
    assert len(set(seen)) == 1 + len(files)


def test_a_program_that_cannot_be_run_is_refused(tmp_path):
    (tmp_path / "mine").write_text("no program")
    (tmp_path / "mine").chmod(0o755)
    with pytest.raises(ValueError, match="cannot be run"):
        Program("mine", ("./mine",), str(tmp_path)).answer(X, Y, "kl", 0)


def test_a_rerun_says_that_more_may_differ_than_can_be_seen():
    row = replace(fine(CELL), code="one")
    assert "the code that can be seen is the same" in str(Again(row, replace(row, value=9.0)))
    ours = replace(row, cell=replace(CELL, estimator="knn"))
    assert ": the code is the same" in str(Again(ours, replace(ours, value=9.0)))


@pytest.mark.parametrize(("change", "said"), [
    ({"value": math.nan}, "neither a value nor a reason"), ({"error": -0.1}, "negative error"),
    ({"low": 3.0, "high": 1.0}, "no interval"), ({"oracle": math.inf}, "oracle of inf"),
    ({"oracle": 1e300}, "oracle"), ({"failure": "why"}, "is a failure"),
])  # fmt: skip
def test_a_row_without_sense_is_refused(change, said, tmp_path):
    with held(tmp_path / "a.sqlite") as ledger:
        ledger.add([replace(fine(CELL), **change)])
    write_bundle(tmp_path / "a.sqlite", tmp_path / "rows.zip")
    with pytest.raises(ValueError, match=re.escape(said)):
        read_bundle(tmp_path / "rows.zip")
