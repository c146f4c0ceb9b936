"""Is the load generator as good as it says? ``python -m benchmarks.tool`` finds out."""
