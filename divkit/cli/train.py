"""`divkit train`: a GAN on a named target, the true JSD beside V, checkpoints, resuming."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.cli.guard import FAILED, INTERRUPTED, guarded, words
from divkit.cli.output import number, print_json, print_table

if TYPE_CHECKING:
    from divkit.gan.config import Config
    from divkit.gan.records import Record
    from divkit.gan.runs import Run


@guarded
def train(
    context: typer.Context,
    target: Annotated[
        str, typer.Option(help="A name from --list, or a law such as 'normal(1, 2)'.")
    ] = "ring8",
    game: Annotated[str, typer.Option(help="A game or system from --list.")] = "gan",
    generator: Annotated[
        str,
        typer.Option(help="auto, affine, mlp, mixture, gaussian, binary (exact laws), network."),
    ] = "auto",
    latent: Annotated[
        int, typer.Option(min=0, help="Coordinates of z; 0: the data's, a decoder's few.")
    ] = 0,
    hidden: Annotated[str, typer.Option(help="Widths of the generator's layers.")] = "64,64",
    critic_hidden: Annotated[str, typer.Option(help="Widths of the critic's layers.")] = "64,64",
    activation: Annotated[str, typer.Option(help="relu (leaky) or tanh.")] = "relu",
    components: Annotated[int, typer.Option(min=1, help="Of a mixture generator.")] = 8,
    pack: Annotated[int, typer.Option(min=1, help="Points that the critic sees at once.")] = 1,
    steps: Annotated[int, typer.Option(min=1, help="Of the generator.")] = 5000,
    batch: Annotated[int, typer.Option(min=1, help="Points a minibatch.")] = 256,
    seed: Annotated[str, typer.Option(help="One run a seed, trained at once: 0 or 0,1,2.")] = "0",
    n_critic: Annotated[int, typer.Option(min=1, help="Critic steps for one of G.")] = 1,
    order: Annotated[str, typer.Option(help="alternating or simultaneous.")] = "alternating",
    optimiser: Annotated[str, typer.Option(help="adam or sgd.")] = "adam",
    rate: Annotated[float, typer.Option(help="Step size of G.")] = 1e-3,
    critic_rate: Annotated[float, typer.Option(help="Step size of D.")] = 1e-3,
    beta1: Annotated[float, typer.Option(help="Adam's first decay.")] = 0.5,
    decay: Annotated[float, typer.Option(help="Factor on both rates at the end.")] = 1.0,
    r1: Annotated[float, typer.Option(help="γ of ½γE|∇D|² on data.")] = 0.0,
    r2: Annotated[float, typer.Option(help="γ of ½γE|∇D|² on fakes.")] = 0.0,
    gradient_penalty: Annotated[float, typer.Option(help="λ of λE(|∇D| − 1)².")] = 0.0,
    clip: Annotated[float | None, typer.Option(help="Cut weights of D to ± this.")] = None,
    spectral: Annotated[bool, typer.Option("--spectral", help="Spectral norm.")] = False,
    noise: Annotated[float, typer.Option(help="Instance noise, fading to 0.")] = 0.0,
    label_smoothing: Annotated[float, typer.Option(help="α: real label 1 − α.")] = 0.0,
    unroll: Annotated[int, typer.Option(min=0, help="Critic steps that G looks ahead.")] = 0,
    unroll_rate: Annotated[float, typer.Option(help="Their step size.")] = 0.1,
    average: Annotated[float, typer.Option(help="Decay of the moving average of G.")] = 0.0,
    data: Annotated[
        int | None, typer.Option(min=1, help="Train on so many points; fresh draws otherwise.")
    ] = None,
    kinds: Annotated[
        str, typer.Option("--kinds", "--kind", help="Divergences beside JSD: kl,tv,w1.")
    ] = "",
    every: Annotated[int, typer.Option(min=1, help="Steps between records.")] = 500,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 1000,
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:0.")] = "cpu",
    name: Annotated[str | None, typer.Option(help="Of the run; target and game if none.")] = None,
    output: Annotated[Path, typer.Option(help="Folder that holds the runs.")] = Path("runs"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the named run.")] = False,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE", help="V, its bound and D: .png, .svg or .pdf.")
    ] = None,
    animation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="D at every recorded step, as a .gif.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Strict JSON instead of a table.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Targets, games, generators.")] = False,
) -> None:
    """Train a GAN, or a system beside it; print V, its bound and the true JSD."""
    if listed:
        _print_names(json)
        return
    from divkit.gan.config import Config
    from divkit.gan.runs import Run

    config = Config(
        target=target,
        game=game,
        generator=generator,
        latent=latent,
        hidden=_ints("--hidden", hidden),
        critic_hidden=_ints("--critic-hidden", critic_hidden),
        activation=activation,
        components=components,
        pack=pack,
        steps=steps,
        batch=batch,
        seeds=_ints("--seed", seed),
        n_critic=n_critic,
        order=order,
        optimiser=optimiser,
        rate=rate,
        critic_rate=critic_rate,
        beta1=beta1,
        decay=decay,
        r1=r1,
        r2=r2,
        gradient_penalty=gradient_penalty,
        clip=clip,
        spectral=spectral,
        noise=noise,
        label_smoothing=label_smoothing,
        unroll=unroll,
        unroll_rate=unroll_rate,
        average=average,
        data=data,
        kinds=tuple(words(kinds)),
        every=every,
        save_every=save_every,
        dtype=dtype,
        device=device,
    )
    run = Run(output, f"{target}-{game}" if name is None else name)
    with run.alone():
        _work(run, config, _named(context) if resume else None, json, figure, animation)


def _named(context: typer.Context) -> set[str]:
    """The options that stand on the command line, by their names in a configuration."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    found = {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}
    return found - {"seed"} | ({"seeds"} if "seed" in found else set())


