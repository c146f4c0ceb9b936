"""One notebook's session: the verbs of ``lab``, by what they do."""

from app.lab.session.lab import Lab
from app.lab.session.state import App

__all__ = ["App", "Lab"]
