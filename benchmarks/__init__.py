"""Benchmarks that test the course's claims about the load generator and the shop."""
