"""A screen of quick numbers, for tests of what any screen does."""

from dataclasses import dataclass

from divkit.choices import choice
from divkit.lab.protocol.frames import Picture, curve
from divkit.lab.screens.screen import NotKnown, Screen
from divkit.results import Result


@dataclass(frozen=True)
class RulerState:
    length: float = choice(1.0, "In metres.", least=0.0)
    last: int = choice(3, "Step at which it comes to rest.", least=0)


WORN = 9
"""Steps that a ruler stands."""


def exact(value, **notes):
    return Result.exact(value, 0.0, "closed form", "by eye", **notes)


class Ruler(Screen):
    """A screen of quick numbers: the length, its double, and one that is not known."""

    defaults = RulerState()

    def picture(self):
        return Picture({"length": self.state.length}, {"curve": curve([0.0, 1.0])})

    def numbers(self):
        for factor in (1, 2):
            yield {f"times {factor}": exact(factor * self.state.length)}
        yield {"weight": NotKnown("rulers are not weighed")}
        self.drawn += 1

    def ask(self, what, options):
        match what:
            case "certify":
                yield {"proved": exact(1.0, lower="1.0", upper="1.1")}
            case "fault":
                raise ZeroDivisionError("a fault")
            case "memory":
                raise MemoryError
            case _:
                yield from super().ask(what, options)

    def step(self, who, n):
        for _ in range(n):
            if self.at >= WORN:
                raise ValueError("the ruler is worn out.")
            self.at += 1
        return self.at < self.state.last

    @property
    def way(self):
        return (("both", self.at),) if self.at else ()

    def python(self, step=None):
        return f"print({self.state.length})\n"


def begin(seq=1, **patch):
    return {"type": "set", "seq": seq, "screen": "ruler", "patch": patch}
