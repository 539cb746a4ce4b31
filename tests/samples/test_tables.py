"""Tables of other libraries are read by their columns: what a dtype is changes nothing."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import divkit
from divkit.frames import columns_of, is_frame, kinds_of, names_of
from divkit.samples import as_rows
from divkit.samples.dates import dated
from divkit.samples.labels import coded


def frame(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=80), "k": rng.integers(0, 3, 80)})


class PolarsLike:
    """The little of polars that is asked for: a table of series, each an array of its own."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.columns = list(table.columns)
        self._series = [table[name] for name in table.columns]
        self.dtypes = [f"Own({one.dtype})" for one in self._series]

    def to_numpy(self):
        raise TypeError("no one dtype for all columns")

    def get_columns(self):
        return self._series


class Arrow:
    def __new__(cls, table: pd.DataFrame):
        return pytest.importorskip("pyarrow").Table.from_pandas(table)


def polars(table: pd.DataFrame):
    return pytest.importorskip("polars").from_dict({n: table[n].tolist() for n in table.columns})


MADE = {
    "nullable": lambda t: t.convert_dtypes(),
    "pyarrow's dtypes": lambda t: t.convert_dtypes(dtype_backend="pyarrow"),
    "one nullable column": lambda t: t.astype({"k": "Int64"}),
    "objects": lambda t: t.astype(object),
    "records": lambda t: t.to_records(index=False),
    "columns alone": PolarsLike,
    "arrow": Arrow,
    "polars": polars,
}


def made(how: str, table: pd.DataFrame):
    if how == "pyarrow's dtypes":
        pytest.importorskip("pyarrow")
    return MADE[how](table)


@pytest.mark.parametrize("how", MADE)
def test_a_table_is_its_numbers_and_names_whatever_holds_its_columns(how):
    table = frame()
    rows = as_rows(made(how, table))
    assert (rows.values == table.to_numpy()).all() and rows.columns == ("x", "k")


@pytest.mark.parametrize("how", ["nullable", "pyarrow's dtypes", "arrow", "records"])
def test_the_entries_take_such_tables(how):
    a, b = frame(), frame(1)
    given = made(how, a), made(how, b)
    assert divkit.estimate(*given, "energy").value == divkit.estimate(a, b, "energy").value
    density, plain = divkit.fit_density(given[0], "kde"), divkit.fit_density(a, "kde")
    assert (density.score_samples(given[1]) == plain.score_samples(b)).all()


@pytest.mark.parametrize("how", [n for n in MADE if n not in ("records", "objects")])
def test_a_missing_number_is_named_with_its_row_whatever_the_dtype(how):
    table = frame()
    table["x"] = table["x"].where(table.index != 3)
    with pytest.raises(ValueError, match=r"x must be finite, without NaN or inf; row 3 is \[nan"):
        as_rows(made(how, table))
    table = frame().assign(t="a")
    table["t"] = table["t"].where(table.index != 5)
    with pytest.raises(ValueError, match="row 5, column 't' of x, is missing"):
        coded(made(how, table), made(how, table))


@pytest.mark.parametrize("how", [n for n in MADE if n != "records"])
def test_labels_and_numbers_side_by_side(how):
    a, b = (
        frame(s).assign(t=np.where(frame(s).k > 0, "a", "b"), w=frame(s).k > 1) for s in (0, 1)
    )
    x, y, texts = coded(made(how, a), made(how, b))
    assert texts == ((), (), ("a", "b"), ("False", "True"))
    assert (x.to_numpy()[:, 0] == a.x).all() and (y.to_numpy()[:, 3] == b.k.gt(1)).all()


@pytest.mark.parametrize("how", ["nullable", "pyarrow's dtypes", "columns alone", "arrow"])
def test_dates_beside_numbers(how):
    table = frame().assign(day=pd.date_range("1970-01-01", periods=80))
    if how == "columns alone":
        rows, names = dated(made(how, table).__class__(table))
        assert names == ()  # a dtype that no library calls a date
    else:
        rows, names = dated(made(how, table))
        assert names == ("day",) and (rows.to_numpy()[:, 2] == np.arange(80)).all()


def test_whole_numbers_keep_their_digits_beside_floats():
    table = pd.DataFrame({"x": [0.5, 1.5], "k": [2**60, 2**61]})
    assert as_rows(table).values[:, 1].tolist() == [2.0**60, 2.0**61]
    with pytest.raises(ValueError, match=r"x, column 'k', row 1: 1152921504606846977 is not held"):
        as_rows(table.assign(k=[2**60, 2**60 + 1]))


def test_what_has_no_rows_yet_is_told_how_to_have_them():
    class LazyFrame:
        columns, dtypes = ("x",), ("float",)

        def collect(self):
            raise AssertionError("nobody asked for it")

    with pytest.raises(TypeError, match=r"y is a LazyFrame of .*\. Pass its \.collect\(\)"):
        divkit.estimate(np.zeros(5), LazyFrame())


def test_an_array_of_another_library_is_a_sample_and_no_law():
    pa = pytest.importorskip("pyarrow")
    x, y = frame()["x"], frame(1)["x"]
    arrays = pa.chunked_array([x.to_numpy()]), pa.array(y.to_numpy())
    found = divkit.estimate(*arrays, "energy").value
    assert found == divkit.estimate(x.to_numpy(), y.to_numpy(), "energy").value


@pytest.mark.parametrize("kind", [Fraction, Decimal])
def test_rows_of_exact_numbers(kind):
    rows = [[kind(1) / 4, kind(3)], [kind(5) / 8, 2]]
    assert as_rows(rows).values.tolist() == [[0.25, 3.0], [0.625, 2.0]]
    assert as_rows(pd.DataFrame(rows)).values.tolist() == [[0.25, 3.0], [0.625, 2.0]]


def test_what_is_a_table():
    table = frame()
    assert is_frame(table) and is_frame(table.to_records()) and not is_frame(table["x"])
    assert not is_frame(table.to_numpy()) and not is_frame({"x": [1.0]}) and not is_frame("x")
    assert names_of(table) == ("x", "k") and kinds_of(table) == ["float64", "int64"]
    assert [column.dtype.kind for column in columns_of(table)] == ["f", "i"]
