"""What shells complete as values: the names of the registries, commas and colons among them."""

import json
import os
import subprocess
import sys

import pytest
import typer

from divkit.cli import names
from divkit.cli.app import COMPLETE, VERBS, app
from divkit.cli.names import completions
from divkit.cli.shells import joined

ASK = "import sys; sys.argv = ['divkit']; from divkit.cli.main import main; main()"


def answered(shell, **said):
    environment = {**os.environ, **said, COMPLETE: f"complete_{shell}"}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.stdout.split()


def in_bash(pieces, at=None):
    place = len(pieces) - 1 if at is None else at
    return answered("bash", COMP_WORDS="\n".join(pieces), COMP_CWORD=str(place))


def test_the_names_are_those_of_the_registries_and_no_more():
    """In a process of its own: other tests register entries."""
    code = "import json; from divkit.cli import names; print(json.dumps(names.made()))"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    kept = json.loads(names.FILE.read_text(encoding="utf-8"))
    assert kept == json.loads(made), "python -m divkit.cli.names"


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        (("lab", "--screen", "g"), ["game"]),
        (("lab", "--lang", ""), ["en", "zh"]),
        (("divergence", "normal"), ["'normal("]),
        (("divergence", "'normal"), ["normal("]),
        (("divergence", "--kind", "js"), ["js", "js_fgan", "js_distance"]),
        (("divergence", "--kind", "js,ren"), ["'js,renyi("]),
        (("divergence", "--method", "quad"), ["quadrature"]),
        (("estimate", "--method", "kn"), ["knn"]),
        (("estimate", "--information", "--method", "ks"), ["ksg"]),
        (("train", "--target", "ring8"), ["ring8", "ring8-wide"]),
        (("train", "--game", "like"), ["likelihood"]),
        (("train", "--preset", "sp"), ["spiral"]),
        (("train", "--order", "ex"), ["extragradient"]),
        (("verify", "--only", "gan-i"), ["gan-identity"]),
        (("verify", "--only", "A,gan-i"), ["A,gan-identity"]),
        (("laws", "gomp"), ["gompertz"]),
        (("laws", "--on", "cir"), ["circle"]),
        (("value", "--critic", "ml"), ["mlp"]),
        (("curve", "dim"), ["dimension"]),
        (("bench", "run", "--estimators", "auto,kn"), ["auto,knn"]),
        (("bench", "run", "--problems", "shift1", ":", "k"), ["kl"]),
        (("bench", "run", "--problems", "shift1", ":"), ["js", "kl"]),
        (("bench", "report", "--format", "pdf,s"), ["pdf,svg"]),
        (("train", "--target", "=", "ring8-"), ["ring8-wide"]),
        (("estimate", "--decimal", ""), [".", ","]),
        (("completion", "z"), ["zsh"]),
    ],
)
def test_bash_is_offered_values(pieces, found):
    assert in_bash(["divkit", *pieces]) == found


def test_words_as_one_text_are_read_too():
    screens = answered("bash", COMP_WORDS="divkit lab --screen ", COMP_CWORD="3")
    assert screens == ["line", "game", "plane", "samples", "saturation", "relatives"]


def test_zsh_and_fish_get_whole_words():
    said = answered("zsh", _TYPER_COMPLETE_ARGS="divkit train --target=ring8-")
    assert " ".join(said) == "_arguments '*: :((\"--target=ring8-wide\"))'"
    fish = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    said = answered("fish", _TYPER_COMPLETE_ARGS="divkit bench run --problems shift1:k", **fish)
    assert said == ["shift1:kl"]


def test_what_has_no_names_is_left_to_the_shell():
    assert in_bash(["divkit", "estimate", ""]) == []  # files
    assert in_bash(["divkit", "train", "--steps", ""]) == []


def test_a_list_offers_each_name_once():
    assert completions("a,b,", ["a", "b", "c"], commas=True) == ["a,b,c"]
    assert completions("renyi(0.5,a", ["a"], commas=True) == []
    assert completions("a,", ["a"]) == []


def test_pieces_of_words_are_put_together():
    assert joined(["--sizes", "1000", ":", "40", "x"]) == ["--sizes", "1000:40", "x"]
    assert joined(["--only", "=", ""]) == ["--only="]


def test_every_option_of_names_offers_them():
    """An option whose help says names, or whose value a registry reads, says where they stand."""
    group = typer.main.get_command(app)
    commands = {
        (verb, part): each
        for verb in VERBS
        for part, each in getattr(
            group.commands[verb], "commands", {"": group.commands[verb]}
        ).items()
    }
    free = {"method", "kind", "kinds", "game", "target", "preset", "critic", "generator", "only"}
    free |= {"optimiser", "estimators", "estimator", "suite", "problems", "screen", "maximiser"}
    seen = set()
    for (_, part), command in commands.items():
        for param in command.params:
            if param.name in free and (param.name, part) != ("estimator", "run"):
                if part == "rerun":
                    continue
                seen.add(param.name)
                assert param._custom_shell_complete is not None, (part, param.name)
    assert seen == free


def test_to_complete_imports_no_numpy():
    code = (
        "import os, sys; os.environ.update(COMP_WORDS='divkit train --game ga', COMP_CWORD='3', "
        f"{COMPLETE}='complete_bash'); sys.argv = ['divkit']\n"
        "from divkit.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(*(m for m in ('numpy', 'torch', 'rich') if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert done == "gan\ngan-minimax\n\n"
