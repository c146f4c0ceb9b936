"""The shop as real processes, run by the process managers that people use in production.

Nothing is imported here: ``application`` is imported by every worker, which should start quickly.
"""
