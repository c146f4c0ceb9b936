"""The figures, one claim per file."""
