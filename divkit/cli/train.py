"""`divkit train`: a GAN on a named target, the true JSD beside V, checkpoints, resuming."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import typer

from divkit.choices import FIGURE, FOLDER, Names, Writes, choice
from divkit.cli.guard import FAILED, INTERRUPTED, guarded
from divkit.cli.options import json_choice, options_of, typed, with_options
from divkit.cli.output import number, print_json
from divkit.cli.tables import print_table
from divkit.cli.train_progress import ended_by_ctrl_c, shown, stopping
from divkit.cli.widths import figure_width_choice
from divkit.training_config import NO_PRESET, Config, from_dict, resumed

if TYPE_CHECKING:
    from divkit.lab.live import LivePage
    from divkit.training.run import SavedStep
    from divkit.training.store.runs import Run

_SHOWN = 80
"""Characters of a target's law in --list, cut between words; … says so."""


@dataclass(frozen=True)
class TrainOutput:
    """Options of `divkit train` beside those of the training itself."""

    preset: str = choice(
        "auto",
        "Tested choices from --list; auto: the target's, if none of its choices is given.",
        takes=Names(("divkit.training.presets:PRESETS", "divkit.training.presets:WORDS")),
    )
    name: str | None = choice(None, "Of the run; target and game if none.")
    output: Path = choice(Path("runs"), "Folder that holds the runs.", metavar="DIR", takes=FOLDER)
    resume: bool = choice(False, "Go on with the named run.")
    figure: Path | None = choice(
        None, "V, its bound and D: .png, .svg or .pdf.", metavar="FILE", takes=FIGURE
    )
    animation: Path | None = choice(
        None,
        "D through the training: .gif, or .mp4 by ffmpeg.",
        metavar="FILE",
        takes=Writes((".gif", ".mp4")),
    )
    strip: Path | None = choice(
        None,
        "Moments of D beside each other, the first and the last among them.",
        metavar="FILE",
        takes=FIGURE,
    )
    live: bool = choice(False, "Show it in a browser while it trains.")
    hold: float = choice(
        600.0,
        "Seconds that the page of --live stays after the last step; Ctrl-C ends it.",
        least=0.0,
        metavar="SECONDS",
    )
    json: bool = json_choice()
    figure_width: str = figure_width_choice()
    listed: bool = choice(False, "Targets, games, generators, presets.", flags=("--list",))


@guarded
@with_options
def train(context: typer.Context, config: Config, output: TrainOutput) -> None:
    """Train a GAN, or a system beside it; print V, its bound and the true JSD."""
    if output.listed:
        _print_names(output.json)
        return
    from divkit.training.store.runs import Run

    given = typed(context)
    config = _chosen(config, output, given)
    name = f"{config.target}-{config.game}" if output.name is None else output.name
    run = Run(output.output, name)
    from divkit.training.state import TrainingDivergedError

    try:
        with run.kept_if_begun(), run.alone():
            _work(run, _begun(run, config, given if output.resume else None), output)
    except TrainingDivergedError as fault:
        stored = "" if run.folder.exists() else " Of the run nothing is stored: it took no step."
        typer.echo(f"Error: {fault}{stored}", err=True)
        raise typer.Exit(FAILED) from None


def _chosen(config: Config, output: TrainOutput, given: set[str]) -> Config:
    """The configuration with what its preset chooses; a run that is resumed has its own."""
    from divkit.training.presets import AUTO, auto_name, with_preset

    auto = output.preset == AUTO
    if output.resume:
        given -= {"preset"} if auto else set()
        return replace(config, preset=output.preset)
    made = with_preset(config, output.preset, given)
    offered = auto_name(config, {"target"})
    if auto and made.preset != offered:
        typer.echo(
            f"Preset: none, as choices are given; --preset {offered} makes the others.", err=True
        )
    elif made.preset != NO_PRESET:
        typer.echo(f"Preset: {made.preset}. {_differing(made)}", err=True)
    return made


