"""An attribute that does not exist, with the one that was probably meant."""

from difflib import get_close_matches

from app.course.errors import CourseError


class UnknownAttribute(CourseError, AttributeError):
    """A sentence in a notebook, an ``AttributeError`` for Python."""


def unknown_attribute(owner: object, called: str, name: str) -> AttributeError:
    """The error for ``called.name``, where ``owner`` is known as ``called``."""
    if name.startswith("_"):  # Python and Jupyter ask for many
        return AttributeError(name)
    public = [known for known in dir(owner) if not known.startswith("_")]
    matches = get_close_matches(name, public, n=1)
    meant = f" Did you mean `{called}.{matches[0]}`?" if matches else ""
    return UnknownAttribute(f"`{called}` has no `{name}`.{meant}")
