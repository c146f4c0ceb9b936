"""How close is the finished shop to the best possible? ``python -m benchmarks.shop`` measures."""