def _differing(config: Config) -> str:
    """Every choice that is not the default, as it would be typed."""
    default = Config()
    words = []
    for each in options_of(Config):
        value = getattr(config, each.name)
        if value != getattr(default, each.name) and each.name != "target":
            text = ",".join(map(str, value)) if isinstance(value, tuple) else value
            words.append(f"{each.flags[0]} {text}")
    return " ".join(words)


def _begun(run: Run, config: Config, named: set[str] | None) -> Config:
    """Return the configuration of the run to resume, or `config` where nothing is resumed.

    Raises
    ------
    ValueError
        If there is a run already, or what was typed is not the choice of the run to resume.
    """
    from divkit.training.store.checkpoints import Checkpoints, load_newest

    if named is not None:
        return resumed(from_dict(load_newest(run.folder).description), config, named)
    if Checkpoints(run.folder, {}).files():
        raise ValueError(
            f"{run.folder} holds a run already. Pass --resume to go on with it, or another --name."
        )
    return config


def _work(run: Run, config: Config, output: TrainOutput) -> None:
    import torch

    from divkit.cli import train_figure
    from divkit.training.session import follow

    torch.set_num_threads(1)  # these tensors are small: a second thread waits more than it works
    files = train_figure.Files(output.figure, output.animation, output.strip, output.figure_width)
    files.check(config)
    kept: list[SavedStep] = []
    stride = None if output.animation is None else max(1, config.steps // train_figure.FRAMES)
    watch = train_figure.keep(kept, stride) if any(files.paths) else None
    again = ("divkit", "train", "--resume", "--output", str(run.root), "--name", run.name)

    def begins() -> None:
        typer.echo(
            f"Training {config.game} on {config.target}: {config.steps} steps, a record every "
            f"{config.every}, in {run.folder}.",
            err=True,
        )

    with _page(output.live) as page:
        with stopping() as stop, shown(config.steps) as show:
            seen = tuple(each for each in (watch, page, show) if each is not None)
            finished = follow(
                run, config, output.resume, seen, stop, _warn, measuring=stop, begins=begins
            )
        if not finished:
            typer.echo(
                f"Interrupted; the state is saved. Resume with:\n  {shlex.join(again)}", err=True
            )
            raise typer.Exit(INTERRUPTED)
        _print(run, config, output.json)
        files.draw(kept)
        for path in filter(None, files.paths):
            steps = f"steps {kept[0].index} to {kept[-1].index}, seed {config.seeds[0]}"
            typer.echo(f"Figure: {path} ({steps})", err=True)
        _hold(page, output.hold)


@contextmanager
def _page(live: bool) -> Iterator[LivePage | None]:
    """The page of the training, where one is asked; its address is told."""
    if not live:
        yield None
        return
    from divkit.cli.lab import require_installed

    require_installed()
    from divkit.lab.live import LivePage

    with LivePage() as page:
        typer.echo(f"Page: {page.url}", err=True)
        yield page


def _hold(page: LivePage | None, seconds: float) -> None:
    """Keep the page of a training that is over, and say for how long."""
    if page is not None and seconds > 0:
        sys.stdout.flush()
        with ended_by_ctrl_c():  # as the sentence says, from the sentence on
            typer.echo(
                f"The training is over; its page stays for {seconds:g} s at {page.url}\n"
                "Ctrl-C ends it; --hold says for how long it stays.",
                err=True,
            )
            page.hold(seconds)


def _warn(text: str) -> None:
    typer.echo(f"Warning: {text}", err=True)


def _print(run: Run, config: Config, json: bool) -> None:
    rows = run.rows()
    if json:
        print_json({"name": run.name, "config": config.to_dict(), "records": rows})
        return
    kinds = list(dict.fromkeys(name for row in rows for name in row["divergences"]))
    names = ["step", "seed", "objective", "V held out", "max V", "JSD", "error"]
    names += [*kinds, "modes", "quality", "JSD is"]
    cells = [_row(row, kinds) for row in rows]
    said = [k for k in range(len(names)) if any(line[k] for line in cells)]
    header = {names[k]: "left" if names[k] == "JSD is" else "right" for k in said}
    print_table(header, ([line[k] for k in said] for line in cells))
    _warn_of(rows)
    _warn_of_rises(rows, config)


def _warn_of(rows: Sequence[dict[str, Any]]) -> None:
    """Print the warnings of each record, each once."""
    measured = ((row["js"], row["bound"], row["objective"], *row["divergences"].values())
                for row in rows)  # fmt: skip
    results = [result for each in measured for result in each if result]
    lines = [f"{r['name']}: {words}" for r in results for words in r.get("warnings", ())]
    for line in dict.fromkeys(lines):
        typer.echo(f"Warning: {line}", err=True)


def _warn_of_rises(rows: Sequence[dict[str, Any]], config: Config) -> None:
    """Say where the exact game went up, which small steps do not."""
    from divkit.training.entries import falls

    if not falls(config):
        return
    from divkit.results import Result
    from divkit.training.systems.rises import rises

    for seed in dict.fromkeys(row["seed"] for row in rows):
        path = [(row["step"], Result.from_dict(row["objective"]))
                for row in rows if row["seed"] == seed and row["objective"]]  # fmt: skip
        for line in rises(path):
            _warn(f"{line} (--rate is {config.rate:g} here)")


def _row(row: dict[str, Any], kinds: Sequence[str]) -> list[str]:
    from divkit.training.measures.records import GENERATORS

    js, bound = row["js"], row["bound"]
    kind = "an estimate" if js["kind"] == "standard error" else f"exact ({js['kind']})"
    if js.get("one_sided") == "lower":
        kind = f"at least {number(float(js['interval'][0]), 6)}"
    kind = ", ".join(filter(None, (kind, GENERATORS[row.get("generator")])))
    return [
        str(row["step"]),
        str(row["seed"]),
        "" if row["objective"] is None else number(float(row["objective"]["value"]), 6),
        _held_out(row),
        "" if bound is None else number(float(bound["value"]), 6),
        number(float(js["value"]), 6),
        number(float(js["error"]), 2),
        *(_value_of(row["divergences"].get(kind)) for kind in kinds),
        "" if row["modes"] is None else str(row["modes"]),
        "" if row["high_quality"] is None else f"{row['high_quality']:.1%}",
        kind,
    ]


def _held_out(row: dict[str, Any]) -> str:
    """V on held-out points with its standard error, which may carry it above its bound."""
    value, error = row["held_out_value"], row["held_out_error"]
    if value is None:
        return ""
    shown = number(float(value), 6)
    return shown if error is None else f"{shown} ± {number(float(error), 1)}"


def _value_of(result: dict[str, Any] | None) -> str:
    """The value of a divergence of a record; of a lower limit what it claims."""
    if result is None:
        return ""
    side = {"lower": "≥ ", "upper": "≤ "}.get(result.get("one_sided") or "", "")
    return side + number(float(result["value"]), 6)


def _print_names(json: bool) -> None:
    from divkit.generators.targets import TARGETS
    from divkit.training.config import GENERATORS
    from divkit.training.entries import SYSTEMS
    from divkit.training.losses import LOSSES
    from divkit.training.presets import PRESETS

    if json:
        games = {name: loss.label for name, loss in LOSSES.items()}
        systems = {name: entry.label for name, entry in SYSTEMS.items()}
        generators = list(GENERATORS)
        print_json(
            {
                "targets": list(TARGETS),
                "games": games,
                "systems": systems,
                "generators": generators,
                "presets": {name: dict(preset.options) for name, preset in PRESETS.items()},
            }
        )
        return
    rows = [
        ["target", name, shorten(repr(make()), _SHOWN, placeholder=" …")]
        for name, make in TARGETS.items()
    ]
    rows += [["game", name, loss.label] for name, loss in LOSSES.items()]
    rows += [["system", name, entry.label] for name, entry in SYSTEMS.items()]
    rows += [["generator", name, ""] for name in GENERATORS]
    rows += [["preset", name, preset.label] for name, preset in PRESETS.items()]
    print_table({"kind": "left", "name": "left", "is": "left"}, rows)
