"""Responses to requests that created a resource."""

from typing import Any

from fastapi import Request, Response

CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "headers": {
            "Location": {
                "description": "Where the new one is.",
                "schema": {"type": "string", "format": "uri-reference"},
            }
        }
    }
}
"""The ``responses`` of an endpoint that answers with ``created``."""


def created(request: Request, number: int, body: str) -> Response:
    """A 201 with the new resource as JSON. Its URL is that of the collection plus its id."""
    location = f"{request.url.path}/{number}"
    return Response(body, 201, {"Location": location}, "application/json")
