"""How the package is built: names that stand once, short signatures, modes that are no texts.

`DOUBLES` and `MOST_COMPARISONS` may only shrink.
"""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import divkit

ROOT = Path(divkit.__file__).parent


@cache
def trees() -> dict[str, ast.Module]:
    """The modules of the package by path, read once."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(ROOT.rglob("*.py"))
    }


EDGES = (
    "__main__.py", "cli/", "critics/devices", "distributions/adapt", "distributions/parse",
    "samples/doubles", "samples/intake",
)  # fmt: skip
"""Where texts come from outside: what is typed, expressions of laws, other libraries' objects."""
MOST_COMPARISONS = 4
MOST_PARAMETERS = 10
KEYWORDS = {
    "critics/maximise.py: maximise_value",
    "training/gan/api.py: train_gan",
    "training/systems/api.py: train_system",
}
"""Entry points whose keywords are promised."""
DOUBLES = {
    "Comparison", "Transformed",
}  # fmt: skip


def is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return bool(node.elts) and all(map(is_text, node.elts))
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def comparisons(tree: ast.Module) -> Iterator[str]:
    """Yield what compares a value with texts: x == "a", x in ("a", "b"); a `match` is dispatch."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False)
            for op, left, right in sides:
                equal = isinstance(op, ast.Eq | ast.NotEq)
                within = isinstance(op, ast.In | ast.NotIn)
                if (equal and (is_text(left) or is_text(right))) or (within and is_text(right)):
                    yield f"{node.lineno}: {ast.unparse(node)}"


def test_modes_are_types_or_entries_of_registries_and_not_texts_compared():
    found = [
        f"{path}:{line}"
        for path, tree in trees().items()
        if not path.startswith(EDGES)
        for line in comparisons(tree)
    ]
    assert len(found) <= MOST_COMPARISONS, "\n".join(found)


def test_the_search_finds_each_way_of_comparing():
    code = 'x == "a"; "a" != x; x in ("a", "b"); x in "ab"; x == 1; x in y; x in {"a": 1}'
    assert len(list(comparisons(ast.parse(code)))) == 4


def test_no_new_class_has_the_name_of_another():
    homes = defaultdict(list)
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(path)
    doubles = {name: where for name, where in homes.items() if len(where) > 1}
    assert not {name: where for name, where in doubles.items() if name not in DOUBLES}


def test_no_function_outside_the_command_line_takes_more_than_ten_parameters():
    found = []
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not path.startswith("cli/"):
                own = node.args
                count = len([*own.posonlyargs, *own.args, *own.kwonlyargs])
                count += bool(own.vararg) + bool(own.kwarg)
                if count > MOST_PARAMETERS:
                    found.append(f"{path}: {node.name}")
    assert sorted(set(found) - KEYWORDS) == []


def test_private_names_stay_in_their_package():
    found = [
        f"{path}:{node.lineno}: {node.module}.{each.name}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("divkit")
        for each in node.names
        if private(each.name, str(node.module), path)
    ]
    assert found == []


def private(name: str, module: str, path: str) -> bool:
    """Say whether a name of another module, or a module of another package, is private."""
    hidden = [part for part in module.split(".") if part.startswith("_")]
    here = "divkit." + ".".join(path.split("/")[:-1])
    return (name.startswith("_") and not name.startswith("__")) or (
        bool(hidden) and module.rpartition(".")[0] != here.rstrip(".")
    )


def texts_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield docstrings, those of attributes too: every text that stands alone as a statement."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text


def test_docstrings_open_with_a_noun_or_an_imperative():
    found = [
        f"{path}:{line}: {text.splitlines()[0]}"
        for path, tree in trees().items()
        for line, text in texts_of(tree)
        if text.startswith(("What ", "How "))
    ]
    assert found == []


def estimator_floors() -> list[str]:
    """The modules of `estimators` that are no estimators, from above."""
    settings = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (layers,) = [c["layers"] for c in contracts if c.get("containers") == ["divkit.estimators"]]
    return [name for layer in layers for name in layer.split(" | ")]


def estimator_imports() -> Iterator[tuple[str, str, str]]:
    """Yield a file of `estimators`, its module or folder there, and one that it imports."""
    for path, tree in trees().items():
        if path.startswith("estimators/") and path != "estimators/__init__.py":
            own = path.split("/")[1].removesuffix(".py")
            for node in ast.walk(tree):
                parts = str(getattr(node, "module", "")).split(".")
                if isinstance(node, ast.ImportFrom) and parts[:2] == ["divkit", "estimators"]:
                    yield path, own, parts[2] if len(parts) > 2 else node.names[0].name


def test_an_estimator_knows_the_floors_below_it_and_no_other_estimator():
    """`make layers` holds the floors apart; an estimator is what is not listed there."""
    floors = estimator_floors()
    below = floors[floors.index("cross_fitted") :]
    found = []
    for path, own, other in estimator_imports():
        if own not in floors and other != own and other not in below:
            found.append(f"{path} imports {other}, which is above it or another estimator")
        if own in below and other not in floors:
            found.append(f"{path} imports {other}, an estimator")
    assert found == []
    assert len({own for _, own, _ in estimator_imports()} - set(floors)) >= 10


def test_scripts_import_modules_of_the_package_that_are_there():
    """Benchmarks and pages are run by hand: a module that moved away would be missed there."""
    root, lost = Path(__file__).parent.parent, []
    for path in [
        p for folder in ("benchmarks", "docs", "examples") for p in (root / folder).rglob("*.py")
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("divkit."):
                place = root.joinpath(*(node.module or "").split("."))
                if not (place.is_dir() or place.with_suffix(".py").is_file()):
                    lost.append(f"{path.name}: {node.module}")
    assert not lost


def drawn_late(tree: ast.Module) -> Iterator[str]:
    """Yield the tests that draw from a generator of their module, which others have moved on."""
    made = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and "default_rng(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            own = {argument.arg for argument in node.args.args}
            asked = {
                each.value.id
                for each in ast.walk(node)
                if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name)
            }
            if (made - own) & asked:
                yield node.name


def test_no_test_draws_from_a_generator_that_others_share():
    """Its rows would depend on which tests ran before it in the same worker."""
    found = {
        f"{path.stem}: {name}"
        for path in Path(__file__).parent.rglob("test_*.py")
        for name in drawn_late(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not found
    late = "R = np.random.default_rng(0)\ndef test_a():\n    x = R.normal()"
    assert list(drawn_late(ast.parse(late))) == ["test_a"]
    assert not list(drawn_late(ast.parse(late.replace("test_a()", "test_a(R)"))))
