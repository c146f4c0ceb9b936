"""Times the parts of a worker's start."""

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
    """Seconds that an interpreter needs to start, do nothing and exit; blocking."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begin


def parts(environment: Mapping[str, str]) -> dict[str, float]:
    """Seconds of each part of a start, in a new process; blocking."""
    return dict(json.loads(_run("benchmarks.shop.start_process", environment)[0]))


def packages(environment: Mapping[str, str]) -> dict[str, float]:
    """Seconds that each package's own modules take to import for the shop, in a new process and
    descending order, according to ``-X importtime``. Blocking."""
    log = _run("app.main", {**environment, "PYTHONPROFILEIMPORTTIME": "1"})[1]
    return import_seconds(log)


def import_seconds(log: str) -> dict[str, float]:
    """The output of ``-X importtime``, summed by top-level package."""
    total: Counter[str] = Counter()
    for own, module in _IMPORT.findall(log):
        package = module.partition(".")[0]
        total[STANDARD if package in sys.stdlib_module_names else package] += int(own)
    return {package: own / 1e6 for package, own in total.most_common()}


def _run(module: str, environment: Mapping[str, str]) -> tuple[bytes, str]:
    """The stdout and stderr of a new process that runs the module."""
    process = start_module(module, stderr=subprocess.PIPE, environment={**environment, **SECRET})
    output, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"The shop could not be started: {errors.decode()}")
    return output, errors.decode()
