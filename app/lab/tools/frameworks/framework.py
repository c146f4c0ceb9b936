"""The description of a framework, and the interface through which it is started."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import app.lessons.frameworks

FOLDER = Path(next(iter(app.lessons.frameworks.__path__)))


@dataclass(frozen=True)
class Framework:
    slug: str
    """Also the name of its folder in ``app/lessons/frameworks``."""
    title: str
    server: str
    usual: str
    """The data access that is usual in its community, in a few words."""
    fastest: str
    article: int
    """Requests per second claimed by the article."""
    borrowed: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)
    """Classes that it imports from outside its folder: path to names."""

    @property
    def folder(self) -> Path:
        return FOLDER / self.slug


class Start(Protocol):
    """A framework that can be started here."""

    @property
    def framework(self) -> Framework: ...

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of everything that it consists of, by name."""
        ...

    def command(self, port: int, processes: int) -> list[str]: ...

    def variables(self, processes: int, connections: int) -> dict[str, str]:
        """Environment variables specific to this framework."""
        ...


@dataclass(frozen=True)
class Missing:
    """Why a framework cannot run here."""

    framework: Framework
    remedy: str
    """One line that says what is missing and how to get it."""
