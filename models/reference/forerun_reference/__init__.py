"""Reference networks: the architectures that world models are made of, at the sizes that robots run.

Definitions are plain PyTorch, exported as a user would; weights are random but seeded, so that every machine measures
the same numbers. `catalogue` says which and how large, `export` and `quantize` write files.
"""

__version__ = "0.1.0"