def _work(
    run: Run,
    config: Config,
    named: set[str] | None,
    json: bool,
    figure: Path | None,
    animation: Path | None,
) -> None:
    import torch

    from divkit.cli import train_figure
    from divkit.gan.checkpoints import Checkpoints, load_newest
    from divkit.gan.config import from_dict, resumed
    from divkit.gan.session import follow
    from divkit.gan.trainer import DivergedError

    torch.set_num_threads(1)  # these tensors are small: a second thread waits more than it works
    resume = named is not None
    if resume:
        config = resumed(from_dict(load_newest(run.folder).description), config, named)
    elif Checkpoints(run.folder, {}).files():
        raise ValueError(
            f"{run.folder} holds a run already. Pass --resume to go on with it, or another --name."
        )
    train_figure.check(config, figure, animation)
    kept: list[train_figure.Moment] = []
    watch = None if figure is None and animation is None else train_figure.keep(kept)
    again = ("divkit", "train", "--resume", "--output", str(run.root), "--name", run.name)
    with _stopping() as asked, _shown(config.steps) as show:
        try:
            finished = follow(run, config, resume, show, lambda: bool(asked), _warn, watch=watch)
        except DivergedError as fault:
            typer.echo(f"Error: {fault}", err=True)
            raise typer.Exit(FAILED) from None
    if not finished:
        typer.echo(
            f"Interrupted; the state is saved. Resume with:\n  {shlex.join(again)}", err=True
        )
        raise typer.Exit(INTERRUPTED)
    _print(run, config, json)
    train_figure.draw(config, kept, figure, animation)
    for path in filter(None, (figure, animation)):
        steps = f"steps {kept[0][0].step} to {kept[-1][0].step}, seed {config.seeds[0]}"
        typer.echo(f"Figure: {path} ({steps})", err=True)


def _warn(text: str) -> None:
    typer.echo(f"Warning: {text}", err=True)


