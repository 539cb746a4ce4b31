"""Answer requests: one JSON line in, one out. Runs in the peers' environment.

{"peer": "ITE-style", "divergence": "kl", "x": "x.npy", "y": "y.npy", "seed": 3}
{"value": 0.49, "seconds": 0.01, "failure": ""}
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
from methods import PEERS


def answer(request: dict[str, str]) -> dict[str, object]:
    """Run one peer on one pair of samples; what it raises becomes its reason."""
    peer = PEERS[request["peer"]][request["divergence"]]
    x, y = np.load(request["x"]), np.load(request["y"])
    began = time.process_time()
    try:
        value = peer(x, y, int(request["seed"]))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return {"value": None, "seconds": 0.0, "failure": f"{type(error).__name__}: {error}"}
    return {"value": value, "seconds": time.process_time() - began, "failure": ""}


def main() -> None:
    """Serve standard input until it ends."""
    warnings.simplefilter("ignore")  # peers warn of their own optimisers; the value is judged
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
