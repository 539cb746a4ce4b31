"""Critics under clipping and gradient penalty: see `divkit.training.gan.lipschitz`."""

from divkit.training.gan.lipschitz import *  # noqa: F403
