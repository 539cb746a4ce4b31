"""A comparison as a table, and what its plain values say where there is nothing to say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import divkit
from divkit.comparison.table import table_of
from divkit.results import Result


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(3)
    x, y = np.add(rng.normal(size=(2, 100, 2)), [[[0, 0]], [[2, 0]]])
    names = ["a", "b"]
    frames = (pd.DataFrame(each, columns=names) for each in (x, y))
    return divkit.compare(*frames, ("js", "tv"), permutations=99)


def test_a_frame_has_a_row_a_divergence_a_column_and_a_direction(found):
    frame = found.to_frame()
    assert list(frame["of"]) == ["rows"] * 2 + ["column"] * 2 + ["direction"] * len(
        found.contrasts
    )
    rows = frame[frame["of"] == "rows"]
    assert list(rows["value"]) == [r.value for r in found.divergences]
    assert list(rows["p_value"]) == [found.test.p_value] * 2
    columns = frame[frame["of"] == "column"].set_index("name")
    for feature in found.features:
        row = columns.loc[feature.name]
        assert (row["value"], row["w1"]) == (feature.js.value, feature.w1)
        assert (row["low"], row["high"]) == feature.js.interval


def test_what_has_no_caution_is_null_in_plain_values(found):
    assert found.cautions == ("", "")
    assert found.to_dict()["cautions"] == [None, None]


def test_a_limit_says_its_side(found):
    limit = Result.bound(0.1, (0.05, 0.7), "by hand", name="js")
    rows = table_of(replace(found, divergences=(limit, *found.divergences[1:])))
    assert rows["one_sided"][:2] == ["lower", found.divergences[1].one_sided]
