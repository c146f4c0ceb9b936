"""The ``lab`` object that a notebook works with."""

from app.lab.session.guidance import Guidance
from app.lab.session.loads import Loads
from app.lab.session.requests import Requests


class Lab(Requests, Loads, Guidance):
    """One notebook's session: a private database, the shop served on it, and the instruments."""
