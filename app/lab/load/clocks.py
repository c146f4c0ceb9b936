"""Processor time of other processes and threads, and of this thread's waiting for a processor."""

import os
import sys
import time
from pathlib import Path

LINUX = sys.platform == "linux"
# The kernel's numbers for a clock of another process or thread (clock_getcpuclockid(3)); psutil's
# figures are cut to hundredths of a second, as long as a twentieth of a window.
_OF_PROCESS, _OF_THREAD = 2, 6
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


def process_cpu(pid: int) -> float:
    """Processor time in seconds of all threads of a process. Raises ``OSError`` when it is gone."""
    if pid == os.getpid():
        return time.process_time()
    if LINUX:
        return time.clock_gettime(~pid << 3 | _OF_PROCESS)
    import psutil

    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.Error as error:
        raise ProcessLookupError(str(error)) from error
    return float(used.user + used.system)


def thread_cpu(native_id: int) -> float:
    """Processor time in seconds of a thread of this process; 0 when it is gone. Linux only."""
    try:
        return time.clock_gettime(~native_id << 3 | _OF_THREAD)
    except OSError:
        return 0.0


def time_in_queue() -> float:
    """Seconds that this thread was ready to run and another one ran; 0 where nobody counts them."""
    try:
        _running, queued, _slices = _SCHEDSTAT.read_bytes().split()
    except OSError:
        return 0.0
    return int(queued) / 1e9
