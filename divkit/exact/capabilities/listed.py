"""Which law has which capability, as names and as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from divkit.distributions.base import Law, Law1D
from divkit.distributions.counts.law import CountLaw
from divkit.exact.capabilities.base import Balls, Capabilities, declared

_Has = Callable[[Capabilities[Any]], Any]


def _balls(pick: Callable[[Balls[Any]], Any]) -> _Has:
    return lambda c: c.balls is not None and pick(c.balls)


_NAMES: dict[str, _Has] = {
    "closed form": lambda c: c.member,
    "affinity": lambda c: c.affinity,
    "one shape": lambda c: c.shape,
    "Gaussian": lambda c: c.gaussian,
    "inverse": lambda c: c.inverse,
    "variance": lambda c: c.tame,
    "core": lambda c: c.core,
    "certified density": _balls(lambda b: b.log_density),
    "certified CDF": _balls(lambda b: b.cdf),
    "certified tails": _balls(lambda b: b.decay and b.growth),
    "certified affinity": _balls(lambda b: b.affinity),
}
"""Names of capabilities, and what of an entry each is."""

NAMES = ("tails", "moments", *_NAMES)


def capabilities(law: Law | type[Law]) -> tuple[str, ...]:
    """Names of what is known of a law, in the order of `NAMES`.

    Of a mixture, product or image a name says that it comes from the parts, if these have it.

    >>> from divkit.distributions import Logistic
    >>> capabilities(Logistic)[:4]
    ('tails', 'moments', 'closed form', 'one shape')
    """
    kind = law if isinstance(law, type) else type(law)
    own = {
        "tails": _has_tails(kind),
        "moments": kind.mean is not Law.mean and kind.covariance is not Law.covariance,
    }
    entries = [entry for _, entry in declared(kind)]
    own |= {name: any(has(entry) for entry in entries) for name, has in _NAMES.items()}
    own["inverse"] |= issubclass(kind, Law1D)
    return tuple(name for name in NAMES if own[name])


def _has_tails(kind: type[Law]) -> bool:
    if issubclass(kind, CountLaw):
        return kind.asymptote is not CountLaw.asymptote
    return issubclass(kind, Law1D) and kind.tails is not Law1D.tails


def table(kinds: Iterable[type[Law]]) -> str:
    """Laws × capabilities in Markdown, one row a type."""
    lines = ["| law | " + " | ".join(NAMES) + " |", "|---" * (len(NAMES) + 1) + "|"]
    for kind in kinds:
        has = capabilities(kind)
        cells = ("✓" if name in has else "–" for name in NAMES)
        lines.append(f"| `{kind.__name__}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
