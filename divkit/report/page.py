"""One self-contained HTML page of a verification: no script, no font, no request."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from divkit.report.frame import document, store
from divkit.report.graphics import figure_svg, formula_svg
from divkit.report.numbers import text, value
from divkit.theory import GROUPS, CheckResult, Comparison
from divkit.theory.framework.verdict import Decision, counted

MARGINS = "How far each instance is from failing; a difference of exactly 0 is not drawn."


def write_report(
    results: Sequence[CheckResult], folder: Path | str, *, title: str = "divkit verify"
) -> Path:
    """Write the page into a folder, which is made if need be; return its path.

    Raises
    ------
    ValueError
        If there are no results.
    OSError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import divkit
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(divkit.verify(only="global-minimum"), folder).name
    'index.html'
    """
    return store(render(results, title=title), folder)


def render(results: Sequence[CheckResult], *, title: str = "divkit verify") -> str:
    """Return the page as text.

    Raises
    ------
    ValueError
        If there are no results.

    Examples
    --------
    >>> import divkit
    >>> "<title>divkit verify" in render(divkit.verify(only="global-minimum"))
    True
    """
    if not results:
        raise ValueError("a report needs at least one result; got none.")
    body = "\n".join([_head(results, title), _summary(results), *_sections(results), _foot()])
    return document(title, body)


def _head(results: Sequence[CheckResult], title: str) -> str:
    verdicts = [result.verdict for result in results]
    kind = Decision.of(verdicts).look
    instances = sum(len(result.rows) for result in results)
    seconds = sum(result.seconds for result in results)
    return (
        f"<header><h1>{text(title)}</h1>\n"
        '<p class="soft">Every statement, its two sides by independent computations, and whether '
        "they agree within their own errors.</p>\n"
        f'<div class="banner {kind}"><strong>{counted(verdicts)}</strong>'
        f'<span class="num">{instances} comparisons</span>'
        f'<span class="num">{seconds:.1f} s</span>'
        f'<span class="num">seed {results[0].seed}</span></div></header>'
    )


def _summary(results: Sequence[CheckResult]) -> str:
    rows = "\n".join(map(_summary_row, results))
    return (
        '<div class="scroll"><table class="summary">\n<thead><tr><th>statement</th>'
        '<th class="num">left</th><th></th><th class="num">right</th>'
        '<th class="num">difference</th><th class="num">allowed</th><th>used</th><th>verdict</th>'
        "</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _summary_row(result: CheckResult) -> str:
    kind = result.verdict.look
    return (
        f'<tr class="{kind}"><td><a href="#{text(result.id)}">{text(result.id)}</a>'
        f'<span class="soft small">{text(result.statement)}</span></td>'
        f'<td class="num narrow-off">{_number(result.left, result.headline, 9)}</td>'
        f'<td class="narrow-off">{text(result.headline.relation)}</td>'
        f'<td class="num narrow-off">{_number(result.right, result.headline, 9)}'
        f"{result.headline.slack}</td>"
        f'<td class="num narrow-off">{_number(result.difference, result.headline, 2)}</td>'
        f'<td class="num narrow-off">{_number(result.allowed, result.headline, 2)}</td>'
        f'<td class="narrow-off">{_bar(result)}</td>'
        f"<td>{_verdict(result.verdict)}</td></tr>"
    )


def _number(x: float, row: Comparison, digits: int = 12) -> str:
    """A number of a comparison; words where it is not known."""
    return "not known" if row.unknown and math.isnan(x) else value(x, digits)


def _bar(result: CheckResult) -> str:
    used = min(result.worst.strain, 1.0)
    title = f"{used:.0%} of the allowance"
    return f'<span class="bar" title="{title}"><i style="width:{100 * used:.1f}%"></i></span>'


def _verdict(verdict: Decision) -> str:
    return f'<span class="verdict {verdict.look}">{verdict.mark} {verdict.words}</span>'


def _sections(results: Sequence[CheckResult]) -> list[str]:
    ordered = sorted(results, key=lambda result: result.group)
    return [
        f"<section><h2>{text(key)}. {text(GROUPS.get(key, ''))}</h2>\n"
        + "\n".join(map(_article, members))
        + "</section>"
        for key, members in groupby(ordered, key=lambda result: result.group)
    ]


def _article(result: CheckResult) -> str:
    equation = (
        f' <span class="soft">equation {text(result.equation)}</span>' if result.equation else ""
    )
    caption = result.figure.caption if result.figure else MARGINS
    note = f"<p>{text(result.note)}</p>" if result.note else ""
    note += "".join(f'<p class="open">{text(why)}</p>' for why in result.unknown)
    return (
        f'<article id="{text(result.id)}"><header><h3>{text(result.id)}</h3>{equation}'
        f"{_verdict(result.verdict)}</header>\n<p>{text(result.statement)}</p>\n"
        f'<div class="formula">{formula_svg(result.formula)}</div>\n{_sides(result)}{note}\n'
        f"<figure>{figure_svg(result)}<figcaption>{text(caption)}</figcaption></figure>\n"
        f"{_instances(result)}</article>"
    )


def _sides(result: CheckResult) -> str:
    shown = result.headline
    gap = _number(shown.difference, shown, 2)
    return (
        f'<p class="soft">{"First" if result.holds else "Worst"} of {len(result.rows)}: '
        f"{text(shown.case)}</p>"
        '<div class="sides">'
        f"{_side('left: ' + result.left_label, _number(shown.left, shown, 16))}"
        f"{_side('right: ' + result.right_label, _number(shown.right, shown, 16) + shown.slack)}"
        f"{_side(f'left − right; asked: left {shown.relation} right', gap)}"
        f"{_side('allowed: ' + result.allowed_because, _number(shown.allowed, shown, 2))}</div>"
    )


def _side(label: str, number: str) -> str:
    return f'<div class="side"><span>{text(label)}</span><b>{number}</b></div>'


def _instances(result: CheckResult) -> str:
    rows = "\n".join(map(_instance, result.rows))
    return (
        f"<details><summary>all {len(result.rows)} comparisons, {result.seconds:.2f} s</summary>"
        '<div class="scroll"><table><thead><tr><th>instance</th><th class="num">left</th><th></th>'
        '<th class="num">right</th><th class="num">difference</th><th class="num">allowed</th>'
        f"<th></th></tr></thead><tbody>\n{rows}\n</tbody></table></div></details>"
    )


def _instance(row: Comparison) -> str:
    kind, why = row.verdict.look, f'<span class="soft small">{text(row.unknown)}</span>'
    return (
        f'<tr class="{kind}"><td>{text(row.case)}{why if row.unknown else ""}</td>'
        f'<td class="num">{_number(row.left, row)}</td>'
        f'<td>{text(row.relation)}</td><td class="num">{_number(row.right, row)}{row.slack}</td>'
        f'<td class="num">{_number(row.difference, row, 2)}</td>'
        f'<td class="num">{_number(row.allowed, row, 2)}</td>'
        f'<td class="verdict {kind}">{row.verdict.mark}</td></tr>'
    )


def _foot() -> str:
    return (
        "<footer><p>Nats throughout. An equality holds when |left − right| is at most the "
        "allowed difference; ≤ when left exceeds right by no more than it; &lt; when right "
        "exceeds left by more than it. Where a number is not known, nothing is decided.</p>"
        "</footer>"
    )
