"""`divkit divergence P Q`: exact divergences of two laws, with their errors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated, Any

import typer

from divkit.choices import choice
from divkit.cli.guard import guarded, words
from divkit.cli.names import LAWS, METHODS, offer
from divkit.cli.options import (
    base_choice,
    json_choice,
    kinds_choice,
    method_choice,
    verbose_choice,
    with_options,
)
from divkit.cli.output import figures, print_json, warn
from divkit.cli.progress import waited
from divkit.cli.tables import print_table

if TYPE_CHECKING:
    from divkit.results import Result

_FLOAT = 17  # characters that a float's own digits take


@dataclass(frozen=True)
class DivergenceOptions:
    """Options of `divkit divergence`."""

    kind: str = kinds_choice("js,kl")
    method: str = method_choice(METHODS)
    digits: int | None = choice(None, "Digits to prove; implies --method certified.", least=1)
    base: float | None = base_choice()
    verbose: bool = verbose_choice()
    json: bool = json_choice()


@guarded
@with_options
def divergence(
    p: Annotated[
        str,
        typer.Argument(
            metavar="P", help="A law, as in 'normal(0, 1)'.", autocompletion=offer(LAWS)
        ),
    ],
    q: Annotated[
        str, typer.Argument(metavar="Q", help="Another law.", autocompletion=offer(LAWS))
    ],
    *,
    asked: DivergenceOptions,
) -> None:
    """Print divergences of two laws, each with its error and the way it was got."""
    from divkit.distributions.adapt import as_laws

    names = words(asked.kind)
    if not names:
        raise ValueError("--kind names no divergence; try --kind js,kl.")
    options = _method_options(asked)
    laws = as_laws(p, q)
    with waited("divergences"):
        results = _compute(laws, names, options)
    if asked.json:
        print_json({"p": p, "q": q, "results": [result.to_dict() for result in results]})
    else:
        header = {"divergence": "left", "value": "right", "error": "right"}
        header |= dict.fromkeys(("unit", "kind", "method"), "left")
        pairs = zip(names, results, strict=True)
        print_table(header, (_row(name, result, asked.verbose) for name, result in pairs))
    warn(results)


def _method_options(asked: DivergenceOptions) -> dict[str, Any]:
    method, digits = asked.method, asked.digits
    options: dict[str, Any] = {"method": method}
    if digits is not None:
        if method not in ("auto", "certified"):
            raise ValueError(f"--digits asks for a proof; it does not go with --method {method}.")
        options |= {"method": "certified", "digits": digits}
    return options if asked.base is None else options | {"base": asked.base}


def _compute(
    laws: tuple[Any, Any], names: list[str], options: dict[str, Any]
) -> tuple[Result, ...]:
    from divkit.exact.api import divergence as exact

    return exact(*laws, names, **options)


def _row(name: str, result: Result, verbose: bool) -> list[str]:
    way = result.method if verbose else result.way
    method = f"{way}: {result.reason}" if result.reason else way
    kind = f"{result.kind}, {result.side()}" if result.one_sided else result.kind
    return [name, _value(result), figures(result)[1], result.unit, kind, method]


def _value(result: Result) -> str:
    """The value; of an enclosure the digits that both its ends share."""
    ends = [str(result.diagnostics.get(end, "")) for end in ("lower", "upper")]
    pairs = zip(*ends, strict=False)
    shared = "".join(low for low, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if len(shared) > _FLOAT:
        return f"{shared}…"
    from divkit.digits import supported

    return supported(result.value, result.error, 16)
