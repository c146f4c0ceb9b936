"""Runs a notebook in a separate kernel."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from app.lab.authoring.notebook import Notebook, text_of
from app.lab.environment import writable_directories

FailureKind = Literal["raised", "too long", "kernel died"]
CELL_FILE = re.compile(r"\([^()\s]*(?:\d+\.py|<[^>]*>), line ")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended early. ``cell`` counts all cells from 1."""

    kind: FailureKind
    cell: int
    source: str
    """The first line of code in the cell."""
    error: str

    def __str__(self) -> str:
        return f"cell {self.cell} (`{self.source}`): {self.error}"


def execute(
    notebook: Notebook, folder: Path, *, timeout: float, environment: dict[str, str] | None = None
) -> tuple[Notebook, Failure | None]:
    """The notebook with the outputs of a fresh kernel in ``folder``, up to the first failure.

    ``timeout``: seconds per cell. ``environment``: the kernel's, by default this process's.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    node = nbformat.reads(json.dumps(notebook), as_version=4)  # type: ignore[no-untyped-call]
    reached: list[int] = []
    failure = None
    try:
        with writable_directories() as moved, TemporaryDirectory(prefix="kernel-") as sockets:
            client = _client(node, folder, timeout, reached, Path(sockets))
            client.execute(env={**(environment or os.environ), **moved})
    except CellExecutionError as error:
        failure = _failure(node, reached, "raised", last_line(error.ename, error.evalue))
    except CellTimeoutError:
        failure = _failure(node, reached, "too long", f"it ran for more than {timeout:g} s.")
    except DeadKernelError:
        failure = _failure(node, reached, "kernel died", "the kernel died.")
    stored = nbformat.writes(node)  # type: ignore[no-untyped-call]
    return json.loads(stored), failure


def _client(node: Any, folder: Path, timeout: float, reached: list[int], sockets: Path) -> Any:
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    from app.lab.environment.kernels import SafeKernelSpecs

    # Without folders to search, "python3" means this interpreter, whatever else is installed.
    specs = SafeKernelSpecs(kernel_dirs=[])
    manager = AsyncKernelManager(
        kernel_name="python3", kernel_spec_manager=specs, **_connection(sockets)
    )
    client = NotebookClient(
        node,
        km=manager,
        timeout=timeout,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        on_cell_execute=lambda cell, cell_index: reached.append(cell_index),  # noqa: ARG005
        resources={"metadata": {"path": str(folder)}},
    )
    # Otherwise a kernel that was passed in keeps running.
    client.owns_km = True
    return client


def _connection(sockets: Path) -> dict[str, str]:
    """How to reach the kernel: through sockets in that folder, where the system has them.

    A TCP port may be taken by another process between the moment it is chosen and the kernel's
    start.
    """
    import zmq

    file = sockets / "kernel.json"
    longest = os.fsencode(file.with_name("kernel-ipc-5"))
    if zmq.has("ipc") and len(longest) <= zmq.IPC_PATH_MAX_LEN:
        return {"transport": "ipc", "connection_file": str(file)}
    return {"transport_encryption": "auto" if zmq.has("curve") else "disabled"}


def _failure(node: Any, reached: list[int], kind: FailureKind, error: str) -> Failure:
    index = reached[-1] if reached else 0
    lines = text_of(node.cells[index].source).strip().splitlines() if node.cells else []
    return Failure(kind, index + 1, lines[0] if lines else "", error)


def last_line(name: str, value: str) -> str:
    """The last line of a traceback, without the file name that represents the cell."""
    lines = [line for line in value.strip().splitlines() if line.strip()]
    text = CELL_FILE.sub("(line ", lines[-1].strip()) if lines else ""
    return f"{name}: {text}" if text else name


def author_environment() -> dict[str, str]:
    """For published notebooks: full-length measurements, and no record of progress."""
    kept = {name: value for name, value in os.environ.items() if name != "COURSE_SHORT"}
    return kept | {"COURSE_PROGRESS": "off"}
