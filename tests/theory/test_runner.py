"""The list of checks is open, answers a wrong name with the nearest, and guards its seed."""

import numpy as np
import pytest

import divkit
from divkit.registry import UnknownNameError
from divkit.theory import CHECKS, FOLDERS, GROUPS, Context, check, iterate, select, verify


def test_every_entry_states_itself():
    for entry in CHECKS.values():
        assert entry.group in GROUPS
        for words in (entry.statement, entry.formula, entry.left, entry.right, entry.because):
            assert words.strip()


def test_statements_lie_in_the_folders_of_their_groups():
    folders = {}
    for entry in CHECKS.values():
        if entry.run.__module__.startswith("divkit."):
            folder = entry.run.__module__.rpartition(".")[0]
            folders.setdefault(folder, set()).add(entry.group)
    assert folders.pop("divkit.theory.inequalities") == {"D", "E"}  # packing: other products
    assert folders == {folder: {letter} for folder, letter in FOLDERS.items() if letter != "E"}


def test_a_check_of_ones_own_names_its_group():
    words = dict.fromkeys(("statement", "formula", "left", "right"), "x")
    with pytest.raises(ValueError, match="group must be one of"):
        check("mine", **words)(lambda context: None)


def test_selection_by_id_and_by_group():
    assert [entry.id for entry in select("gan-identity")] == ["gan-identity"]
    assert {entry.group for entry in select(["D"])} == {"D"}
    assert len(select(["B", "gan-identity"])) == len(select("b"))
    assert len(select()) == len(CHECKS)


def test_an_unknown_id_gets_the_nearest():
    with pytest.raises(UnknownNameError, match=r"gan[-_]identity"):
        verify(only=["gan-identiy"])


def test_two_laws_are_sent_to_verify_pair():
    laws = "normal(0, 1)", "laplace(1, 1)"
    for given in (laws[:1], laws, map(divkit.as_law, laws)):
        with pytest.raises((TypeError, ValueError), match=r"divkit\.verify_pair"):
            divkit.verify(*given)


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (1.5, TypeError), ("x", TypeError)])
def test_a_bad_seed_is_an_error_at_once(seed, error):
    with pytest.raises(error, match="seed"):
        iterate(seed=seed)


def test_numpy_integers_are_seeds():
    assert verify(only="relativistic", seed=np.int64(3))[0].seed == 3


def test_progress_sees_each_result_as_it_comes():
    seen = []
    results = verify(only=["relativistic", "pushforward-singular"], progress=seen.append)
    assert seen == results


def test_figures_are_made_where_they_are_wanted():
    (drawn,), (bare,) = (verify(only="pixel-distance", figures=on) for on in (True, False))
    assert drawn.figure is not None and bare.figure is None
    assert drawn.rows == bare.rows


def test_a_long_check_says_how_much_is_done():
    heard = []
    assert list(Context(progress=heard.append).each("abcd")) == list("abcd")
    assert heard == [0.25, 0.5, 0.75, 1.0]


def test_streams_depend_on_the_seed_and_the_id_alone():
    draw = Context(1, id="a").rng().random()
    assert draw == Context(1, id="a").rng().random()
    assert draw != Context(2, id="a").rng().random()
    assert draw != Context(1, id="b").rng().random()


def test_a_taken_id_and_an_unknown_group_are_errors():
    words = dict.fromkeys(("statement", "formula", "left", "right"), "x")
    with pytest.raises(ValueError, match="registered already"):
        check("gan-identity", group="B", **words)(lambda context: None)
    with pytest.raises(ValueError, match="group must be one of"):
        check("new", group="Z", **words)(lambda context: None)
