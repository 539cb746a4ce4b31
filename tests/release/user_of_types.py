"""A user's module: it is checked by mypy against the installed package, and runs."""

from __future__ import annotations

import divkit
from divkit.distributions import Normal

found: divkit.Result = divkit.js_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
value: float = found.value
low, high = found.interval
print(f"{low:.6f} ≤ {value:.6f} ≤ {high:.6f}", divkit.parse_law("normal(0, 1)").dim)
