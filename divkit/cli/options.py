"""A verb's options, made from the fields of dataclasses.

A verb declares a parameter of a dataclass and is decorated with `with_options`: the command line
has one option for each field that is a `divkit.choices.choice`, and the verb gets the dataclass.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
from typer.models import OptionInfo

from divkit.choices import FOLDER, ChoiceInfo, Names, Writes, choice, choice_of
from divkit.cli.guard import words
from divkit.cli.names import KINDS, offer
from divkit.cli.outputs import require_writable
from divkit.cli.paths import require_read
from divkit.cli.typed import typed_words

KINDS_HELP = "Names with commas: js,kl,tv,renyi(0.5)."


def json_choice(instead: str = "a table") -> Any:
    """Return the field of --json."""
    return choice(False, f"Strict JSON instead of {instead}.")


def kinds_choice(default: str | None, help: str = KINDS_HELP, **more: Any) -> Any:
    """Return the field of --kind."""
    return choice(default, help, takes=KINDS, **more)


def method_choice(known: Names) -> Any:
    """Return the field of --method, by the names of its methods."""
    return choice("auto", "How: auto chooses and says so.", takes=known)


def verbose_choice() -> Any:
    """Return the field of --verbose."""
    return choice(False, "Methods with all their options.", flags=("--verbose", "-v"))


def level_choice(help: str = "Confidence of the intervals.") -> Any:
    """Return the field of --level."""
    return choice(0.95, help)


def base_choice() -> Any:
    """Return the field of --base."""
    return choice(None, "Base of the logarithm: 2 for bits; nats otherwise.")


def seed_choice(help: str = "Seed of all that is drawn.") -> Any:
    """Return the field of --seed."""
    return choice(0, help, least=0)


def page_choice() -> Any:
    """Return the field of --report."""
    return choice(None, "Write one HTML page into this folder.", metavar="DIR", takes=FOLDER)


def workers_choice() -> Any:
    """Return the field of --workers."""
    return choice(0, "Processes; 0 for one a core.", least=0)


def with_options(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb one option for each choice of the dataclasses that it takes."""
    own = inspect.signature(verb, eval_str=True)
    taken: dict[str, tuple[Any, list[Option]]] = {
        name: (each.annotation, options_of(each.annotation))
        for name, each in own.parameters.items()
        if is_dataclass(each.annotation)
    }

    arguments = {
        name: shown
        for name, each in own.parameters.items()
        if name not in taken and (shown := _shown(name, each)) is not None
    }

    @wraps(verb)
    def run(*args: Any, **kwargs: Any) -> None:
        outputs: list[tuple[str, Path, Writes]] = []
        inputs = [(shown, path) for n, shown in arguments.items() for path in _paths(kwargs[n])]
        for name, (make, options) in taken.items():
            given = {each.name: each.value(kwargs.pop(each.name)) for each in options}
            kwargs[name] = make(**given)
            for each in options:
                found = [(each.typed, path) for path in _paths(given[each.name])]
                inputs += found if each.choice.reads else []
                outputs += [(*at, each.choice.writes) for at in found if each.choice.writes]
        require_writable(outputs)
        for shown, path in inputs:
            require_read(shown, path)
        verb(*args, **kwargs)

    kept = [each for name, each in own.parameters.items() if name not in taken]
    flags = [each.parameter() for _, options in taken.values() for each in options]
    signature = own.replace(parameters=[*kept, *flags])
    vars(run)["__signature__"] = signature
    run.__annotations__ = {n: each.annotation for n, each in signature.parameters.items()}
    return run


def _shown(name: str, parameter: inspect.Parameter) -> str | None:
    """An argument as its usage line names it; None of an option."""
    about = next(iter(getattr(parameter.annotation, "__metadata__", ())), None)
    return None if isinstance(about, OptionInfo) else getattr(about, "metavar", None) or name


