"""Options of the command line are the fields of dataclasses, each written once."""

from dataclasses import dataclass, fields

import pytest
import typer
from typer.testing import CliRunner

from divkit.choices import choice, require_among, require_default
from divkit.cli.app import app
from divkit.cli.files.rules import LabelRules, Rules
from divkit.cli.guard import guarded
from divkit.cli.options import options_of, typed, with_options
from divkit.cli.train import TrainOutput
from divkit.training_config import CRITICS, Config, Schedule


@dataclass(frozen=True)
class Base:
    late: float = choice(0.5, "Of the base.")
    inner: int = 3


@dataclass(frozen=True)
class Wide(Base):
    count: int = choice(2, "At least 1.", least=1)
    widths: tuple[int, ...] = choice((4, 5), "Ints.", flags=("--width",))
    names: tuple[str, ...] = choice((), "Texts.")
    mode: str = choice("a", "One of two.", among=("a", "b"))
    on: bool = choice(False, "A switch.")
    either: bool | None = choice(None, "Three states.")

    def __post_init__(self):
        require_among(self, "--{}".format)


def ran(*words):
    seen = []
    own = typer.Typer(rich_markup_mode=None)

    @own.command()
    @guarded
    @with_options
    def verb(context: typer.Context, what: str, *, wide: Wide) -> None:
        """Do nothing."""
        seen.append((what, wide, typed(context)))

    shown = CliRunner().invoke(own, list(words))
    return shown, seen


def test_a_field_is_an_option_of_its_type_and_default():
    _, [(what, wide, named)] = ran("x")
    assert (what, wide, named) == ("x", Wide(), {"what"})
    _, [(_, wide, named)] = ran(
        "x", "--width", "7", "--names", "kl,renyi(1,2)", "--on", "--no-either", "--count", "2"
    )
    assert wide == Wide(widths=(7,), names=("kl", "renyi(1,2)"), on=True, either=False)
    assert named == {"what", "widths", "names", "on", "either", "count"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--width", "7,x"), "--width must be ints"),
        (("--mode", "c"), "--mode must be a or b; got 'c'."),
        (("--count", "0"), "greater than or equal to 1"),
        (("--inner", "0"), "No such option"),
    ],
)
def test_what_a_field_does_not_allow_is_advice(words, said):
    shown, seen = ran("x", *words)
    assert (shown.exit_code, seen) == (2, [])
    assert said in shown.stderr


def test_own_fields_come_before_those_of_the_base():
    names = [option.name for option in options_of(Wide)]
    assert names == ["count", "widths", "names", "mode", "on", "either", "late"]


def test_every_choice_of_a_training_is_an_option():
    """The preset, which chooses for the others, is one of the command's own."""
    own = {option.name for option in options_of(TrainOutput)} & {"preset"}
    every = {f.name for f in fields(Config)}
    assert {option.name for option in options_of(Config)} | own == every
    assert Config().schedule() == {f.name: f.default for f in fields(Schedule)}
    help = CliRunner().invoke(app, ["train", "--help"]).stdout
    for option in (*options_of(Config), *options_of(TrainOutput)):
        assert all(flag in help for flag in option.flags)
    assert {f.name for f in fields(LabelRules)} == {f.name for f in fields(Rules)}


def test_a_marked_choice_must_be_left_at_its_default():
    require_default(Config(steps=3), CRITICS, lambda name, value: name)
    with pytest.raises(ValueError, match="unroll 2"):
        require_default(Config(unroll=2), CRITICS, lambda name, value: f"{name} {value}")