@contextmanager
def _stopping() -> Iterator[list[int]]:
    """Collect Ctrl-C and SIGTERM: the loop stops between two steps. A second one ends at once."""
    asked: list[int] = []

    def ask(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {sign: signal.signal(sign, ask) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextmanager
def _shown(total: int) -> Iterator[Any]:
    """A bar on a terminal, a line a record elsewhere, on stderr."""
    import sys

    from tqdm import tqdm

    with tqdm(
        total=total, file=sys.stderr, leave=False, unit="step", disable=not sys.stderr.isatty()
    ) as bar:

        def show(step: int, records: tuple[Record, ...]) -> None:
            bar.update(step - bar.n)
            if records and bar.disable:
                typer.echo(f"[{step}/{total}] {_line(records[0])}", err=True)
            elif records:
                bar.set_postfix_str(_line(records[0]))

        yield show


def _line(record: Record) -> str:
    limit = "unknown" if record.bound is None else number(record.bound.value, 6)
    sure = "" if record.js.kind != "standard error" else " (estimate)"
    sure += f" ({record.js.side()})" if record.js.one_sided else ""
    first = ""
    if record.objective is not None:
        first = f"{record.objective.name} = {number(record.objective.value, 6)}, "
    if record.held_out_value is not None and record.held_out_error is not None:
        best = "V" if record.objective is None else "V at D*"
        spread = number(record.held_out_error, 1)
        first += f"{best} = {number(record.held_out_value, 6)} ± {spread}, "
    return f"{first}bound {limit}, JSD {number(record.js.value, 6)}{sure}"


def _print(run: Run, config: Config, json: bool) -> None:
    rows = run.rows()
    if json:
        print_json({"name": run.name, "config": config.to_dict(), "records": rows})
        return
    header = dict.fromkeys(
        ("step", "seed", "objective", "V held out", "max V", "JSD", "error", "modes", "quality"),
        "right",
    )
    print_table(header | {"JSD is": "left"}, map(_row, rows))
    _warn_of(rows)


def _warn_of(rows: Sequence[dict[str, Any]]) -> None:
    """What a reader must know of the numbers of each record, each thing once."""
    found = [r for row in rows for r in (row["js"], row["bound"], row["objective"]) if r]
    lines = [f"{r['name']}: {words}" for r in found for words in r.get("warnings", ())]
    for line in dict.fromkeys(lines):
        typer.echo(f"Warning: {line}", err=True)


def _row(row: dict[str, Any]) -> list[str]:
    js, bound = row["js"], row["bound"]
    kind = "an estimate" if js["kind"] == "standard error" else f"exact ({js['kind']})"
    if js.get("one_sided") == "lower":
        kind = f"at least {number(float(js['interval'][0]), 6)}"
    return [
        str(row["step"]),
        str(row["seed"]),
        "" if row["objective"] is None else number(float(row["objective"]["value"]), 6),
        "" if row["held_out_value"] is None else number(float(row["held_out_value"]), 6),
        "" if bound is None else number(float(bound["value"]), 6),
        number(float(js["value"]), 6),
        number(float(js["error"]), 2),
        "" if row["modes"] is None else str(row["modes"]),
        "" if row["high_quality"] is None else f"{row['high_quality']:.1%}",
        kind,
    ]


def _ints(option: str, text: str) -> tuple[int, ...]:
    """Read "64,64"."""
    parts = words(text)
    if not parts or not all(
        part.isascii() and part.isdecimal() and len(part) < 10 for part in parts
    ):
        raise ValueError(
            f"{option} must be ints of at least 0 with commas, as 64,64; got {text!r}."
        )
    return tuple(map(int, parts))


def _print_names(json: bool) -> None:
    from divkit.gan.config import GENERATORS
    from divkit.gan.duels import DUELS
    from divkit.gan.entries import SYSTEMS
    from divkit.gan.targets import TARGETS

    if json:
        games = {name: duel.label for name, duel in DUELS.items()}
        systems = {name: entry.label for name, entry in SYSTEMS.items()}
        generators = list(GENERATORS)
        print_json(
            {
                "targets": list(TARGETS),
                "games": games,
                "systems": systems,
                "generators": generators,
            }
        )
        return
    rows = [["target", name, repr(make())[:80]] for name, make in TARGETS.items()]
    rows += [["game", name, duel.label] for name, duel in DUELS.items()]
    rows += [["system", name, entry.label] for name, entry in SYSTEMS.items()]
    rows += [["generator", name, ""] for name in GENERATORS]
    print_table({"kind": "left", "name": "left", "is": "left"}, rows)
