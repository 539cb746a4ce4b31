"""Marks between thousands are read where a cell shows them, asked for where it does not."""

import pytest

from divkit.cli.files import read, read_tables
from divkit.cli.files.rules import LabelRules, Rules


def text(folder, content, name="a.csv"):
    path = folder / name
    path.write_text(content)
    return path


SHOWN = [
    ("a;b\n1;61.850,00\n2;-1.234\n", [[1, 61850], [2, -1234]]),
    ('a,b\n1,"61,850.50"\n2,"1,234"\n', [[1, 61850.5], [2, 1234]]),
    ("a\tb\n1\t1.234.567,5\n", [[1, 1234567.5]]),
    ("a;b\n1;1,234.5\n2;0.25\n", [[1, 1234.5], [2, 0.25]]),
]


@pytest.mark.parametrize(("content", "rows"), SHOWN)
def test_a_cell_of_both_marks_shows_how_all_are_read(tmp_path, content, rows):
    table = read(text(tmp_path, content))
    assert table.rows.tolist() == rows
    assert "between thousands" in table.marks


ASKED = [
    ("1.234.567", "--thousands .", Rules(thousands="."), 1234567),
    ("1'234.5", "--thousands apostrophe", Rules(thousands="apostrophe"), 1234.5),
    ("1’234", "--thousands apostrophe", Rules(thousands="apostrophe"), 1234),
    ("1 234,5", "--thousands space --decimal ,", Rules(thousands="space", decimal=","), 1234.5),
    ("1\u202f234\u00a0567", "--thousands space", Rules(thousands="space"), 1234567),
]


@pytest.mark.parametrize("rules", [Rules(), LabelRules(), LabelRules(labels=True)])
@pytest.mark.parametrize(("cell", "flag", "granted", "value"), ASKED)
def test_other_marks_are_asked_for_and_never_become_labels(
    tmp_path, rules, cell, flag, granted, value
):
    path = text(tmp_path, f"a;b\n1;{cell}\n2;{cell}\n")
    with pytest.raises(ValueError, match="no number") as refusal:
        read(path, rules)
    assert f"{flag} takes" in str(refusal.value)
    assert read(path, granted).rows.tolist() == [[1, value], [2, value]]
    taken = read(path, LabelRules(labels=True, thousands="none"))
    assert taken.rows[:, 1].tolist() == [cell, cell]


def test_one_thousand_or_a_fraction_is_not_guessed(tmp_path):
    """1.234 is a fraction, as numbers are written; 1,234 between semicolons is asked about."""
    assert read(text(tmp_path, "a;b\n1;1.234\n")).rows[0, 1] == 1.234
    assert read(text(tmp_path, "a;b\n1;1.234\n"), Rules(thousands=".")).rows[0, 1] == 1234
    path = text(tmp_path, "a;b\n1;1,234\n")
    with pytest.raises(ValueError, match=r"--decimal , .*--thousands ,"):
        read(path)
    assert read(path, Rules(thousands=",")).rows[0, 1] == 1234
    with pytest.raises(ValueError, match=r"12\.5' is no number"):
        read(text(tmp_path, "a;b\n1;1.234\n2;12.5\n"), Rules(thousands="."))


def test_what_speaks_against_a_mark_leaves_it_open(tmp_path):
    with pytest.raises(ValueError, match="no number"):
        read(text(tmp_path, "a;b\n1.5;61.850,00\n2.25;3\n"))
    with pytest.raises(ValueError, match="are both"):
        Rules(thousands=",", decimal=",")


def test_each_of_two_files_has_its_own_marks(tmp_path):
    plain = text(tmp_path, "a,b\n1,61850.5\n2,1234\n", "plain.csv")
    german = text(tmp_path, "a;b\n1;61.850,50\n2;1.234\n", "german.csv")
    x, y = read_tables(plain, german)
    assert x.rows.tolist() == y.rows.tolist()
    spaced = text(tmp_path, "a;b\n1;61 850\n2;1 234\n", "spaced.csv")
    x, y = read_tables(german, spaced, Rules(thousands="space"))
    assert x.rows[:, 1].tolist() == [61850.5, 1234] and y.rows[:, 1].tolist() == [61850, 1234]
