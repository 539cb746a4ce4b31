"""Files that are named on the command line are looked at before anything is imported for them."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from divkit.cli.app import app

PAIR = ("normal(0, 1)", "normal(1, 1)")


def said(*words):
    shown = CliRunner().invoke(app, list(map(str, words)))
    assert shown.exit_code == 2, shown.output
    return shown.output


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "before.csv").write_text("u\n1.5\n2.5\n")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("compare", "befor.csv", "before.csv"), "A"),
        (("compare", "before.csv", "befor.csv"), "B"),
        (("estimate", "before.csv", "befor.csv"), "B"),
        (("density", "befor.csv"), "FILE"),
        (("density", "before.csv", "--check", "befor.csv"), "--check"),
        (("value", "--samples", "before.csv", "befor.csv"), "--samples"),
        (("bench", "import", "befor.csv"), "BUNDLES"),
        (("bench", "export", "--output", "x.zip", "--ledger", "befor.csv"), "--ledger"),
        (("bench", "rerun", "shift1:js:knn:9:0", "--ledger", "befor.csv"), "--ledger"),
    ],
)
def test_a_file_that_is_not_there_is_named_with_its_argument(there, words, name):
    assert said(*words) == f"Error: {name}: there is no file 'befor.csv'. Near are 'before.csv'.\n"


def test_a_missing_file_is_told_before_numpy_is_imported(there):
    code = (
        "import sys\nfrom divkit.cli.app import app\n"
        "try:\n    app(['compare', 'a.csv', 'b.csv'])\n"
        "except SystemExit as end:\n    print(end.code, 'numpy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 False\n"
    assert "A: there is no file 'a.csv'" in done.stderr


@pytest.mark.parametrize("flag", ["--output", "--figure"])
@pytest.mark.parametrize("equals", [True, False])
def test_of_two_flags_the_one_that_was_typed_is_named(flag, equals):
    words = [f"{flag}=x.eps"] if equals else [flag, "x.eps"]
    assert said("curve", "shift", *words).startswith(f"Error: {flag} must end in .pdf, .png, .svg")


@pytest.mark.parametrize(
    "words",
    [
        ("curve", "shift", "--figure", "x.eps"),
        ("value", *PAIR, "--figure", "x.eps"),
        ("density", "before.csv", "--figure", "x.eps"),
        ("train", "--figure", "x.eps"),
        ("train", "--strip", "x.eps"),
    ],
)
def test_a_figure_of_another_kind_is_refused_by_every_verb(there, words):
    assert "must end in .pdf, .png, .svg; got 'x.eps'" in said(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("curve", "shift", "--csv", "none/x.csv"),
        ("curve", "shift", "--figure", "none/x.png"),
        ("density", "before.csv", "--figure", "none/x.png"),
        ("train", "--figure", "none/x.png"),
        ("train", "--animation", "none/x.gif"),
    ],
)
def test_a_file_to_write_needs_its_folder_before_the_work(there, words):
    assert "the folder none does not exist" in said(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "before.csv", "before.csv", "--report", "before.csv"),
        ("verify", "--report", "before.csv"),
        ("train", "--output", "before.csv"),
    ],
)
def test_a_file_is_no_folder(there, words):
    assert "before.csv is no folder" in said(*words)


def test_a_folder_is_no_file(there):
    assert "A: 'folder' is a folder; a file is needed" in said("compare", "folder", "before.csv")
    assert "--csv folder: it is a folder" in said("curve", "shift", "--csv", "folder")
