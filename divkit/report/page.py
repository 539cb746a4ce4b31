"""One self-contained HTML page of a verification: no script, no font, no request."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from divkit.report.frame import document, store
from divkit.report.graphics import figure_svg, formula_svg
from divkit.report.numbers import size, text, value
from divkit.theory import GROUPS, CheckResult, Comparison

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
    good = sum(result.holds for result in results)
    kind = "good" if good == len(results) else "bad"
    instances = sum(len(result.rows) for result in results)
    seconds = sum(result.seconds for result in results)
    return (
        f"<header><h1>{text(title)}</h1>\n"
        '<p class="soft">Every statement, its two sides by independent computations, and whether '
        "they agree within their own errors.</p>\n"
        f'<div class="banner {kind}"><strong>{good} of {len(results)} statements hold</strong>'
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
    kind = "good" if result.holds else "bad"
    return (
        f'<tr class="{kind}"><td><a href="#{text(result.id)}">{text(result.id)}</a>'
        f'<span class="soft small">{text(result.statement)}</span></td>'
        f'<td class="num narrow-off">{value(result.left, 9)}</td>'
        f'<td class="narrow-off">{text(result.headline.relation)}</td>'
        f'<td class="num narrow-off">{value(result.right, 9)}</td>'
        f'<td class="num narrow-off">{size(result.difference)}</td>'
        f'<td class="num narrow-off">{size(result.allowed)}</td>'
        f'<td class="narrow-off">{_bar(result)}</td>'
        f"<td>{_verdict(result.holds)}</td></tr>"
    )


def _bar(result: CheckResult) -> str:
    used = min(result.worst.strain, 1.0)
    title = f"{used:.0%} of the allowance"
    return f'<span class="bar" title="{title}"><i style="width:{100 * used:.1f}%"></i></span>'


def _verdict(holds: bool) -> str:
    kind, words = ("good", "✓ holds") if holds else ("bad", "✗ fails")
    return f'<span class="verdict {kind}">{words}</span>'


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
    return (
        f'<article id="{text(result.id)}"><header><h3>{text(result.id)}</h3>{equation}'
        f"{_verdict(result.holds)}</header>\n<p>{text(result.statement)}</p>\n"
        f'<div class="formula">{formula_svg(result.formula)}</div>\n{_sides(result)}{note}\n'
        f"<figure>{figure_svg(result)}<figcaption>{text(caption)}</figcaption></figure>\n"
        f"{_instances(result)}</article>"
    )


def _sides(result: CheckResult) -> str:
    shown = result.headline
    return (
        f'<p class="soft">{"First" if result.holds else "Worst"} of {len(result.rows)}: '
        f"{text(shown.case)}</p>"
        '<div class="sides">'
        f"{_side('left: ' + result.left_label, value(shown.left, 16))}"
        f"{_side('right: ' + result.right_label, value(shown.right, 16))}"
        f"{_side(f'left − right; asked: left {shown.relation} right', size(shown.difference))}"
        f"{_side('allowed: ' + result.allowed_because, size(shown.allowed))}</div>"
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
    kind = "good" if row.holds else "bad"
    return (
        f'<tr class="{kind}"><td>{text(row.case)}</td><td class="num">{value(row.left)}</td>'
        f'<td>{text(row.relation)}</td><td class="num">{value(row.right)}</td>'
        f'<td class="num">{size(row.difference)}</td><td class="num">{size(row.allowed)}</td>'
        f'<td class="verdict {kind}">{"✓" if row.holds else "✗"}</td></tr>'
    )


def _foot() -> str:
    return (
        "<footer><p>Nats throughout. An equality holds when |left − right| is at most the "
        "allowed difference; ≤ when left exceeds right by no more than it; &lt; when right "
        "exceeds left by more than it.</p></footer>"
    )