def _paths(given: Any) -> Iterable[Path]:
    """The paths in a value: itself, or several."""
    several = given if isinstance(given, tuple | list) else (given,)
    return [each for each in several if isinstance(each, Path)]


def require_of_use(asked: Any, names: tuple[str, ...], needed: str) -> None:
    """Refuse options that change nothing unless another one is given.

    Raises
    ------
    ValueError
        If one of these fields is not at its default.
    """
    plain = type(asked)()
    for name in names:
        if getattr(asked, name) != getattr(plain, name):
            raise ValueError(f"--{name} changes nothing without {needed}: give that, too.")


def typed(context: typer.Context) -> set[str]:
    """Return the fields whose options stand on the command line, even at their defaults."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def options_of(cls: Any) -> list[Option]:
    """Return the options of a dataclass: those of its own fields, then those of its bases."""
    hints = get_type_hints(cls)
    options = [Option(f, c, hints[f.name]) for f in fields(cls) if (c := choice_of(f)) is not None]
    own = inspect.get_annotations(cls)
    return sorted(options, key=lambda option: option.name not in own)


@dataclass(frozen=True)
class Option:
    """A field as an option of the command line."""

    field: Field[Any]
    choice: ChoiceInfo
    type: Any

    @property
    def name(self) -> str:
        """The field's name, which is the parameter's."""
        return self.field.name

    @property
    def flags(self) -> tuple[str, ...]:
        """The words that are typed."""
        plain = f"--{self.name.replace('_', '-')}"
        if self.type == bool | None:
            return (f"{plain}/--no-{plain[2:]}",)
        return self.choice.flags or (plain,)

    @property
    def typed(self) -> str:
        """The flag as it was typed; the first of its flags where none was."""
        given = [word.partition("=")[0] for word in typed_words()]
        return next((flag for flag in reversed(given) if flag in self.flags), self.flags[0])

    def parameter(self) -> inspect.Parameter:
        """The parameter of which the command line makes the option."""
        about = typer.Option(
            *self.flags,
            help=self.choice.help,
            min=self.choice.least,
            max=self.choice.most,
            metavar=self.choice.metavar or "|".join(self.choice.among) or self._plain_word(),
            show_default=self.field.default is not None,
            rich_help_panel=self.choice.group or None,
            autocompletion=offer(self.choice.names, self.choice.among),
        )
        default, type = self.field.default, self.type
        if isinstance(default, tuple):
            default, type = ",".join(map(str, default)), str
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Parameter(
            self.name, kind, default=default, annotation=Annotated[type, about]
        )

    def _plain_word(self) -> str | None:
        """The word for the value in help, by the field's type; None for a flag."""
        words = {int: "N", float: "X", Path: "FILE", str: "TEXT"}
        parts = (self.type, *get_args(self.type))
        if bool in parts:
            return None
        word = next((words[part] for part in parts if part in words), "TEXT")
        return f"{word},{word},…" if ... in parts and word != "TEXT" else word

    def value(self, typed: Any) -> Any:
        """The field's value; texts with commas become tuples.

        Raises
        ------
        ValueError
            If it should be numbers, or whole ones, and is not.
        """
        if self.type == tuple[int, ...]:
            return tuple(self._ints(typed))
        if self.type == tuple[float, ...]:
            return tuple(self._floats(typed))
        return tuple(words(typed)) if self.type == tuple[str, ...] else typed

    def _floats(self, text: str) -> Iterator[float]:
        for part in words(text):
            try:
                number = float(part)
            except ValueError:
                number = math.nan
            if not math.isfinite(number):
                raise ValueError(
                    f"{self.flags[0]} must be numbers with commas, as 1.5,6; got {text!r}."
                )
            yield number

    def _ints(self, text: str) -> Iterator[int]:
        parts = words(text)
        if not parts or not all(p.isascii() and p.isdecimal() and len(p) < 10 for p in parts):
            raise ValueError(
                f"{self.flags[0]} must be ints of at least 0 with commas, as 64,64; got {text!r}."
            )
        return map(int, parts)
