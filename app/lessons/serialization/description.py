"""What the description of an API says about the fields of a response."""

import re
from collections.abc import Mapping
from typing import Any, Optional, TypeAlias

Fields: TypeAlias = dict[str, Optional["Fields"]]
"""The fields of an object by name, with those of the objects inside."""

PATHS = {"/users": r"/users/?", "/orders/{order_id}": r"/orders/\{\w+\}/?"}
"""The endpoints of the exercise, and how a description may write their paths."""


def described(description: Mapping[str, Any], path: str) -> Fields | None:
    """The fields of the response to a GET of the first path that matches ``path``."""
    for found, methods in description.get("paths", {}).items():
        if re.fullmatch(path, found) and "get" in methods:
            content = methods["get"]["responses"].get("200", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            return fields_of(schema, description.get("components", {}).get("schemas", {}))
    return None


def fields_of(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Fields | None:
    """The fields of the objects that ``schema`` describes, or of those in its arrays; ``None`` if
    it describes no object. ``known`` are schemas by name."""
    if "$ref" in schema:
        return fields_of(known[schema["$ref"].rpartition("/")[2]], known)
    if "items" in schema:
        return fields_of(schema["items"], known)
    if "properties" not in schema:
        return None
    return {name: fields_of(inner, known) for name, inner in schema["properties"].items()}
