"""Modules and classes at the places that documents gave before: they work, with a warning.

`MODULES` says where a module lies now and `NAMES` what a name is. `install` puts the finder of
such modules behind all others, so that it is asked for nothing else.

>>> import sys, warnings
>>> known = sys.modules.pop("divkit.theory.pixels", None)  # it warns when it is imported first
>>> with warnings.catch_warnings(record=True) as warned:
...     warnings.simplefilter("always")
...     from divkit.theory.pixels import flipped
>>> print(warned[0].message)
divkit.theory.pixels is divkit.theory.dynamics.pixels: import from there.
>>> flipped.__module__
'divkit.theory.dynamics.pixels'
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False  # typing itself is not imported
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

MODULES = {
    "divkit.distributions.families_heavy": "divkit.distributions.families.heavy",
    "divkit.distributions.families_location_scale": "divkit.distributions.families.location_scale",
    "divkit.distributions.multivariate": "divkit.distributions.families.multivariate",
    "divkit.distributions.normal": "divkit.distributions.families.normal",
    "divkit.estimators.information.tasks": "divkit.problems.information_tasks",
    "divkit.exact.curves": "divkit.curves",
    "divkit.gan.autoencoder": "divkit.training.systems.autoencoder",
    "divkit.gan.batches": "divkit.training.batches",
    "divkit.gan.decoders": "divkit.generators.decoders",
    "divkit.gan.dirac_play": "divkit.training.dirac.play",
    "divkit.gan.marginal": "divkit.training.systems.marginal",
    "divkit.gan.vae": "divkit.training.systems.vae",
    "divkit.theory.minimum": "divkit.theory.game.minimum",
    "divkit.theory.pixels": "divkit.theory.dynamics.pixels",
    "divkit.theory.registry": "divkit.theory.framework.registry",
    "divkit.theory.relatives": "divkit.theory.dynamics.relatives",
    "divkit.theory.result": "divkit.theory.framework.result",
}
NAMES = {
    "divkit.comparison.Feature": ("divkit.comparison", "ColumnComparison"),
    "divkit.distributions.product.Product": ("divkit.distributions", "Product"),
    "divkit.distributions.product.product": ("divkit.distributions", "product"),
    "divkit.distributions.support.are_disjoint": (
        "divkit.distributions.null_sets",
        "are_disjoint",
    ),
    "divkit.distributions.support.difference_is_null": (
        "divkit.distributions.null_sets",
        "difference_is_null",
    ),
    "divkit.distributions.support.share_measure": (
        "divkit.distributions.null_sets",
        "share_measure",
    ),
    "divkit.estimators.classifiers.learners.Logistic": (
        "divkit.estimators.classifiers.learners",
        "LogisticClassifier",
    ),
    "divkit.estimators.classifiers.learners.Perceptron": (
        "divkit.estimators.classifiers.learners",
        "PerceptronClassifier",
    ),
    "divkit.estimators.information.api.Auto": (
        "divkit.estimators.information.auto",
        "AutoInformation",
    ),
    "divkit.estimators.information.tasks.Task": (
        "divkit.problems.information_tasks",
        "InformationTask",
    ),
    "divkit.gan.autoencoder.train_autoencoder": ("divkit.gan", "train_autoencoder"),
    "divkit.gan.marginal.train_marginal": ("divkit.gan", "train_marginal"),
    "divkit.gan.vae.train_vae": ("divkit.gan", "train_vae"),
    "divkit.games.ALONE": ("divkit.games", "IDENTITY"),
    "divkit.games.Alone": ("divkit.games", "Identity"),
    "divkit.games.Arena": ("divkit.games", "Lifting"),
    "divkit.results.BatchResult": ("divkit.batch_results", "BatchResult"),
    "divkit.results.deterministic": ("divkit.results", "Result.exact"),
}
"""A module and a dotted name in it."""
SHADES = ("divkit.distributions.product",)
"""Modules of before that have the name of what their package hands out. They are there from the
start: one that was found when asked for would take the place of that name."""


def names_of(module: str) -> Callable[[str], Any]:
    """Return `__getattr__` of a module some of whose names are others now (PEP 562)."""

    def find(name: str) -> Any:
        place = NAMES.get(f"{module}.{name}")
        if place is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        _warn(f"{module}.{name} is {'.'.join(place)}: use that.")
        found: Any = importlib.import_module(place[0])
        for part in place[1].split("."):
            found = getattr(found, part)
        return found

    return find


def _of_both(old: str, there: ModuleType) -> Callable[[str], Any]:
    """Return `__getattr__` of a moved module: its own old names, then what the new one has."""
    own, listed = names_of(old), getattr(there, "__all__", ())

    def find(name: str) -> Any:
        return getattr(there, name) if name in listed else own(name)

    return find


class MovedModules:
    """Finds and loads the modules of `MODULES`, as `sys.meta_path` asks for it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that moved; None of any other."""
        return ModuleSpec(name, self) if name in MODULES else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """None: an empty module is made."""

    def exec_module(self, module: ModuleType) -> None:
        """Let the module hand on what stands at the new place."""
        old, here = module.__name__, MODULES[module.__name__]
        _warn(f"{old} is {here}: import from there.")
        there = importlib.import_module(here)
        vars(module).update({n: v for n, v in vars(there).items() if not n.startswith("__")})
        vars(module).update(__doc__=there.__doc__, __getattr__=_of_both(old, there))


def install() -> None:
    """Ask for modules that moved where no other finder knows a name; put the shades there."""
    for name in SHADES:
        if name not in sys.modules:
            sys.modules[name] = type(sys)(name, "See `divkit.moved`.")
            vars(sys.modules[name]).update(
                __getattr__=names_of(name), __spec__=ModuleSpec(name, None)
            )
    if not any(type(finder).__qualname__ == MovedModules.__qualname__ for finder in sys.meta_path):
        sys.meta_path.append(MovedModules())


def _warn(words: str) -> None:
    import warnings  # it is not needed to start

    warnings.warn(words, DeprecationWarning, stacklevel=3)
