"""Hooks that report what SQLAlchemy, Pydantic and FastAPI build and convert.

All of them are public: SQLAlchemy's ``load`` event, the methods of Pydantic's ``TypeAdapter`` and
``BaseModel``, and FastAPI's ``jsonable_encoder``.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from app.lab.wire.instances import instances
from app.lab.wire.tally import Count, Tally

Function: TypeAlias = Callable[..., Any]


class Hooks:
    """Reports to what ``tally`` returns, which depends on the request; ``None`` for nobody."""

    def __init__(self, tally: Callable[[], Tally | None]) -> None:
        self._tally = tally
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        """Owner, name, the hook, and what it replaces."""

    def install(self) -> None:
        for name in ("validate_python", "validate_json", "validate_strings"):
            self._replace(TypeAdapter, name, self._validating)
        for name in ("model_validate", "model_validate_json", "model_validate_strings"):
            self._replace(BaseModel, name, self._validating)
        self._replace(BaseModel, "__init__", self._initializing)
        self._replace(BaseModel, "model_construct", self._counting("constructed"))
        for owner, prefix in ((TypeAdapter, "dump"), (BaseModel, "model_dump")):
            python = "dump_python" if owner is TypeAdapter else prefix
            self._replace(owner, python, self._counting("python_dumps"))
            self._replace(owner, f"{prefix}_json", self._counting("json_dumps"))
        for module in _holders(jsonable_encoder):
            self._replace(module, "jsonable_encoder", self._counting("encoder_calls"))
        event.listen(Mapper, "load", self._loaded)

    def remove(self) -> None:
        if event.contains(Mapper, "load", self._loaded):
            event.remove(Mapper, "load", self._loaded)
        while self._replaced:
            owner, name, _, original = self._replaced.pop()
            setattr(owner, name, original)

    @property
    def are_installed(self) -> bool:
        """Whether all of them are still in place."""
        return event.contains(Mapper, "load", self._loaded) and all(
            vars(owner).get(name) is hook for owner, name, hook, _ in self._replaced
        )

    def _replace(self, owner: Any, name: str, hook_for: Callable[[Function], Function]) -> None:
        original = vars(owner)[name]
        hook: Any = (
            classmethod(hook_for(original.__func__))
            if isinstance(original, classmethod)
            else hook_for(original)
        )
        setattr(owner, name, hook)
        self._replaced.append((owner, name, hook, original))

    def _validating(self, method: Function) -> Function:
        @wraps(method)
        def hook(*args: Any, **kwargs: Any) -> Any:
            tally = self._tally()
            if tally is None:
                return method(*args, **kwargs)
            given = _identities((args, kwargs))
            validated = method(*args, **kwargs)
            tally.validated(one for one in instances(validated) if id(one) not in given)
            return validated

        return hook

    def _initializing(self, method: Function) -> Function:
        # Pydantic recognizes its own ``__init__`` by an attribute, which ``wraps`` copies.
        @wraps(method)
        def hook(model: BaseModel, /, **data: Any) -> None:
            tally = self._tally()
            if tally is None:
                method(model, **data)
                return
            given = _identities(data)
            method(model, **data)
            tally.validated(one for one in instances(model) if id(one) not in given)

        return hook

    def _counting(self, name: Count) -> Callable[[Function], Function]:
        def hook_for(function: Function) -> Function:
            @wraps(function)
            def hook(*args: Any, **kwargs: Any) -> Any:
                tally = self._tally()
                if tally is not None:
                    tally.count(name)
                return function(*args, **kwargs)

            return hook

        return hook_for

    def _loaded(self, _entity: object, _context: object) -> None:
        tally = self._tally()
        if tally is not None:
            tally.count("loaded")


def _identities(value: Any) -> set[int]:
    return {id(one) for one in instances(value)}


def _holders(function: Function) -> list[Any]:
    """The modules that have imported ``function`` under its own name."""
    name = function.__name__
    # A notebook's module has several names.
    modules = {id(module): module for module in list(sys.modules.values())}.values()
    return [module for module in modules if getattr(module, "__dict__", {}).get(name) is function]
