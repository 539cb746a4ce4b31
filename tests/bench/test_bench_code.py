"""The version of an estimator follows what it imports, and nothing else."""

import pytest

from divkit.bench import code
from divkit.bench.code import digest, reached
from divkit.bench.contestants import Named, version_of


def test_what_an_estimator_imports_is_followed_to_the_end():
    found = reached("divkit.estimators.neighbours.method")
    assert {"divkit.estimators.neighbours.search", "divkit.types", "divkit.samples"} <= set(found)
    assert not {name.split(".")[1] for name in found} & {"gan", "bench", "plots", "cli"}
    assert "divkit.estimators.kernel_logistic.method" not in found
    assert "divkit.estimators.common.ridge_path" in reached(
        "divkit.estimators.kernel_logistic.method"
    )


@pytest.mark.slow
def test_options_share_a_version_and_an_unknown_name_is_refused():
    assert version_of(Named("knn(k=3)")) == version_of(Named("knn")) != version_of(Named("auto"))
    with pytest.raises(ValueError, match="Did you mean"):
        version_of(Named("oto"))


@pytest.mark.slow
def test_an_estimator_that_an_option_names_is_part_of_the_version():
    assert version_of(Named("one_step")) == version_of(Named("one_step(of='plug_in')"))
    assert version_of(Named("one_step")) != version_of(Named("one_step(of='density_ratio')"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `divkit` of two modules of its own, one of which imports the other."""
    monkeypatch.setattr(code, "_TOP", tmp_path)
    (folder := tmp_path / "divkit").mkdir()
    (folder / "one.py").write_text("from divkit import two\nfrom divkit.two import f\n")

    def version(text):
        (folder / "two.py").write_text(text)
        for cached in (code._tree, code._meaning):
            cached.cache_clear()
        return digest(code._meaning(name) for name in reached("divkit.one"))

    yield version
    for cached in (code._tree, code._meaning):
        cached.cache_clear()


def test_a_change_of_meaning_is_another_version_and_words_are_not(package):
    first = package("def f(x):\n    return x + 1\n")
    assert package('"""New."""\n\ndef f(x):\n    """Add."""\n    return x + 1  # one\n') == first
    assert package("def f(x):\n    return x + 2\n") != first
