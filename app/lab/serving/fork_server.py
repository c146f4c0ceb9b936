"""A process that forks workers: ``python -m app.lab.serving.fork_server``, started by ``forking``.

A worker imports for a second or two before it can serve. This process does that once, and has
neither threads nor an event loop, so a fork of it is a worker as good as new.
"""

import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from app.course.catalogue import stages
from app.course.overlay import overlay_of
from app.lab.serving import worker
from app.shop.cache import redis as _client  # noqa: F401  the shop imports it when it is needed

assert sys.platform == "linux", "forking says where there can be a fork server"


def main() -> int:
    """Fork a worker for each message until the other end of the socket is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for slug in stages():
        overlay_of(slug)
    signal.signal(signal.SIGCHLD, _reap)
    gc.collect()
    gc.freeze()  # so that collections in the workers leave the shared memory alone
    while True:
        _, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not descriptors:
            return 0
        if _fork(control, descriptors):
            os._exit(_work(control, descriptors))


def _fork(control: socket.socket, descriptors: Sequence[int]) -> bool:
    """Whether this is the child. The parent sends its PID and a descriptor of the process."""
    # The child must not be reaped before there is a descriptor of it.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    try:
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return True
        process = os.pidfd_open(pid)
        socket.send_fds(control, [pid.to_bytes(8)], [process])
        for descriptor in (process, *descriptors):
            os.close(descriptor)
        return False
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def _work(control: socket.socket, descriptors: Sequence[int]) -> int:
    """Be a worker: standard streams first, then the listening socket."""
    control.close()
    *streams, listener = descriptors
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    try:
        return worker.main(socket.socket(fileno=listener))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _reap(_: int, __: FrameType | None) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


if __name__ == "__main__":
    sys.exit(main())
