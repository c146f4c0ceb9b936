"""Errors as problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy import exc
from starlette.exceptions import HTTPException as StarletteHTTPException

from app.shop.methods import allowed_methods

MEDIA_TYPE = "application/problem+json"

# SQLSTATE classes: connection failure, authentication failure, unknown database, insufficient
# resources, server shutting down or starting up.
UNAVAILABLE = ("08", "28", "3D", "53", "57P")
QUERY_CANCELED = "57014"
ROLLED_BACK = "40"
"""SQLSTATE class of deadlocks and serialization failures."""
MAX_ERRORS = 20
"""Errors listed in one response: a body can be wrong in a hundred thousand places."""


class FieldError(BaseModel):
    """One error in the request."""

    location: str
    """The invalid value, such as ``query.limit`` or ``body.author_id``."""
    detail: str


class Problem(BaseModel):
    """Problem details of an error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] | None = None


class NotFound(HTTPException):
    """The resource does not exist: 404."""

    def __init__(self, kind: str, number: int) -> None:
        super().__init__(404, f"There is no {kind} {number}.")


class Invalid(Exception):
    """The request is well formed, but some of its values are not acceptable: 422."""

    def __init__(self, location: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = [FieldError(location=location, detail=detail)]


class DatabaseUnavailable(Exception):
    """PostgreSQL cannot be reached, or rejects the connection: 503."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` argument of an endpoint or router that can return these problems."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs")
    schema["properties"]["errors"]["anyOf"][0]["items"] = definitions["FieldError"]
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


NOT_FOUND = documented(404)


def problem(
    status: int,
    detail: str | None = None,
    *,
    errors: list[FieldError] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors
    ).model_dump_json(exclude_none=True)
    return Response(body, status, {"Cache-Control": "no-store", **(headers or {})}, MEDIA_TYPE)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    detail = None if error.detail == phrase else str(error.detail)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        # The exception lists the methods of one route; others may have the same path.
        headers["Allow"] = ", ".join(allowed_methods(request.scope))
    return problem(error.status_code, detail, headers=headers)


async def _validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Do not echo the input: it may be large, secret or not even valid text.
    errors = [
        FieldError(location=".".join(str(part) for part in one["loc"])[:200], detail=one["msg"])
        for one in error.errors()[:MAX_ERRORS]
    ]
    return problem(422, "The request is not valid.", errors=errors)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, Invalid)
    return problem(422, "The request is not valid.", errors=error.errors)


async def _conflict(_: Request, __: Exception) -> Response:
    return problem(409, "Another request changed what this one builds on.")


async def _busy(_: Request, __: Exception) -> Response:
    return problem(503, "All database connections are in use.", headers={"Retry-After": "1"})


async def _unavailable(_: Request, __: Exception) -> Response:
    return problem(503, "The database cannot be reached.", headers={"Retry-After": "1"})


async def _timed_out(_: Request, __: Exception) -> Response:
    return problem(
        503, "The database took too long and was interrupted.", headers={"Retry-After": "5"}
    )


async def _database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, exc.DBAPIError)
    if error.connection_invalidated:
        return await _unavailable(request, error)
    return await _by_sqlstate(request, error.orig or error, error)


async def _driver_error(request: Request, error: Exception) -> Response:
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return await _conflict(request, error)
    return await _by_sqlstate(request, error, error)


async def _by_sqlstate(request: Request, cause: BaseException, error: Exception) -> Response:
    sqlstate = getattr(cause, "sqlstate", None) or ""
    if sqlstate.startswith(UNAVAILABLE):
        return await _unavailable(request, error)
    if sqlstate.startswith(ROLLED_BACK):
        return await _conflict(request, error)
    if sqlstate == QUERY_CANCELED:
        return await _timed_out(request, error)
    raise error


async def _value_error(request: Request, error: Exception) -> Response:
    """A number in the path with too many digits for ``int()`` raises during routing: 404."""
    if "endpoint" in request.scope:
        raise error
    return problem(404)


async def _unexpected(_: Request, __: Exception) -> Response:
    return problem(500)


def answer_with_problems(app: FastAPI) -> None:
    """Register exception handlers that turn errors into problem responses."""
    handlers = {
        StarletteHTTPException: _http_error,
        RequestValidationError: _validation_error,
        Invalid: _invalid,
        exc.IntegrityError: _conflict,
        exc.TimeoutError: _busy,
        exc.DBAPIError: _database_error,
        asyncpg.PostgresError: _driver_error,
        DatabaseUnavailable: _unavailable,
        ValueError: _value_error,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
