"""Two laws in, a `Result` out: divergences of laws with known densities.

`divkit.exact.api.divergence` is the entry, `divkit.exact.named` its functions by name,
`divkit.exact.batch.api` that for thousands of pairs. A method is a frozen value that is called
with (p, q, divergence); `divkit.exact.auto` chooses among them and says why.
"""
