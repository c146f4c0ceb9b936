"""How near is the finished shop to the best that could be? ``python -m benchmarks.shop`` tells."""
