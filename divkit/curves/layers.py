"""Layers on a curve's axes beside its values, and the protocol of what makes them.

An overlay is called with a curve and returns layers; it may compute laws and divergences at the
curve's parameters, or anywhere else on its path. A layer is data: it is drawn by its form, and
written and read with the curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

from divkit.plain import PlainFields

if TYPE_CHECKING:
    from divkit.curves.table import Curve

Form: TypeAlias = Literal["band", "marks", "floor", "roof", "slope", "end"]
"""A line in its band; marks with bars; a lower and an upper bound; a slope; words at an end."""
NUMBERS = ("at", "value", "low", "high")


@dataclass(frozen=True)
class Layer(PlainFields):
    """Numbers along a curve, with what they are.

    Attributes
    ----------
    name : what a legend says.
    kind : the divergence that they belong to, by name.
    form : how they are drawn.
    at, value, low, high : the walked parameter, the number there and the ends of its interval,
        (n,) each; NaN where there is none.
    level : the family's parameter; None of a single line.
    unit : of the value.
    how : what made them, with all options.
    warnings : what a reader must know, a sentence each.
    details : what else there is to say.

    Raises
    ------
    ValueError
        If there is no such form, or lengths differ.

    Examples
    --------
    >>> layer = Layer("by hand", "js", "marks", (1.0, 2.0), (0.1, 0.3), (0.0, 0.2), (0.2, 0.4))
    >>> layer.sides
    ('', '')
    """

    name: str
    kind: str
    form: Form
    at: tuple[float, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    level: float | None = None
    unit: str = ""
    how: str = ""
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.form not in get_args(Form):
            raise ValueError(f"form must be one of {get_args(Form)}; got {self.form!r}.")
        lengths = {len(getattr(self, name)) for name in NUMBERS}
        if len(lengths) > 1:
            raise ValueError(f"{', '.join(NUMBERS)} of layer {self.name!r} must be as long.")

    @property
    def sides(self) -> tuple[str, ...]:
        """At each point, from which side limits stand among the estimates; "" where none do."""
        return tuple(self.details.get("sides", ("",) * len(self.at)))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Layer:
        """Return the layer of which `to_dict` made these values."""
        known = {each.name for each in fields(cls)}
        if set(plain) != known:
            raise ValueError(f"a layer has {sorted(known)}; got {sorted(plain)}.")
        numbers = {name: tuple(map(float, plain[name])) for name in NUMBERS}
        return cls(**{**plain, **numbers, "warnings": tuple(plain["warnings"])})


class Overlay(Protocol):
    """A frozen value whose fields are its options; its repr goes into its layers.

    >>> import divkit
    >>> from divkit.curves import Bounds
    >>> bounds: Overlay = Bounds(by=("tv",))
    >>> [layer.name for layer in bounds(divkit.curve("shift", values=[0.5, 1.0]))]
    ['≤ log 2 · TV', '≥ log 2 − h((1 − TV)/2)']
    """

    def __call__(self, curve: Curve) -> Sequence[Layer]:
        """Return what stands on the curve's axes.

        Raises
        ------
        ValueError
            If it does not go with this curve.
        """
        ...


def overlaid(curve: Curve, overlays: Iterable[Overlay]) -> Curve:
    """Return a curve with the layers of these overlays.

    Raises
    ------
    ValueError
        If the curve is a map, or an overlay does not go with it.
    """
    for overlay in overlays:
        if curve.is_map:
            raise ValueError(f"{overlay!r} goes with a line; over two parameters there is a map.")
        curve = curve.with_layers(*overlay(curve))
    return curve
