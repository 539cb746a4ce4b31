"""Samples from files: what is read, aligned and refused."""

import numpy as np
import pytest

from divkit.cli.files import read, read_pair
from divkit.cli.files.rules import Rules


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_arrays_of_one_and_two_dimensions(tmp_path):
    flat, wide = tmp_path / "flat.npy", tmp_path / "wide.npy"
    np.save(flat, np.arange(4, dtype=np.int32))
    np.save(wide, np.arange(6.0).reshape(3, 2)[::-1].astype(">f4"))
    assert read(flat).rows.tolist() == [[0.0], [1.0], [2.0], [3.0]]
    assert read(wide).rows.tolist() == [[4.0, 5.0], [2.0, 3.0], [0.0, 1.0]]
    assert read(wide).rows.dtype == np.float64


def test_csv_with_and_without_a_header(tmp_path):
    plain = write(tmp_path / "plain.csv", "1,2.5\n\n3,-4e1\n")
    named = write(tmp_path / "named.csv", "\ufeffu, v\n1,2\n3,inf\n")
    assert read(plain).rows.tolist() == [[1.0, 2.5], [3.0, -40.0]]
    assert read(plain).names == ()
    assert read(named).names == ("u", "v")
    assert read(named).rows[1, 1] == np.inf  # refused later, with its row


def test_tsv_has_tabs_between_cells_unless_another_delimiter_is_named(tmp_path):
    tabs = write(tmp_path / "tabs.tsv", "u\tv\n1\t2.5\n3\t4\n")
    bars = write(tmp_path / "bars.TSV", "u|v\n1|2.5\n")
    assert read(tabs).names == ("u", "v")
    assert read(tabs).rows.tolist() == [[1.0, 2.5], [3.0, 4.0]]
    assert read(bars, Rules(delimiter="|")).rows.tolist() == [[1.0, 2.5]]


def test_columns_are_aligned_by_name(tmp_path):
    a = write(tmp_path / "a.csv", "u,v\n1,2\n")
    b = write(tmp_path / "b.csv", "v,u\n20,10\n")
    x, y = read_pair(a, b)
    assert (x.tolist(), y.tolist()) == ([[1.0, 2.0]], [[10.0, 20.0]])


def test_columns_of_other_names_or_numbers_are_refused(tmp_path):
    a = write(tmp_path / "a.csv", "u,v\n1,2\n")
    b = write(tmp_path / "b.csv", "u,w\n1,2\n")
    c = write(tmp_path / "c.csv", "1\n")
    with pytest.raises(ValueError, match="Name them alike"):
        read_pair(a, b)
    with pytest.raises(ValueError, match=r"2 columns and .* 1"):
        read_pair(a, c)


def test_a_header_that_claims_eight_terabytes_is_refused_before_memory_is_taken(tmp_path):
    path = tmp_path / "huge.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"
    header += b" " * (117 - len(header)) + b"\n"
    path.write_bytes(
        b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"12345678"
    )
    with pytest.raises(ValueError, match=r"huge\.npy is no \.npy file"):
        read(path)


def test_pickles_are_never_executed(tmp_path):
    path = tmp_path / "objects.npy"
    np.save(path, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"no \.npy file of numbers"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"u,v\n1\n", "line 2: 1 cells where line 1 has 2"),
        ("a.csv", b",u\n0,1\n", "line 1: column 1 has no name"),
        ("a.csv", b"1,,3\n4,5,6\n", "line 1: column 2 has no name"),
        ("a.csv", b"1\n2\nthree\n", "line 3, column 1: 'three'"),
        ("a.csv", b"\xff\xfe1,2", "UTF-8"),
        ("a.npy", b"not an array", "no .npy file"),
        ("a.npy", b"", "no .npy file"),
        ("a.txt", b"1\n", ".npy or .csv"),
    ],
)
def test_what_is_no_sample_is_refused_with_the_place(tmp_path, name, content, advice):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=advice.replace(".", r"\.")):
        read(path)


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (np.ones((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.ones(3) * 1j, "complex128"),
        (np.array(["a"]), "real numbers"),
        (np.float64(3.0), r"shape \(\)"),
    ],
)
def test_arrays_that_are_no_sample(tmp_path, array, advice):
    path = tmp_path / "a.npy"
    np.save(path, array)
    with pytest.raises(ValueError, match=advice):
        read(path)
