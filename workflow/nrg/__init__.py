"""Noise-reduced gradient attacks, and how far they transfer between classifiers.

Pixels are 0–255 everywhere, and so are ε, α and σ. No module knows Snakemake; `settings`,
`attacks`, `exhibits` and `jobs` describe the work without importing torch.
"""
