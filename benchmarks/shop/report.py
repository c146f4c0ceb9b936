"""The page about the shop's speed."""

from pathlib import Path

from benchmarks.common.report import Report

INTRODUCTION = """# How near is the shop to the best that could be?

Requests per second say something about a machine. What can be said of a program is how near it
comes to what its own tools can do without it: the database driver alone, the framework alone. This
page is what `make bench` found, in one run for each claim, with everything that is compared live at
the same time and asked in turn, in random order, by the course's load generator. A ratio has a 95 %
interval, and a claim holds only if the whole interval does. Run it to see what it finds on your
machine; on one with more cores the servers, the database and the client are less in each other's
way. It is generated: do not edit it. The tests hold a short form of it.
"""
PACKAGES = (
    *("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools"),
    *("sqlalchemy", "asyncpg", "redis", "orjson"),
)
REPORT = Report(Path("docs/shop-speed.md"), INTRODUCTION, PACKAGES)
