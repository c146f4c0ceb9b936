"""The port of JupyterLab: whether it is free, or taken by this course already."""

import socket
import sys

PORT = 8888
"""JupyterLab's, unless ``course lab --port`` chooses another."""


def port_report() -> str:
    """In a few words. Raises ``OSError`` if this machine has no free port on 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
    if _is_free(PORT):
        return "127.0.0.1 has free ports"
    if PORT in _own_ports():
        return f"this course's JupyterLab runs on port {PORT}"
    return f"127.0.0.1 has free ports; {PORT} is taken, so JupyterLab will use the next one"


def _is_free(port: int) -> bool:
    with socket.socket() as wanted:
        wanted.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            wanted.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _own_ports() -> set[int]:
    """The ports of the Jupyter servers that run in this environment."""
    from jupyter_server.serverapp import list_running_servers

    return {server["port"] for server in list_running_servers() if _is_ours(server["pid"])}


def _is_ours(pid: int) -> bool:
    import psutil

    try:
        program: str = psutil.Process(pid).cmdline()[0]
    except (psutil.Error, IndexError):
        return False
    return program.startswith(sys.prefix)
