"""CPU time of other processes and threads, and how long this thread waited for a core."""

import os
import sys
import time
from pathlib import Path

LINUX = sys.platform == "linux"
# The kernel's IDs for the CPU clock of another process or thread (clock_getcpuclockid(3)). psutil
# truncates to hundredths of a second, which is a twentieth of a window.
_PROCESS_CLOCK, _THREAD_CLOCK = 2, 6
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


def process_cpu(pid: int) -> float:
    """CPU seconds of all threads of a process. Raises ``OSError`` if it has exited."""
    if pid == os.getpid():
        return time.process_time()
    if LINUX:
        return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)
    import psutil

    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.Error as error:
        raise ProcessLookupError(str(error)) from error
    return float(used.user + used.system)


def thread_cpu(native_id: int) -> float:
    """CPU seconds of a thread of this process; 0 if it has exited. Linux only."""
    try:
        return time.clock_gettime(~native_id << 3 | _THREAD_CLOCK)
    except OSError:
        return 0.0


def run_queue_time() -> float:
    """Seconds that this thread was runnable but had no core; 0 where the system does not count."""
    try:
        _running, queued, _slices = _SCHEDSTAT.read_bytes().split()
    except OSError:
        return 0.0
    return int(queued) / 1e9
