"""`divkit value P Q`: train D, say what V it reached, and account for the gap to max V."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.choices import FIGURE, READ, Names, choice
from divkit.cli.files.rules import Rules
from divkit.cli.guard import FAILED, guarded
from divkit.cli.names import CRITICS, LAWS, offer
from divkit.cli.options import json_choice, level_choice, seed_choice, with_options
from divkit.cli.output import number, print_json, warn
from divkit.cli.progress import waited
from divkit.cli.tables import print_table
from divkit.cli.value_task import ValueTask
from divkit.cli.widths import require_width, width_choice

if TYPE_CHECKING:
    from divkit.critics.trace import TraceRecorder
    from divkit.results import Result

POPULATION = "population"
ON = (POPULATION,)
"""Words that --on takes beside a number."""
_MOST_DRAWS = 10_000_000


@dataclass(frozen=True)
class ValueOptions:
    """Options of `divkit value`."""

    samples: tuple[Path, Path] | None = choice(
        None, "Samples (.npy, .csv) instead of, or beside, the laws.", metavar="A B", takes=READ
    )
    on: str = choice(
        POPULATION,
        "population, or a number of draws from each law.",
        takes=Names(("divkit.cli.value:ON",)),
    )
    critic: str = choice(
        "mlp", "mlp, logistic, quadratic, cubic, spline, kernel, ….", takes=CRITICS
    )
    game: str = choice(
        "gan",
        "gan, lsgan, hinge, relativistic, f-gan(kl), ….",
        takes=Names(("divkit.games.standard:GAMES",)),
    )
    maximiser: str = choice(
        "lm",
        "lm (Levenberg-Marquardt), lbfgs or adam.",
        takes=Names(("divkit.critics.trace:MAXIMISERS",)),
    )
    steps: int | None = choice(None, "At most so many steps.", least=1)
    seconds: float | None = choice(None, "At most so long, each search.")
    level: float = level_choice("Confidence of a held-out interval.")
    seed: int = seed_choice("Seed of D's start and of draws.")
    figure: Path | None = choice(None, "Draw D beside D*, the budget, the training.", takes=FIGURE)
    json: bool = json_choice()
    width: str = width_choice()


@guarded
@with_options
def value(
    p: Annotated[
        str | None,
        typer.Argument(
            metavar="P", help="A law, as in 'normal(0, 1)'.", autocompletion=offer(LAWS)
        ),
    ] = None,
    q: Annotated[
        str | None, typer.Argument(metavar="Q", help="Another law.", autocompletion=offer(LAWS))
    ] = None,
    *,
    training: ValueOptions,
    rules: Rules,
) -> None:
    """Train D, print V reached and max V, and say where every nat of the gap went."""
    figure = training.figure
    require_width(training, figure is not None)
    task = _task(p, q, training, rules)
    recorder = _recorder(training)
    result = _train(task, recorder)
    if training.json:
        print_json(_document(task, recorder, result))
    else:
        print_table(
            {"quantity": "left", "value": "right", "error": "right", "how": "left"},
            _known(task, result) if task.laws else _unknown(task, result),
        )
        print(result.method)
    warn([result])
    if figure is not None:
        from divkit.cli.value_figure import draw

        draw(task, result, recorder.runs[0], figure, training.width)
        typer.echo(f"Figure: {figure}", err=True)


def _task(p: str | None, q: str | None, training: ValueOptions, rules: Rules) -> ValueTask:
    from divkit.cli.files.pair import read_pair
    from divkit.critics import CRITICS
    from divkit.distributions.adapt import as_laws
    from divkit.games import game_of

    samples, on, level = training.samples, training.on, training.level
    if (p is None) != (q is None):
        raise ValueError(f"two laws are needed; got {p!r} alone. Give Q too, or --samples A B.")
    if p is None and samples is None:
        raise ValueError("give two laws P and Q, or --samples A B, or both.")
    if samples is not None and on != POPULATION:
        raise ValueError(f"--on {on} and --samples say two things; give one of them.")
    if samples is None and rules.said:
        said = ", ".join(f"--{name}" for name in rules.said)
        raise ValueError(f"{said} goes with --samples A B: two laws read no file.")
    if not 0 < level < 1:
        raise ValueError(f"--level must be in (0, 1); got {level!r}.")
    words = None if p is None or q is None else (p, q)
    laws = None if words is None else as_laws(words[0], words[1])
    given = None if samples is None else read_pair(*samples, rules)
    CRITICS[training.critic]  # an unknown name is refused before any work
    game = game_of(training.game)
    return ValueTask(words, laws, given, _draws(on), training.critic, game, training.seed, level)


def _draws(on: str) -> str | int:
    if on == POPULATION:
        return on
    if not on.isdecimal() or len(on) > 9 or int(on) < 1:
        raise ValueError(f"--on must be {POPULATION} or a number of draws, 1 or more; got {on!r}.")
    if int(on) > _MOST_DRAWS:
        raise ValueError(f"--on {on}: at most {_MOST_DRAWS:,} draws fit; population needs none.")
    return int(on)


def _recorder(training: ValueOptions) -> TraceRecorder:
    from divkit.critics.trace import MAXIMISERS, TraceRecorder
    from divkit.critics.wrappers import Progress

    asked = {"steps": training.steps, "seconds": training.seconds}
    limits: dict[str, Any] = {name: limit for name, limit in asked.items() if limit is not None}
    chosen = replace(MAXIMISERS[training.maximiser], **limits)
    return TraceRecorder(Progress(chosen) if watched() else chosen)


def watched() -> bool:
    """True if someone sees a bar move."""
    return sys.stderr.isatty()


def _train(task: ValueTask, recorder: TraceRecorder) -> Result:
    """Train, with a line on stderr before and after.

    Raises
    ------
    typer.Exit
        With status 1, if V stopped being finite.
    """
    from divkit.critics import MAXIMISERS, DivergedError, Progress, maximise_value

    p, q = task.laws or (None, None)
    what = "samples" if task.given is not None else str(task.on)
    typer.echo(f"Training {task.critic} on {what}, game {task.game}.", err=True)
    bars = watched()  # the searches show bars of their own
    try:
        with nullcontext() if bars else waited("training"):
            result = maximise_value(
                p,
                q,
                critic=task.critic,
                on=task.on if task.given is None else task.given,
                game=task.game,
                maximiser=recorder,
                seed=task.seed,
                level=task.level,
                account=Progress(MAXIMISERS["lm"], "best critic of the class") if bars else True,
            )
    except DivergedError as error:
        typer.echo(f"Diverged: {error}", err=True)
        raise typer.Exit(FAILED) from None
    notes = result.diagnostics
    typer.echo(f"{notes['steps']} steps, {notes['seconds']:.1f} s in all.", err=True)
    return result


def _known(task: ValueTask, result: Result) -> list[list[str]]:
    """Rows of the table where the laws are known."""
    notes, name = result.diagnostics, task.game.divergence.name
    budget = notes["budget"]
    star, off = notes["v_star"], notes["v_star_error"]
    difference = notes["gap_by_difference"]
    return [
        _row("V reached", result.value, result.error, f"{result.kind}, {notes['nodes']} nodes"),
        _row("V* = max V", star, off, f"{task.game.shift:.6g} + {task.game.scale:g} · {name}"),
        _row("gap, integral", notes["gap"], notes["gap_error"], "of pointwise losses"),
        _row(
            "gap, V* − V", difference, notes["gap_by_difference_error"], "V* less V of the nodes"
        ),
        _row("  approximation", budget.approximation, None, "best critic of the class"),
        _row("  estimation", budget.estimation, None, "cost of the points trained on"),
        _row("  optimisation", budget.optimisation, None, "left by the maximiser"),
        _row("  sum of the parts", budget.total, budget.gap_error, "on nodes of its own"),
        _row("sup |D − D*|", notes["sup"], None, "largest at a node"),
        _row("L² of D − D*", notes["l2"], None, "under (p + q)/2"),
        _row(f"{name} read off V", task.game.implied(result.value), None, "(V − shift)/scale"),
    ]


def _unknown(task: ValueTask, result: Result) -> list[list[str]]:
    """Rows of the table where samples are all there is."""
    notes, name = result.diagnostics, task.game.divergence.name
    low, high = result.interval
    split, percent = notes["split"], f"level {result.level:g}"
    rows = " + ".join(str(split[side][2]) for side in ("x", "y"))
    trained = " + ".join(str(split[side][0]) for side in ("x", "y"))
    reading = task.game.implied(result.value)
    return [
        _row("V held out", result.value, result.error, f"{rows} rows that training never saw"),
        _row("  interval, lower", low, None, f"{percent}, for all laws and any n"),
        _row("  interval, upper", high, None, f"of V of this D, {percent}"),
        _row(f"{name} read off V", reading, result.error / task.game.scale, "(V − shift)/scale"),
        _row(f"{name}, lower limit", notes["limit"], None, f"{percent}, for all laws"),
        _row("V in training", notes["train_value"], None, f"{trained} rows; optimistic"),
        _row("bound of |logit|", notes["bound"], None, "chosen on rows between the two"),
    ]


def _row(name: str, value: float, error: float | None, how: str) -> list[str]:
    if error is None:
        return [name, number(value, 12), "", how]
    from divkit.digits import of_error, supported

    return [name, supported(value, error, 12), of_error(error), how]


def _document(task: ValueTask, recorder: TraceRecorder, result: Result) -> dict[str, Any]:
    from divkit.plain import jsonable

    p, q = task.words or (None, None)
    inner = recorder.inner
    document: dict[str, Any] = {
        "p": p,
        "q": q,
        "game": task.game.name,
        "divergence": task.game.divergence.name,
        "implied": task.game.implied(result.value),
        "maximiser": repr(getattr(inner, "inner", inner)),
        "result": result,
        "training": list(recorder.runs[0]),
    }
    return {name: jsonable(entry) for name, entry in document.items()}
