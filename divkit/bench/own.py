"""Anybody's estimator as a contestant: a Python function, a classifier, another program.

A function takes two arrays, x (n, d) and y (m, d), and returns a value, or (value, low, high) with
the ends of a 95 % interval, or a `Result`. Where it has parameters called `divergence` or `seed`
it gets the name of the divergence and the seed of the draw. Its version is that of all it uses
(`divkit.bench.own_code`).
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pickle
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.utils.discovery import all_estimators

from divkit.bench.answers import Answer, EstimatorError, answer_of
from divkit.bench.contestants import Contestant, Made
from divkit.bench.methods import parsed
from divkit.bench.own_code import OwnVersion, own_version
from divkit.bench.own_places import packed_by_place
from divkit.bench.own_state import require_stateless
from divkit.bench.program import Program
from divkit.estimators.classifiers.method import Classifier
from divkit.registry import Registry
from divkit.types import Tensor

Function = Callable[..., Any]
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class ImportedFunction:
    """A function at "package.module:name", imported where it is called.

    Attributes
    ----------
    name : in the ledger.
    place : the module, a colon, the function.
    folder : is searched for the module after the installed ones.
    """

    name: str
    place: str
    folder: str = ""

    def sources(self) -> list[str]:
        """Return the module and those that it imports."""
        self._function()  # the folder is searched from now on
        module, _, path = self.place.partition(":")
        return OwnVersion(path, (module,)).sources()

    def answer(self, x: Tensor, y: Tensor, divergence: str, seed: int) -> Answer:
        """Call the function on arrays of its own."""
        return called(self.name, self._function(), x, y, divergence, seed)

    def _function(self) -> Function:
        return imported(self.place, self.folder)


@dataclass(frozen=True)
class PackedFunction:
    """A function that was given as an object: a notebook's, a lambda, one with data of its own.

    Attributes
    ----------
    name : in the ledger.
    packed : the function by cloudpickle, for this machine's processes; no file holds it.
    version : of the function as it was packed.
    """

    name: str
    packed: bytes
    version: OwnVersion

    def sources(self) -> list[str]:
        """Return the function and the modules that it stands on."""
        return self.version.sources()

    def answer(self, x: Tensor, y: Tensor, divergence: str, seed: int) -> Answer:
        """Call the function on arrays of its own."""
        return called(self.name, unpacked(self.packed), x, y, divergence, seed)


def called(
    name: str, function: Function, x: Tensor, y: Tensor, divergence: str, seed: int
) -> Answer:
    """Return what a function says of copies of two samples.

    Raises
    ------
    EstimatorError
        If it raises, whatever it is, or returns no answer: code of anybody's is no fault of the
        benchmark's.
    """
    offered = {"divergence": divergence, "seed": seed}
    try:
        given = function(x.numpy().copy(), y.numpy().copy(), **_asked_for(function, offered))
        return answer_of(name, given)
    except EstimatorError:
        raise
    except (Exception, SystemExit) as error:
        raise EstimatorError(f"{type(error).__name__}: {error}") from error


def _asked_for(function: Function, offered: Mapping[str, object]) -> dict[str, object]:
    """Those of the options that a function takes, by name or as `**options`.

    One that its user has fixed, as `functools.partial(f, seed=7)` does, stays as it is.
    """
    takes = inspect.signature(function).parameters.values()
    named = {each.name for each in takes if each.kind in _BY_NAME}
    fixed = set(function.keywords) if isinstance(function, functools.partial) else set()
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in takes):
        named |= set(offered)
    return {key: value for key, value in offered.items() if key in named - fixed}


def own_of(name: str, given: Any) -> Contestant:
    """Return the contestant that a user's object is.

    Parameters
    ----------
    name : in the ledger.
    given : a function of two arrays; an estimator object of divkit; a classifier of scikit-learn,
        which is cross-fitted and calibrated (`divkit.estimators.classifiers.method`); a
        contestant; or a text as `own_of_text` reads it.

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> own_of("mine", lambda x, y: 0.0).name
    'mine'
    """
    if isinstance(given, str):
        return own_of_text(name, given)
    if isinstance(given, ImportedFunction | PackedFunction | Program | Made):
        return given
    if isinstance(given, BaseEstimator) and is_classifier(given):
        return _of_classifier(name, given)
    if isinstance(given, type) or not callable(given):
        raise TypeError(
            f"estimator {name!r} must be a function of two arrays, a classifier object or the "
            f"place of a function, 'package.module:function'; got {given!r}."
        )
    if is_dataclass(given):
        estimator: Any = given
        return Made.of(name, estimator)
    return packed_function(name, given)


def packed_function(name: str, function: Function) -> PackedFunction:
    """Return a function as a contestant that carries it.

    Raises
    ------
    ValueError
        If its version cannot be told (`divkit.bench.own_code.own_version`), or it cannot be sent.
    """
    require_stateless(name, function)
    version = own_version(name, function)
    try:
        packed = packed_by_place(function)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ValueError(
            f"estimator {name!r} cannot be sent to other processes: {error}. Put it in a module, "
            "and give its place, 'module:function'."
        ) from None
    return PackedFunction(name, packed, version)


def own_of_text(name: str, text: str) -> Contestant:
    """Return the contestant that a text means.

    Parameters
    ----------
    text : "package.module:function"; "sklearn:RandomForestClassifier(min_samples_leaf=20)", a
        classifier of scikit-learn with options; or "program:Rscript knn.R", a command that is run
        for each pair of samples (`divkit.bench.program`).

    Raises
    ------
    ValueError
        If there is no such module, function, classifier or program.

    Examples
    --------
    >>> own_of_text("mine", "program:Rscript fnn.R").name
    'mine'
    """
    kind, colon, rest = text.partition(":")
    if not colon or not rest:
        raise ValueError(
            f"an own estimator is NAME=package.module:function, NAME=sklearn:Classifier or "
            f"NAME=program:COMMAND; got {name}={text}."
        )
    return _KINDS[kind](name, rest) if kind in _KINDS else _imported(name, text)


def _imported(name: str, place: str) -> ImportedFunction:
    made = ImportedFunction(name, place, str(Path.cwd()))
    require_stateless(name, imported(made.place, made.folder))
    return made


@functools.cache
def imported(place: str, folder: str) -> Function:
    """Return the function at a place.

    Raises
    ------
    ValueError
        If it cannot be imported, or is no function.
    """
    module, _, path = place.partition(":")
    if folder and folder not in sys.path:
        sys.path.append(folder)
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{place!r} cannot be imported: {error}") from error
    if not callable(found):
        raise ValueError(f"{place!r} is no function: {found!r}")
    function: Function = found
    return function


@functools.cache
def unpacked(packed: bytes) -> Function:
    """Return the function that `packed_function` packed in this run."""
    function: Function = cloudpickle.loads(packed)
    return function


def _classifier(name: str, text: str) -> Made:
    """A classifier of scikit-learn by its name, cross-fitted and calibrated."""
    known: Registry[Any] = Registry("classifier of scikit-learn")
    for each, kind in all_estimators("classifier"):
        known.register(each, kind)
    which, options = parsed(text)
    kind = known[which]
    try:
        model = kind(**options)
    except TypeError as error:
        raise ValueError(f"{which} cannot be made: {error}") from None
    return _of_classifier(name, model)


def _of_classifier(name: str, model: Any) -> Made:
    """A classifier as a contestant.

    Raises
    ------
    ValueError
        If it gives no probabilities.
    """
    if not _gives_probabilities(model):
        raise ValueError(
            f"estimator {name!r}: {type(model).__name__} gives no probabilities (predict_proba), "
            "which the estimate is made of. Put it in "
            f"CalibratedClassifierCV({type(model).__name__}()), of sklearn.calibration, or take "
            "one that has them."
        )
    return Made.of(name, Classifier(model))


def _gives_probabilities(model: Any) -> bool:
    """Whether a classifier has predict_proba, some only when they are fitted."""
    if hasattr(model, "predict_proba"):
        return True
    labels = np.arange(40) % 2
    rows = np.random.default_rng(0).normal(size=(40, 1)) + labels[:, None]
    try:
        return hasattr(clone(model).fit(rows, labels), "predict_proba")
    except Exception:  # it needs other rows: what it raises there is its rows' failure
        return True


def _program(name: str, command: str) -> Program:
    return Program.of(name, command)


_KINDS: Mapping[str, Callable[[str, str], Contestant]] = {
    "sklearn": _classifier,
    "program": _program,
}
