"""Paths that verbs write to are checked before any work, each by its own declaration."""

import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from divkit.cli import options
from divkit.cli.app import VERBS, app
from divkit.storage import folder_obstacle, obstacle, write_whole

PAIR = ("normal(0, 1)", "normal(1, 1)")
READ = {"ledger", "samples", "check", "a", "b", "file", "bundles"}
"""Paths that are read, or kept open and written row by row from the start."""
OUTPUTS = [
    (("train", "--target", "normal"), "--figure", ".png"),
    (("train", "--target", "normal"), "--animation", ".gif"),
    (("train", "--target", "normal"), "--strip", ".svg"),
    (("curve", *PAIR, "--over", "t=0:1:3"), "--csv", ".csv"),
    (("curve", *PAIR, "--over", "t=0:1:3"), "--output", ".pdf"),
    (("value", *PAIR), "--figure", ".png"),
    (("density", "none.csv"), "--figure", ".png"),
    (("bench", "export"), "--output", ".zip"),
]
FOLDERS = [
    (("verify",), "--report"),
    (("compare", "none.csv", "none.csv"), "--report"),
    (("density", "none.csv"), "--report"),
    (("train", "--target", "normal"), "--output"),
    (("bench", "report"), "--output"),
]


def refused(*words):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and not done.stdout, done.output
    assert ".partial" not in done.stderr and "Training" not in done.stderr
    return done.stderr


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("words", "flag", "suffix"), OUTPUTS)
def test_a_file_that_cannot_be_written_is_refused_before_any_work(words, flag, suffix):
    Path(f"folder{suffix}").mkdir()
    Path("file").touch()
    for path, why in (
        (f"gone/x{suffix}", "the folder gone does not exist"),
        (f"folder{suffix}", "it is a folder"),
        (f"file/x{suffix}", "Not a directory"),
        (f"{'x' * 300}{suffix}", "File name too long"),
    ):
        assert refused(*words, flag, path) == f"Error: {flag} {path}: {why}.\n"
    if suffix not in (".csv", ".zip"):
        assert "must end in ." in refused(*words, flag, "x.tiff")
    assert sorted(p.name for p in Path().iterdir()) == ["file", f"folder{suffix}"]


@pytest.mark.parametrize(("words", "flag"), FOLDERS)
def test_a_folder_that_cannot_be_made_is_refused_before_any_work(words, flag):
    Path("file").touch()
    for path in ("file", "file/pages"):
        assert refused(*words, flag, path).endswith("file is no folder.\n")
    assert [p.name for p in Path().iterdir()] == ["file"]


def test_two_outputs_are_two_files():
    said = refused("train", "--figure", "a.png", "--strip", "./a.png")
    assert "--figure and --strip are one file" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_closed_folder_is_refused():
    Path("closed").mkdir(mode=0o500)
    assert obstacle(Path("closed/x.png")) == "the folder closed cannot be written into"
    assert folder_obstacle(Path("closed/x")).endswith("closed cannot be written into")


def test_devices_and_new_folders_are_no_obstacle():
    assert obstacle(Path("/dev/null")) is None
    assert obstacle(Path("x.png")) is None
    assert folder_obstacle(Path("a/b")) is None
    assert not Path("a").exists()


@pytest.mark.parametrize("path", ["gone/x.gif", "folder"])
def test_no_message_names_a_partial_file(path):
    Path("folder").mkdir()
    with pytest.raises(OSError, match=path) as fault:
        write_whole(Path(path), "x")
    assert "partial" not in str(fault.value)


def test_every_path_of_every_verb_is_read_or_declared_to_be_written():
    """A new output joins the check by its declaration; one that has none is found here."""
    group = typer.main.get_command(app)
    commands = [
        each
        for verb in VERBS
        for each in getattr(group.commands[verb], "commands", {"": group.commands[verb]}).values()
    ]
    paths = {
        param.name
        for command in commands
        for param in command.params
        if "Path" in str(param.type_descriptor.annotation)
    }
    assert {"a", "figure", "csv", "ledger"} <= paths
    assert paths - READ == declared_outputs()


def declared_outputs():
    from divkit.cli import bench_run, bench_share, compare, curve, density, train, value, verify

    modules = (bench_run, bench_share, compare, curve, density, train, value, verify)
    classes = {
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
        and hasattr(each, "__dataclass_fields__")
    }  # fmt: skip
    return {o.name for c in classes for o in options.options_of(c) if o.choice.writes is not None}
