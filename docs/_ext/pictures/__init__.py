"""Pictures of the home page and of the theory, drawn while the documentation is built.

Each module has functions that return a figure; `TABLE` names their files. A picture is drawn anew
where its module, or this one, is newer than its file: `docs/_pictures/NAME.svg`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from sphinx.application import Sphinx

from divkit.plots import style
from divkit.plots.saving import save
from pictures import evolution, game, home, likelihood, relatives, samples

TABLE: Mapping[str, Callable[[], Figure]] = {
    "home-verify": home.verified,
    "home-benchmark": home.benchmark,
    "home-curve": home.curve,
    "home-compare": home.compared,
    "eq1-likelihood": likelihood.of_samples,
    "eq2-kl": likelihood.as_kl,
    "eq3-pushforward": likelihood.pushforward,
    "eq4-payment": game.payment,
    "eq5-envelope": game.envelope,
    "eq6-best": game.best_at_points,
    "eq7-area": game.area,
    "eq8-minimum": game.minimum,
    "evolution-strip": evolution.strip,
    "evolution-runaway": evolution.runaway,
    "eq9-noise": samples.by_noise,
    "eq10-growing": samples.growing,
    "eq10-memorising": samples.memorising,
    "eq11-training": samples.training,
    "relatives-beside": relatives.beside,
    "relatives-pixel": relatives.pixel,
}
"""Each picture's file, without its ending, and what draws it."""
FOLDER = "_pictures"


def draw(folder: Path, names: Mapping[str, Callable[[], Figure]] = TABLE) -> list[str]:
    """Draw what is missing or older than its code into a folder; return the names drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, function in names.items():
        target = folder / f"{name}.svg"
        if target.exists() and target.stat().st_mtime > _newest(function):
            continue
        with style(), matplotlib.rc_context({"svg.fonttype": "path"}):
            save(function(), target)
        drawn.append(name)
    return drawn


def _newest(function: Callable[[], Figure]) -> float:
    """When the code of a picture last changed."""
    return max(Path(p).stat().st_mtime for p in (__file__, function.__code__.co_filename))


def _at_start(app: Any) -> None:
    draw(Path(app.srcdir) / FOLDER)


def setup(app: Sphinx) -> dict[str, Any]:
    """Draw before pages are read."""
    app.connect("builder-inited", _at_start)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
