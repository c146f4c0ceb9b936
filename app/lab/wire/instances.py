"""Finds the models and dataclasses in a value."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

_COLLECTIONS = (list, tuple, set, frozenset, deque)


def instances(value: Any) -> Iterator[Any]:
    """Every instance of a Pydantic model or a dataclass in ``value``, at any depth, once.

    It looks into collections, mappings, models and dataclasses, and into nothing that it could use
    up or change, such as a generator or an ORM object.
    """
    seen: set[int] = set()
    left = [value]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, BaseModel):
            yield one
            left += [*vars(one).values(), one.model_extra]
        elif is_dataclass(one) and not isinstance(one, type) and not hasattr(one, "__mapper__"):
            yield one
            left += [getattr(one, field.name, None) for field in fields(one)]
        elif isinstance(one, Mapping):
            left += one.values()
        elif isinstance(one, _COLLECTIONS):
            left += one
