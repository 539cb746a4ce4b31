"""What a file shows by itself is read; what it leaves open is asked for once, all together."""

import numpy as np
import pandas as pd
import pytest

from divkit.cli.files import read, read_tables
from divkit.cli.files.rules import LabelRules, Rules


def text(folder, content, name="a.csv"):
    path = folder / name
    path.write_text(content)
    return path


ONE_READING = [
    ("a;b\n1;2\n", [[1, 2]], "cells between semicolons"),
    ("a\tb\n1\t2\n", [[1, 2]], "cells between tabs"),
    ("a|b\n1|2,25\n", [[1, 2.25]], "decimal commas, cells between bars"),
    ("a;b\n1,5;2\n1,25;3\n", [[1.5, 2], [1.25, 3]], "decimal commas, cells between semicolons"),
    ("a;b\n1.5;2\n", [[1.5, 2]], "cells between semicolons"),
    ("a,b\n1,2\n", [[1, 2]], ""),
    ("x\n1.5\n", [[1.5]], ""),
]


@pytest.mark.parametrize(("content", "rows", "marks"), ONE_READING)
def test_where_one_mark_alone_makes_a_table_it_is_taken_and_said(tmp_path, content, rows, marks):
    table = read(text(tmp_path, content))
    np.testing.assert_array_equal(table.rows, rows)
    assert table.marks == marks


@pytest.mark.parametrize("cell", ["1,234", "-12,345"])
def test_a_comma_that_may_part_thousands_is_asked_for(tmp_path, cell):
    with pytest.raises(ValueError, match="--decimal ,"):
        read(text(tmp_path, f"a;b\n1;{cell}\n"))
    with pytest.raises(ValueError, match="--decimal ,"):  # nor does it become a label unasked
        read(text(tmp_path, f"a;b\n1;{cell}\n"), LabelRules(labels=True))
    taken = read(text(tmp_path, f"a;b\n1;{cell}\n"), Rules(decimal=",", delimiter=";"))
    assert taken.rows[0, 1] == float(cell.replace(",", "."))


def test_each_of_two_files_is_read_by_its_own_marks(tmp_path):
    first = text(tmp_path, "\ufeffx;y\n1,5;2\n2,5;3\n", "first.csv")
    second = text(tmp_path, "y,x\n4,0.5\n5,0.25\n", "second.csv")
    a, b = read_tables(first, second)
    np.testing.assert_array_equal(a.rows, [[1.5, 2], [2.5, 3]])
    np.testing.assert_array_equal(b.rows, [[0.5, 4], [0.25, 5]])


def table_of(n, first):
    lines = [f"C{first + k},2024-01-{1 + k % 28:02d},{'uvw'[k % 3]},{k / 7}" for k in range(n)]
    return "\n".join(["id,day,kind,x", *lines, f"C{first + n},2024-02-01,u,"]) + "\n"


def test_all_the_flags_that_files_need_are_named_at_once(tmp_path):
    paths = [text(tmp_path, table_of(70, k), f"{k}.csv") for k in (100, 500)]
    with pytest.raises(ValueError) as refusal:
        read_tables(*paths, LabelRules())
    said = str(refusal.value)
    assert said.endswith("All of them: --missing drop --dates --without id --labels")
    assert "column 4 ('x')" in said and said.count("\n") == 5
    rules = LabelRules(labels=True, dates=True, missing="drop", without="id")
    a, b = read_tables(*paths, rules)
    assert a.names == b.names == ("day", "kind", "x") and len(a.rows) == 70
    assert a.dates == b.dates == (True, False, False)


def test_the_flags_of_parquet_are_named_at_once(tmp_path):
    days = pd.to_datetime(["2024-03-01", None, "2024-03-03", "2024-03-04"])
    frame = pd.DataFrame({"day": days, "kind": ["u", "v", "u", "v"], "x": [1.0, 2.0, 3.0, 5.0]})
    for name in "ab":
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
    paths = tmp_path / "a.parquet", tmp_path / "b.parquet"
    with pytest.raises(ValueError, match=r"All of them: --missing drop --dates --labels$"):
        read_tables(*paths, LabelRules())
    a, _ = read_tables(*paths, LabelRules(labels=True, dates=True, missing="drop"))
    assert a.dates == (True, False, False) and a.rows[1, 1] == "u"


def test_dates_of_one_file_are_no_numbers_of_the_other(tmp_path):
    first = text(tmp_path, "day,x\n2024-03-01,1\n02.03.2024,2\n", "first.csv")
    second = text(tmp_path, "day,x\n5.5,1\n6.5,2\n", "second.csv")
    with pytest.raises(ValueError, match=r"'day' holds dates in .*first.csv and none"):
        read_tables(first, second, Rules(dates=True))
    assert read(first, Rules(dates=True)).rows[1, 0] == 19784.0  # 2024-03-02


def test_columns_are_left_out_by_name_wherever_they_stand(tmp_path):
    first = text(tmp_path, "id,x\n7,1.5\n9,2.5\n", "first.csv")
    second = text(tmp_path, "x,id\n0.5,3\n0.25,8\n", "second.csv")
    a, b = read_tables(first, second, Rules(without="id"))
    assert a.rows.tolist() == [[1.5], [2.5]] and b.rows.tolist() == [[0.5], [0.25]]
    with pytest.raises(ValueError, match="--without i: the columns are id, x"):
        read(first, Rules(without="i"))
    with pytest.raises(ValueError, match="no column left"):
        read(first, Rules(without="id,x"))


def test_a_flag_that_was_given_is_not_asked_for_again(tmp_path):
    path = text(tmp_path, "x,y\n1,\n2,\n")
    with pytest.raises(ValueError, match="every row has a missing cell"):
        read_tables(path, path, Rules(missing="drop"))
