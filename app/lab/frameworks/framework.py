"""What is to be known of one of the five."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import app.lessons.frameworks

FOLDER = Path(next(iter(app.lessons.frameworks.__path__)))


@dataclass(frozen=True)
class Framework:
    slug: str
    """The name of its folder in ``app/lessons/frameworks``."""
    title: str
    server: str
    usual: str
    """Its community's usual data access, in a few words."""
    fastest: str
    article: int
    """Requests per second that the article claims."""
    borrowed: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    """Classes that its files import from outside their folder: path to names."""

    @property
    def folder(self) -> Path:
        return FOLDER / self.slug


class Start(Protocol):
    """A framework that can be started here."""

    @property
    def framework(self) -> Framework: ...

    @property
    def versions(self) -> Mapping[str, str]:
        """Of all that it is made of, by name."""
        ...

    def command(self, port: int, processes: int) -> list[str]: ...

    def variables(self, processes: int, connections: int) -> dict[str, str]:
        """Environment variables of its own."""
        ...


@dataclass(frozen=True)
class Missing:
    """Why a framework cannot run here."""

    framework: Framework
    remedy: str
    """One line: what is missing and how to get it."""
