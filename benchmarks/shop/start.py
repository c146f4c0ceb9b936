"""A worker's start, part by part."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping

from app.lab.load.process import start_module
from benchmarks.shop.worker import SECRET

STANDARD = "standard library"
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def python_alone() -> float:
    """Seconds from the start of an interpreter that does nothing to its end; blocking."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begin


def parts(environment: Mapping[str, str]) -> dict[str, float]:
    """Seconds of each part of a start in a new process; blocking."""
    return dict(json.loads(_run("benchmarks.shop.start_process", environment)[0]))


def packages(environment: Mapping[str, str]) -> dict[str, float]:
    """Seconds that each package's own modules took to import for the shop in a new process, the
    most first: what ``-X importtime`` tells. Blocking."""
    told = _run("app.main", {**environment, "PYTHONPROFILEIMPORTTIME": "1"})[1]
    return shares(told)


def shares(told: str) -> dict[str, float]:
    """What ``-X importtime`` has ``told``, by top-level package."""
    total: Counter[str] = Counter()
    for own, module in _IMPORT.findall(told):
        package = module.partition(".")[0]
        total[STANDARD if package in sys.stdlib_module_names else package] += int(own)
    return {package: own / 1e6 for package, own in total.most_common()}


def _run(module: str, environment: Mapping[str, str]) -> tuple[bytes, str]:
    """What a new process that runs the module prints on stdout and stderr."""
    process = start_module(module, stderr=subprocess.PIPE, environment={**environment, **SECRET})
    output, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"The shop could not be started: {errors.decode()}")
    return output, errors.decode()
