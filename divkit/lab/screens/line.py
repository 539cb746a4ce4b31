r"""Two laws of the line: densities, the best and a trained discriminator, every divergence.

    max_D V(D) = 2 JSD(p, q) − 2 log 2,   D* = p/(p + q),

and V(D) falls short of it by ½∫[p(log D* − log D) + …], which the house's judge integrates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from divkit.choices import choice
from divkit.critics.maximise import maximise_value
from divkit.critics.model import TrainedCritic
from divkit.divergences import JS
from divkit.exact.api import divergence
from divkit.lab.protocol.frames import Picture, curve
from divkit.lab.screens.drawn import described, places, script_of_words, share
from divkit.lab.screens.freehand import fitted, text_of
from divkit.lab.screens.laws import handles, line_law, script_of, view_of
from divkit.lab.screens.screen import Known, NotKnown, Screen, known
from divkit.results import Result

KINDS = ("js", "gan", "kl", "reverse_kl", "tv", "w1")
"""Divergences of each pair; "gan" is max V."""
AT_ONCE = ("quadratic", "spline")
"""Critics that are trained whenever the laws move; others when it is asked for."""
TRAINED = ("value", "gap", "l2")
SPLIT = ("approximation", "estimation", "optimisation")
MOST_DIGITS = 50
_RMS, _UNTRAINED = "why.rms", "why.train"


@dataclass(frozen=True)
class LineState:
    """The two laws as texts, the class of D, and the stretch that is drawn."""

    p: str = choice(
        "mixture(0.55: normal(-1.6, 0.6), 0.45: normal(1.4, 0.8))", "The law of the data."
    )
    q: str = choice("normal(0, 1.5)", "The law of the generator.")
    critic: str = choice("quadratic", "The class of D.", among=(*AT_ONCE, "cubic", "mlp"))
    view: tuple[float, ...] = choice(
        (-6.0, 6.0), "Ends of the stretch that is drawn.", least=-1e9, most=1e9
    )


class LineScreen(Screen[LineState]):
    """The screen of two laws on the line."""

    defaults = LineState()

    def __init__(self, state: LineState) -> None:
        super().__init__(state)
        self.p, self.q = line_law("p", state.p), line_law("q", state.q)
        if len(state.view) != 2 or state.view[1] - state.view[0] < 1e-9:
            raise ValueError(f"view must be two ends, low and high; got {list(state.view)}.")
        self.view = state.view[0], state.view[1]
        self.whole = view_of(self.p, self.q)
        self.trained: TrainedCritic | None = None
        self._patch: dict[str, Any] = {}
        self._account, self._digits = False, 0  # what was asked for, of what is shown

    @cached_property
    def _places(self) -> torch.Tensor:
        return places(self.view, self.p, self.q)

    @cached_property
    def _logs(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self.p.log_prob(self._places), self.q.log_prob(self._places)

    def picture(self) -> Picture:
        """p, q, D*, the integrand of JSD and, once there is one, the trained D."""
        lp, lq = self._logs
        curves = {
            "at": share(self._places.numpy()[:, 0], self.view),
            "p": lp.exp(),
            "q": lq.exp(),
            "best": torch.sigmoid(lp - lq),
            "integrand": JS.integrand(lp, lq),
        }
        if self.trained is not None:
            curves["trained"] = self.trained.discriminator(self._places)
        head = {
            "view": list(self.view),
            "whole": list(self.whole),
            "handles": {"p": handles(self.p), "q": handles(self.q)},
        }
        return Picture(head, {name: curve(each) for name, each in curves.items()})

    def numbers(self) -> Iterator[Known]:
        """The exact divergences, then V of the critics that are trained at once."""
        self._account, self._digits = False, 0
        yield self._exact()
        yield described(self.view, p=self.p, q=self.q)
        if self.state.critic in AT_ONCE:
            yield known(TRAINED, lambda: self._train(account=False))
        else:
            yield dict.fromkeys(TRAINED, NotKnown(_UNTRAINED))

    def _exact(self) -> Known:
        """All kinds by one sweep; where one is refused, each alone."""
        kinds = list(KINDS)
        together = known(KINDS, lambda: dict(zip(KINDS, self._divergences(kinds), strict=True)))
        if any(isinstance(each, Result) for each in together.values()):
            return together
        alone: dict[str, Result | NotKnown] = {}
        for kind in KINDS:
            alone |= known((kind,), lambda kind=kind: {kind: self._divergences([kind])[0]})  # type: ignore[misc]
        return alone

    def _divergences(self, kinds: list[str]) -> tuple[Result, ...]:
        return divergence(self.p, self.q, kinds)

    def ask(self, what: str, options: Mapping[str, Any]) -> Iterator[Known]:
        """Yield certified digits of JSD ("certify") or D trained to the end
        ("train"); fit p to a drawn curve ("fit").
        """
        match what:
            case "certify":
                yield known(("certified",), lambda: self._certified(options.get("digits", 20)))
            case "train":
                yield known((*TRAINED, *SPLIT), lambda: self._train(account=True))
            case "fit":
                self._fit(options.get("curve"))
                yield {}
            case _:
                yield from super().ask(what, options)

    def _fit(self, drawn: Any) -> None:
        """Let the law that fits a drawn curve [x, y, x, y, …] become p."""
        if not isinstance(drawn, list) or not all(type(each) in (int, float) for each in drawn):
            raise ValueError("curve must be a list of numbers, [x, y, x, y, …].")
        self._patch = {"p": text_of(fitted(drawn[::2], drawn[1::2]))}

    def patched(self) -> Mapping[str, Any]:
        """The law that was fitted, once."""
        patch, self._patch = self._patch, {}
        return patch

    def _certified(self, digits: Any) -> Known:
        if type(digits) is not int or not 1 <= digits <= MOST_DIGITS:
            raise ValueError(f"digits must be in [1, {MOST_DIGITS}]; got {digits!r}.")
        found = divergence(self.p, self.q, "js", "certified", digits=digits)
        self._digits = digits
        return {"certified": found}

    def _train(self, account: bool) -> Known:
        """V(D) with its gap to max V and, of an account, what the gap is made of."""
        found = maximise_value(self.p, self.q, critic=self.state.critic, account=account)
        notes, plain = found.diagnostics, replace(found, diagnostics={})
        self.trained, self.drawn = notes["critic"], self.drawn + 1
        gap = Result.exact(notes["gap"], notes["gap_error"], found.kind, found.method, name="gap")
        words: dict[str, Any] = {"name": "l2", "unit": "", "warnings": (_RMS,)}
        away = Result.exact(notes["l2"], math.inf, found.kind, found.method, **words)
        made: dict[str, Result | NotKnown] = {"value": plain, "gap": gap, "l2": away}
        if account:
            self._account, budget = True, notes["budget"]
            made |= {
                name: replace(gap, value=v, error=e, interval=(v - e, v + e), name=name)
                for name in SPLIT
                for v, e in ((getattr(budget, name), budget.gap_error),)
            }
        return made

    def python(self, step: int | None = None) -> str:
        """The shown divergences of the two laws, the trained D, and what was asked for."""
        made = script_of(self.state.p, self.state.q, KINDS) + script_of_words(self.view)
        if self._account or self.state.critic in AT_ONCE:
            made += _TRAINING.format(critic=self.state.critic, account=self._account)
            made += _SPLITTING if self._account else ""
            made += _FAILING
        return made + (_CERTIFYING.format(digits=self._digits) if self._digits else "")


_TRAINING = """\
try:
    found = divkit.maximise_value(p, q, critic={critic!r}, account={account})
    notes = found.diagnostics
    print(f"value = {{found.value!r}} ± {{found.error!r}}")
    print(f"gap = {{notes['gap']!r}} ± {{notes['gap_error']!r}}")
    print(f"l2 = {{notes['l2']!r}}")
"""
_SPLITTING = """\
    budget = notes["budget"]
    for name in ("approximation", "estimation", "optimisation"):
        print(f"{name} = {getattr(budget, name)!r} ± {budget.gap_error!r}")
"""
_FAILING = """\
except (ValueError, ArithmeticError) as why:
    print(f"value is not known: {why}")
"""
_CERTIFYING = """\
found = divkit.divergence(p, q, "js", "certified", digits={digits})
lower, upper = found.diagnostics["lower"], found.diagnostics["upper"]
print(f"certified = {{found.value!r}} (between {{lower}} and {{upper}})")
"""
