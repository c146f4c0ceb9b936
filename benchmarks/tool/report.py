"""The page about the load generator."""

from pathlib import Path

from benchmarks.common.report import Report

INTRODUCTION = """# Can the load generator be trusted?

The times in every lesson come from one load generator. This page shows how it did when
`make bench-tool` put it to the test; run that command to see the results on your machine. The page
is generated, so do not edit it. The tests run the same studies in a short form.
"""
REPORT = Report(
    Path("docs/load-generator.md"),
    INTRODUCTION,
    ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg", "redis"),
)
page = REPORT.page
