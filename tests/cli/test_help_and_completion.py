"""What --help ends with, how options are grouped, and what shells complete."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from divkit.cli.app import COMPLETE, VERBS
from divkit.cli.help import EXAMPLES
from divkit.cli.main import app


def help_of(*words):
    done = CliRunner().invoke(app, [*words, "--help"])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_every_verb_has_examples_in_its_help():
    assert set(EXAMPLES) == set(VERBS)
    for verb in VERBS:
        shown = help_of(verb)
        assert all(f"divkit {line}" in shown for line in EXAMPLES[verb])


@pytest.mark.parametrize("part", ["run", "report", "rerun", "export", "import"])
def test_every_verb_within_bench_has_its_own_examples(part):
    own = [line for line in EXAMPLES["bench"] if line.startswith(f"bench {part} ")]
    shown = help_of("bench", part)
    assert own and shown.count("divkit bench ") >= len(own)
    assert all(f"divkit {line}" in shown for line in own)


@pytest.mark.parametrize("verb", VERBS)
def test_help_names_values_in_plain_words(verb):
    shown = help_of(verb)
    assert not re.search(r"--[\w-]+ <", shown)  # as <int range>


def test_options_that_would_change_nothing_are_refused_or_are_not_there(tmp_path):
    laws = "normal(0, 1)", "normal(1, 1)"
    for flags, name in ((["--header"], "--header"), (["--missing", "drop"], "--missing")):
        done = CliRunner().invoke(app, ["value", *laws, *flags])
        assert done.exit_code == 2 and f"{name} goes with --samples" in done.stderr
    curve = ["curve", "normal(0, 1)", "normal(t, 1)", "--over", "t=0:1:2", "--kind", "js"]
    unused = {
        "--figure": ["--width", "single"],
        "--samples": ["--seeds", "3"],
        "--samples or --trained": ["--spots", "3"],
    }
    for needed, flags in unused.items():
        done = CliRunner().invoke(app, [*curve, *flags])
        assert (
            done.exit_code == 2 and f"{flags[0]} changes nothing without {needed}" in done.stderr
        )
    done = CliRunner().invoke(app, ["bench", "report", "--format", "png"])
    assert done.exit_code == 2 and "without --output" in done.stderr
    assert "--align" not in help_of("density") and "--align" in help_of("compare")
    file = tmp_path / "a.csv"
    file.write_text("x\n0.5\n0.25\n")
    files = [str(file), str(file)]
    done = CliRunner().invoke(app, ["estimate", *files, "--information", "--align", "place"])
    assert done.exit_code == 2 and "--align" in done.stderr


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_the_options_of_an_example_exist(line):
    words = shlex.split(line.partition(">>")[0].partition(" > ")[0])
    chain = words[:2] if words[0] == "bench" else words[:1]
    shown = help_of(*chain)
    asked = [word for word in words if word.startswith("--")]
    assert all(re.search(rf"(?<![\w-]){word}(?![\w-])", shown) for word in asked)


@pytest.mark.parametrize(
    "line",
    [line for verb in ("divergence", "laws") for line in EXAMPLES[verb]]
    + ["verify --list", "train --list", "estimate --list", EXAMPLES["curve"][0]],
)
def test_an_example_that_needs_no_file_runs(line):
    done = CliRunner().invoke(app, shlex.split(line))
    assert done.exit_code == 0, done.stderr
    assert done.stdout


def test_options_of_a_training_stand_in_groups_of_no_more_than_sixteen():
    sections = re.split(r"\n(?=\S.*:\n)", help_of("train"))
    counts = {part.partition(":")[0]: len(re.findall(r"^  --", part, re.M)) for part in sections}
    assert {"Options", "What is trained", "Steps and step sizes", "Records"} <= counts.keys()
    assert max(counts.values()) <= 16


def completed(typed, at):
    environment = {
        **os.environ,
        "COMP_WORDS": typed,
        "COMP_CWORD": str(at),
        COMPLETE: "complete_bash",
    }
    code = "import sys; sys.argv = ['divkit']; from divkit.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def test_a_shell_completes_verbs_and_options():
    assert completed("divkit ver", 1) == ["verify"]
    assert completed("divkit verify --re", 2) == ["--report"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_each_shell_has_a_script_that_asks_by_the_variable(shell):
    done = CliRunner().invoke(app, ["completion", shell])
    assert done.exit_code == 0
    assert COMPLETE in done.stdout and "divkit" in done.stdout


def test_an_unknown_shell_is_refused():
    done = CliRunner().invoke(app, ["completion", "csh"])
    assert done.exit_code == 2
    assert "powershell" in done.stderr


def test_statements_are_listed_without_being_checked():
    done = CliRunner().invoke(app, ["verify", "--list", "--only", "A"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["id", "group", "statement"]
    assert lines[-1].startswith(f"{len(lines) - 2} statements")


def test_the_table_says_what_left_and_right_are():
    done = CliRunner().invoke(app, ["verify", "--only", "gan-identity", "--json"])
    (result,) = json.loads(done.stdout)["results"]
    table = CliRunner().invoke(app, ["verify", "--only", "gan-identity"]).stdout
    assert result["left_label"] in table and result["right_label"] in table
