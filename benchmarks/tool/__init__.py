"""Studies that test the load generator: ``python -m benchmarks.tool``."""
