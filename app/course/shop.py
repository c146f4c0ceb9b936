"""A recipe for an application: the shop at one stage of the course, with parts overlaid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from fastapi import FastAPI
from pydantic import ValidationError

from app.course.errors import CourseError
from app.course.network import Network
from app.course.overlay import Overlay
from app.course.shops import build
from app.shop.settings import Settings

RESERVED = frozenset({"database_url", "redis_url", "redis_prefix", "workers"})
"""Settings that each arm gets for itself alone."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What an arm builds its application from.

    Nothing is created before the arm starts, so a shop served twice starts with an empty cache each
    time, and two arms of one comparison share neither cache nor pool.
    """

    flaws: Overlay = field(default_factory=Overlay)
    """What later lessons remove."""
    overlay: Overlay = field(default_factory=Overlay)
    """What overrides both, such as a learner's answer."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values of ``Settings`` by name."""
    workers: int = 1
    """Processes. A single one is served inside this process; several are started as separate
    processes."""
    schema: tuple[str, ...] = ()
    """SQL statements that change the arm's own copy of the database before it starts."""
    network: Network = field(default_factory=Network)
    """Simulated between the application and everyone it talks to."""

    def __post_init__(self) -> None:
        if not isinstance(self.network, Network):
            raise CourseError(
                f"network is what `lab.network(delay=…)` returns; not {self.network!r}."
            )
        if not isinstance(self.workers, int) or self.workers < 1:
            raise CourseError(
                f"workers is the number of processes, 1 or more; not {self.workers!r}."
            )
        known = Settings.model_fields.keys() - RESERVED
        for name in self.settings:
            if name in RESERVED:
                raise CourseError(f"{name} cannot be set: every arm has its own.")
            if name not in known:
                raise CourseError(
                    f"The shop has no setting {name!r}. It has: {', '.join(sorted(known))}."
                )

    def with_overlay(self, overlay: Overlay) -> Self:
        """This shop with ``overlay`` on top of what it has."""
        return replace(self, overlay=overlay.over(self.overlay))

    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """This shop with some settings changed. Raises ``CourseError`` for an unknown one."""
        return replace(self, settings={**self.settings, **settings})

    def with_workers(self, workers: int) -> Self:
        """This shop in that many processes. Raises ``CourseError`` for fewer than one."""
        return replace(self, workers=workers)

    def with_network(self, network: Network) -> Self:
        """This shop at that distance from its servers and its clients."""
        return replace(self, network=network)

    def with_schema(self, statements: Sequence[str]) -> Self:
        """This shop on a copy of the database to which the statements were applied, in order."""
        return replace(self, schema=(*self.schema, *statements))

    def configured(self, settings: Settings) -> Settings:
        """``settings`` with this shop's values. Raises ``CourseError`` for an invalid value."""
        values = {name: getattr(settings, name) for name in Settings.model_fields}
        try:
            return Settings(**{**values, **self.settings, "workers": self.workers})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"])) or "settings"
            raise CourseError(f"{name}: {first['msg']}.") from None

    def build(self, settings: Settings) -> FastAPI:
        """The application, with a pool and a cache of its own."""
        return build(self.overlay.over(self.flaws), settings)
