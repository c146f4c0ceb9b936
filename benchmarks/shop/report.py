"""The page about the shop's speed."""

from pathlib import Path

from benchmarks.common.report import Report

INTRODUCTION = """# How close is the shop to the best possible?

Requests per second say something about a machine. A program can be judged by how close it comes to
what its own tools reach without it: the database driver alone, the framework alone. This page shows
the results of `make bench`, from one run per claim. Everything that is compared runs at the same
time, and the course's load generator sends requests to each in turn, in random order. A ratio has a
95 % interval, and a claim holds only if it holds for the whole interval. Run the command to see the
results on your machine; with more cores, the servers, the database and the client get in each
other's way less. The page is generated, so do not edit it. The tests make the same figures in a
short form.
"""
PACKAGES = (
    *("fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools"),
    *("sqlalchemy", "asyncpg", "redis", "orjson"),
)
REPORT = Report(Path("docs/shop-speed.md"), INTRODUCTION, PACKAGES)
