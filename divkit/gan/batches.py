"""The points of a training without a critic: see `divkit.training.batches`."""

from divkit.training.batches import *  # noqa: F403
