"""The studies, one claim per file."""
