"""The page about the load generator."""

from pathlib import Path

from benchmarks.common.report import Report

INTRODUCTION = """# Can the load generator be trusted?

Every lesson's times come from one load generator. This page is what `make bench-tool` found when it
was put to the test; run it to see what it finds on your machine. It is generated: do not edit it.
The tests hold a short form of it.
"""
REPORT = Report(
    Path("docs/load-generator.md"),
    INTRODUCTION,
    ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg", "redis"),
)
page = REPORT.page
