"""All that two files leave open is said once, with the command that settles all of it."""

import shlex

import numpy as np
import pytest
from typer.testing import CliRunner

from divkit.cli.app import app
from divkit.cli.files import read_tables
from divkit.cli.files.rules import LabelRules, Rules


def table(path, n, seed, *, mark=1, extra=False, numbered=True):
    rng = np.random.default_rng(seed)
    lines = [f"id,day,kind,fixed,x{',more' if extra else ''}"]
    for i in range(n):
        x = "" if i == 5 else f"{rng.normal():.6f}"
        row = [str(i) if numbered else str(7 * i), f"2024-01-{1 + i % 28:02d}", "uvw"[i % 3]]
        lines.append(",".join([*row, str(mark), x, *([f"{rng.normal():.6f}"] if extra else [])]))
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, seed in (("a", 1), ("b", 2)):
        table(tmp_path / f"{name}.csv", 60, seed)
    table(tmp_path / "more.csv", 60, 3, extra=True)
    table(tmp_path / "two.csv", 60, 4, mark=2)
    return tmp_path


@pytest.mark.parametrize(
    ("other", "flags"),
    [
        ("b.csv", "--index drop --missing drop --dates --without fixed --labels"),
        ("two.csv", "--index drop --missing drop --dates --without fixed --labels"),
        ("more.csv", "--index drop --missing drop --dates --without more,fixed --labels"),
    ],
)
def test_the_command_of_the_message_settles_everything(folder, other, flags):
    done = CliRunner().invoke(app, ["estimate", "a.csv", other, "--kind", "tv"])
    *lines, last = done.stderr.splitlines()
    assert done.exit_code == 2
    assert last == f"All of them: divkit estimate a.csv {other} --kind tv {flags}"
    for said in ("'id'", "'day'", "'kind'", "'fixed'", "'x'"):
        assert any(said in line for line in lines)
    words = shlex.split(last.removeprefix("All of them: divkit "))
    assert CliRunner().invoke(app, words).exit_code == 0


def test_one_thing_alone_has_its_command_too(folder):
    done = CliRunner().invoke(
        app, ["estimate", "a.csv", "b.csv", "--columns", "kind,x", "--labels"]
    )
    assert "is a missing value" in done.stderr
    assert done.stderr.endswith(
        "\nSo: divkit estimate a.csv b.csv --columns kind,x --labels --missing drop\n"
    )


def test_a_column_of_numbers_of_rows_is_taken_by_name_and_left_out_by_name(folder):
    paths = folder / "a.csv", folder / "b.csv"
    rules = LabelRules(columns="id,x", missing="drop")
    assert read_tables(*paths, rules)[0].names == ("id", "x")
    for path in paths:
        rows = path.read_text().splitlines()
        path.write_text(
            "\n".join(f"{k % 7},{row}" if k else f"w,{row}" for k, row in enumerate(rows))
        )
    without = LabelRules(labels=True, missing="drop", without="w,day,kind,fixed")
    with pytest.raises(ValueError, match=r"'id' numbers the rows.*--without id leaves it out"):
        read_tables(*paths, without)


REST = {"dates": True, "labels": True, "missing": "drop", "index": "drop"}


def test_a_column_that_marks_the_file_is_asked_about_unless_it_is_named(folder):
    paths = folder / "a.csv", folder / "two.csv"
    with pytest.raises(ValueError, match=r"'fixed' is constant at 1.0 in .*a.csv and at 2.0 in"):
        read_tables(*paths, LabelRules(**REST))
    taken = LabelRules(**REST, columns="fixed,x")
    assert read_tables(*paths, taken)[0].names == ("fixed", "x")


def test_constants_are_taken_where_only_metrics_are_asked_for(folder):
    paths = folder / "a.csv", folder / "b.csv"
    rules = Rules(columns="fixed,x", missing="drop")
    with pytest.raises(ValueError, match="--without fixed leaves it out"):
        read_tables(*paths, rules)
    assert read_tables(*paths, rules, constant=True)[0].names == ("fixed", "x")
    words = ["estimate", "a.csv", "b.csv", "--columns", "fixed,x", "--missing", "drop"]
    assert CliRunner().invoke(app, [*words, "--kind", "w1"]).exit_code == 0


def test_a_column_left_out_need_be_in_one_file_alone(folder):
    paths = folder / "a.csv", folder / "more.csv"
    rules = LabelRules(**REST, without="more,fixed")
    assert read_tables(*paths, rules)[1].names == ("day", "kind", "x")
    with pytest.raises(ValueError, match="--without none: the columns are"):
        read_tables(*paths, LabelRules(**REST, without="more,none"))
    with pytest.raises(ValueError, match="--columns more: the columns are"):
        read_tables(*paths, LabelRules(**REST, columns="more,x"))


def test_messages_on_samples_name_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "pq":
        many = "\n".join(f"w{k % 99},{k * 0.37}" for k in range(300))
        (tmp_path / f"{name}.csv").write_text(f"word,u\n{many}\n")
    done = CliRunner().invoke(app, ["compare", "p.csv", "q.csv", "--labels"])
    assert done.exit_code == 2
    assert "too many to be categories" in done.stderr
    assert "p.csv" in done.stderr and " x" not in done.stderr


def test_labels_against_numbers_name_both_files(tmp_path):
    (tmp_path / "a.csv").write_text("u,v\n1,2.5\n4,3.5\n3,1\n")
    (tmp_path / "b.csv").write_text("u,v\nlow,2\nhigh,1\nlow,4\n")
    paths = tmp_path / "a.csv", tmp_path / "b.csv"
    with pytest.raises(ValueError, match=r"'u' holds labels, such as 'low', in .*b.csv and num"):
        read_tables(*paths, LabelRules(labels=True))


def test_a_density_leaves_columns_of_text_out_by_name(folder):
    done = CliRunner().invoke(app, ["density", "a.csv"])
    flags = "--missing drop --dates --without kind,id,fixed"
    assert done.stderr.endswith(f"All of them: divkit density a.csv {flags}\n")


def test_what_no_flag_settles_is_said_to_be_so(folder):
    (folder / "odd.csv").write_text("u,v\n,2\n3,12%\n")
    with pytest.raises(ValueError, match=r"(?s)'12%' is no number.*All but the last: --missing"):
        read_tables(folder / "odd.csv", folder / "odd.csv", Rules())
