"""The ``course`` command."""

from app.lab.cli.application import main

__all__ = ["main"]
