"""What a file leaves open is refused with the flag that decides; nothing is read otherwise."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from divkit.cli.files import read, read_paired, read_tables, source
from divkit.cli.files.columns import hint
from divkit.cli.files.rules import Rules


def text(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


REFUSED = [
    ("NA,1.5\n2,3\n", "--no-header"),
    ("2019,2020\n5,6\n7,8\n", "--header"),
    ("2019,2020\n5.5,6\n7,8\n", "--header"),
    ("0,1,2\n4,9,1\n3,3,3\n", "--header"),
    ("0\n1.5\n2.5\n", "--header"),
    ("100,200\n1.5,2.5\n", "--header"),
    ("0.1,0.9\n55,77.2\n56,78\n57,79\n", "--header"),
    ('"1.5","2.5"\n1.7,2\n', "--header"),
    ("x,2020\n1,2.5\n", "--header"),
    ("nan,nan\n1,2.5\n", "--header"),
    ("# x, y\n1.5,2.5\n", "--comment"),
    ("1_000\n2\n", "like a number"),
    ("1.5\n1_000\n", "'1_000' is no number"),
    ("4.5\n1e5_0\n", "'1e5_0' is no number"),
    ("x\n0x1F\n", "no number"),
    ("x\n٣\n", "no number"),
    ("x\n−1.5\n", "no number"),
    ("x\n12%\n", "no number"),
    ("x\n1 000\n", "no number"),
    ("x\n2020-01-01\n", "no number"),
    ("x\nTrue\n", "no number"),
    ("x\n1d5\n", "no number"),
    ("x\n1e-400\n", "--rounded"),
    ("x\n3e-320\n1.23456789e-320\n", "--rounded"),
    ("x\n1e400\n", "beyond float64"),
    ("x\n9007199254740993\n", "--rounded"),
    ("x\n1,5\n2,7\n", "--decimal ,"),
    ("1,5\n2,25\n3,75\n", "--decimal ,"),
    ("1,234.5\n2,345.6\n", "--delimiter ,"),
    ("1,5;2,7\n3,1;2,2\n", "--delimiter ';'"),
    ("1.5 2\n3 4\n", "--delimiter space"),
    ("x\n1\n\n3\n", "--missing drop"),
    ("x,y\n1,\n2,3\n", "--missing drop"),
    ("x\nnull\n", "--missing drop"),
    ("x\n2024-03-01\n", "--dates takes dates"),
    ("x,y,\n1,2,\n", "ends with a delimiter"),
    (",x\n0,1.5\n1,2.5\n", "--index drop"),
    ("Unnamed: 0,x\n0,1.5\n1,2.5\n", "--index drop"),
    ("id,x\n0,1.5\n1,2.5\n2,0.1\n3,0.7\n4,0.2\n", "--index drop"),
    ("colour\nred\n", "no number"),
    ('x\n"1\n2\n', "line 3"),
    ("x\n" + "1" * 200_000 + "\n", "field limit"),
    (b"x\n\x00\n", "NUL"),
    (b"\xff\xfex\x00", "UTF-16"),
    (b"x\n\xe9\n", "UTF-8"),
    (b"\x1f\x8b\x08\x00", "gzip"),
    (b"PK\x03\x04", "zip"),
]


@pytest.mark.parametrize(("content", "advice"), REFUSED)
def test_what_can_be_read_in_two_ways_is_refused_with_the_flag(tmp_path, content, advice):
    with pytest.raises(ValueError) as refusal:
        read(text(tmp_path, content))
    assert advice in str(refusal.value)


TAKEN = [
    ("NA,1.5\n2,3\n", Rules(header=False, missing="drop"), [[2, 3]], ()),
    ("2019,2020\n5,6.5\n", Rules(header=True), [[5, 6.5]], ("2019", "2020")),
    ("2019,2020\n5,6.5\n", Rules(header=False), [[2019, 2020], [5, 6.5]], ()),
    ("x\n1,5\n-2,7\n", Rules(decimal=","), [[1.5], [-2.7]], ("x",)),
    ("1,5;2\n3;4,25\n", Rules(decimal=","), [[1.5, 2], [3, 4.25]], ()),
    ("1,5\n2,25\n", Rules(delimiter=","), [[1, 5], [2, 25]], ()),
    ("a\tb\n1\t2\n", Rules(delimiter="tab"), [[1, 2]], ("a", "b")),
    ("1  2.5\n 3 4\n", Rules(delimiter="space"), [[1, 2.5], [3, 4]], ()),
    (",x\n7,1.5\n8,2.5\n", Rules(index="drop"), [[1.5], [2.5]], ("x",)),
    (",x\n7,1.5\n8,2.5\n", Rules(index="keep"), [[7, 1.5], [8, 2.5]], ("index", "x")),
    ("# x\n1.5\n# y\n2.5\n", Rules(comment="#"), [[1.5], [2.5]], ()),
    ("x\n1\n\n3\n", Rules(missing="drop"), [[1], [3]], ("x",)),
    ("x\n9007199254740993\n", Rules(rounded=True), [[9007199254740992]], ("x",)),
    ("x\n123456789012345680000\n5e-324\n", Rules(), [[1.2345678901234568e20], [5e-324]], ("x",)),
    ("\ufeffx\r\n+1.\r\n.5\r\n", Rules(), [[1], [0.5]], ("x",)),
    ("1.5\r2.5\r", Rules(), [[1.5], [2.5]], ()),
    ("3,-7\n4,1\n", Rules(), [[3, -7], [4, 1]], ()),
    ("5\n3\n2\n", Rules(), [[5], [3], [2]], ()),
    ("0\n1\n0\n", Rules(), [[0], [1], [0]], ()),
    ('"a","b"\n"1","2"\n', Rules(), [[1, 2]], ("a", "b")),
    (
        "t,x\n1970-01-11T12:00,5\n1969-12-31,2\n",
        Rules(dates=True),
        [[10.5, 5], [-1, 2]],
        ("t", "x"),
    ),
    ("t\n1970-01-02T00:00Z\n1970-01-02T00:00-06:00\n", Rules(dates=True), [[1], [1.25]], ("t",)),
    ("i,a,b\n7,x,5\n8,y,2\n", Rules(columns="b", index="drop"), [[5], [2]], ("b",)),
    ("a,b,c\n1,x,5\n2,y,2\n", Rules(columns="c,a"), [[1, 5], [2, 2]], ("a", "c")),
]


@pytest.mark.parametrize(("content", "rules", "rows", "names"), TAKEN)
def test_what_is_written_plainly_or_decided_is_read_so(tmp_path, content, rules, rows, names):
    table = read(text(tmp_path, content), rules)
    assert table.rows.tolist() == rows and table.names == names


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a,a,b\n1,2,3.5\n", "a,b,a\n1,3.5,2\n"),
        ("a,a,b\n1,2,3.5\n", "a,a,b\n1,2,3.5\n"),
        ("a,b\n1,2\n", "A,b\n1,2\n"),
        ("a,b\n1,2\n", "1.5,2.5\n3,4\n"),
    ],
)
def test_columns_that_cannot_be_matched_by_name_need_a_word(tmp_path, first, second):
    a, b = text(tmp_path, first), text(tmp_path, second, "b.csv")
    with pytest.raises(ValueError, match="--align place"):
        read_tables(a, b)
    x, y = read_tables(a, b, Rules(align="place"))
    assert x.names == y.names and len(set(x.names)) == x.rows.shape[1] == y.rows.shape[1]


def test_pairs_stay_pairs_where_rows_are_left_out(tmp_path):
    a = text(tmp_path, "x\n1\nNA\n3\n4\n")
    b = text(tmp_path, "y\n10\n20\n\n40\n", "b.csv")
    x, y = read_paired(a, b, Rules(missing="drop"))
    assert (x.rows.tolist(), y.rows.tolist()) == ([[1], [4]], [[10], [40]])
    assert x.numbers.tolist() == [0, 3] and "2 of 4 rows" in x.dropped(a)[0]


def test_dates_are_of_one_kind_and_columns_are_there(tmp_path):
    mixed = text(tmp_path, "t\n2024-03-01T00:00Z\n2024-03-02\n")
    with pytest.raises(ValueError, match=r"a date with a zone \(line 2\) and a date \(line 3\)"):
        read(mixed, Rules(dates=True))
    with pytest.raises(ValueError, match="--columns z: the columns are t"):
        read(mixed, Rules(columns="z"))
    with pytest.raises(ValueError, match="--columns a: the columns have no names"):
        read(text(tmp_path, "1.5,2\n3,4\n"), Rules(columns="a"))


def test_dates_and_columns_of_parquet(tmp_path):
    import pandas

    path = tmp_path / "a.parquet"
    days = pandas.to_datetime(["1970-01-02 00:00", "1970-01-03 12:00"])
    pandas.DataFrame({"t": days, "x": [1.0, 2.0], "s": ["u", "v"]}).to_parquet(path, index=False)
    table = read(path, Rules(dates=True, columns="t,x"))
    assert table.rows.tolist() == [[1, 1], [2.5, 2]] and table.names == ("t", "x")
    with pytest.raises(ValueError, match="--dates takes dates"):
        read(path, Rules(columns="t"))


def test_labels_are_taken_where_they_are_asked_for(tmp_path):
    path = text(tmp_path, "x,colour\n1,red\n2.5,blue\n")
    with pytest.raises(ValueError, match="'red' is no number"):
        read(path)
    assert read(path, Rules(labels=True)).rows.tolist() == [[1, "red"], [2.5, "blue"]]
    words = text(tmp_path, "colour\nred\nblue\n")
    with pytest.raises(ValueError, match="--header"):
        read(words, Rules(labels=True))
    assert read(words, Rules(labels=True, header=True)).rows.tolist() == [["red"], ["blue"]]
    mixed = text(tmp_path, "x,colour\n1,red\n2,3\n")
    with pytest.raises(ValueError, match=r"text \(line 2\) and a number \(line 3\)"):
        read(mixed, Rules(labels=True))


def test_a_pandas_index_in_parquet_is_asked_for(tmp_path):
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({"x": [1.5, 2.5]}, index=[10, 11])
    for index in (None, "day"):
        frame.rename_axis(index).to_parquet(path)
        with pytest.raises(ValueError, match="--index drop"):
            read(path)
        assert read(path, Rules(index="drop")).names == ("x",)
        assert len(read(path, Rules(index="keep")).names) == 2
    frame.reset_index(drop=True).to_parquet(path)
    assert read(path).rows.tolist() == [[1.5], [2.5]]


@pytest.mark.parametrize(
    ("column", "advice"),
    [
        (pa.array([1, None, 3]), "--missing drop"),
        (pa.array([2**53 + 1, 2]), "--rounded"),
        (pa.array([[1.0], [2.0]]), "list"),
        (pa.array([1, 2], pa.timestamp("s")), "timestamp"),
        (pa.array(["a", "b"]).dictionary_encode(), "--labels"),
        (pa.array([1, 2], pa.decimal128(5, 2)), "decimal128"),
    ],
)
def test_columns_of_parquet_that_are_no_plain_numbers(tmp_path, column, advice):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x": column}), path)
    with pytest.raises(ValueError, match=advice):
        read(path)


def test_nulls_and_labels_of_parquet_on_request(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x": [1, None, 3], "b": [True, False, None]}), path)
    assert read(path, Rules(missing="drop")).rows.tolist() == [[1, 1]]
    parquet.write_table(pa.table({"c": pa.array(["u", "v"]).dictionary_encode()}), path)
    assert read(path, Rules(labels=True)).rows.tolist() == [["u"], ["v"]]


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_before_it_is_read(
    tmp_path, monkeypatch
):
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x": np.zeros(2**21), "y": np.zeros(2**21)}), path)
    assert path.stat().st_size < 100_000
    assert read(path).rows.shape == (2**21, 2)
    monkeypatch.setattr(source, "MOST_CELLS", 2**22 - 1)
    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", None)  # not reached
    with pytest.raises(ValueError, match="claims 2,097,152 × 2 cells"):
        read(path)


def header(shape, descr="<f8"):
    words = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    words += b" " * (117 - len(words)) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(words).to_bytes(2, "little") + words


@pytest.mark.parametrize(
    "content",
    [
        header((2**63,)) + bytes(8),
        header((-3,)) + bytes(24),
        header((2**40, 2**40)) + bytes(8),
        header((1,)) + bytes(16),  # more than it claims: two arrays, or damage
        header((2,)) + bytes(8),
        header((1,), "O") + bytes(8),
        header((1,), "<c16") + bytes(16),
        header((1,), "<M8[s]") + bytes(8),
        header((1, 1, 1)) + bytes(8),
        header("[" * 3000) + bytes(8),
        b"PK\x03\x04" + bytes(40),
        b"\x93NUMPY\x03\x00" + bytes(10),
        b"\x93NUMPY",
    ],
)
def test_arrays_that_claim_what_they_do_not_hold(tmp_path, content):
    with pytest.raises(ValueError):
        read(text(tmp_path, content, "a.npy"))


def test_arrays_are_read_in_their_own_order_and_to_their_last_digit(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.asfortranarray(np.arange(6.0).reshape(3, 2)))
    assert read(path).rows.tolist() == [[0, 1], [2, 3], [4, 5]]
    np.save(path, np.array([True, False]))
    assert read(path).rows.tolist() == [[1], [0]]
    np.save(path, np.array([2**53, 2**53 + 1]))
    with pytest.raises(ValueError, match="--rounded"):
        read(path)
    np.save(path, np.array([np.longdouble("1e-4000")]))
    with pytest.raises(ValueError, match="--rounded"):
        read(path)
    np.save(path, np.array(["u", "v"]))
    with pytest.raises(ValueError, match="--labels"):
        read(path)
    assert read(path, Rules(labels=True)).rows.tolist() == [["u"], ["v"]]


def test_damaged_notes_of_pandas_are_no_crash(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"x": [1.0]})
    for notes in (b"{", b"[]", json.dumps({"index_columns": 3}).encode()):
        parquet.write_table(table.replace_schema_metadata({b"pandas": notes}), path)
        with pytest.raises(ValueError, match="damaged"):
            read(path)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("New York", ""), ("1 2", "--delimiter space"), ("# age, price", "--comment '#'")],
)
def test_a_hint_is_given_where_the_text_bears_it_out(text, wanted):
    found = hint(text, Rules())
    assert wanted in found and bool(found) == bool(wanted)
