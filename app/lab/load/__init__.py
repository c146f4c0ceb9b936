"""Load generation from a separate process, and the conclusions it supports."""

from app.lab.load.bench import Bench, bench
from app.lab.load.comparison import Comparison
from app.lab.load.errors import LoadError, Unreachable, WorkerDied
from app.lab.load.measurement import Measurement
from app.lab.load.measuring import compare, measure
from app.lab.load.process import LoadProcess
from app.lab.load.statistics import Ratio, Verdict
from app.lab.load.target import Request, Target
from app.lab.load.window import Window

__all__ = [
    "Bench",
    "Comparison",
    "LoadError",
    "LoadProcess",
    "Measurement",
    "Ratio",
    "Request",
    "Target",
    "Unreachable",
    "Verdict",
    "Window",
    "WorkerDied",
    "bench",
    "compare",
    "measure",
]
