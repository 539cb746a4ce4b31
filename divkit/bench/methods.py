"""An estimator with its options as the ledger writes it: `knn`, `knn(radius='common')`.

The text is parsed, never evaluated: a name of the registry, and keywords with plain constants.
"""

from __future__ import annotations

import ast
from dataclasses import fields
from typing import Any

from divkit.estimators.api import as_estimator
from divkit.estimators.registry import ESTIMATORS, Estimator


def method(text: str) -> tuple[str, dict[str, Any]]:
    """Return the estimator's name and its options.

    Raises
    ------
    UnknownNameError
        If the name is not known; the message offers the nearest.
    ValueError
        If the text is no name with keywords, or the estimator has no such option.

    Examples
    --------
    >>> method("plug_in(density='kde', folds=3)")
    ('plug_in', {'density': 'kde', 'folds': 3})
    """
    name, options = parsed(text)
    maker: Any = ESTIMATORS[name]
    known = [field.name for field in fields(maker)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(
            f"estimator {text!r} has no option {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(known) or 'none'}."
        )
    return name, options


def estimator_of(text: str) -> Estimator:
    """Return the estimator itself.

    Raises
    ------
    ValueError
        As `method`, or if an option's value is refused.
    """
    name, options = method(text)
    return as_estimator(name, **options)


def names() -> tuple[str, ...]:
    """The names of divkit's estimators.

    >>> "knn" in names()
    True
    """
    return tuple(ESTIMATORS)


def is_ours(text: str) -> bool:
    """True if a name in a ledger, with or without options, is an estimator of divkit.

    >>> is_ours("knn(k=3)"), is_ours("ITE-style")
    (True, False)
    """
    return text.partition("(")[0] in ESTIMATORS


def parsed(text: str) -> tuple[str, dict[str, Any]]:
    """Return a name and its options as a text has them: `name`, or `name(option=constant)`.

    Raises
    ------
    ValueError
        If the text is neither.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, ast.Name):
            return tree.id, {}
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.args:
            return tree.func.id, {str(k.arg): ast.literal_eval(k.value) for k in tree.keywords}
    except (SyntaxError, ValueError) as error:
        raise ValueError(_advice(text)) from error
    raise ValueError(_advice(text))


def _advice(text: str) -> str:
    return (
        "an estimator is a name, or a name with options as knn(k=5, radius='common'); "
        f"got {text!r}."
    )
