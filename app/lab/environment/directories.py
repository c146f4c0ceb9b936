"""Somewhere else for what Jupyter and matplotlib write, if the home directory cannot be written."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writable_directories() -> Iterator[dict[str, str]]:
    """Meanwhile, the variables of directories that cannot be written name temporary ones. Yields
    those variables.

    Kernels cannot start without a place for their connection files. Homes are read-only in some
    containers and classrooms, and full in others.
    """
    unusable = {
        name: directory for name, directory in _directories().items() if not _can_write(directory)
    }
    before = {name: os.environ.get(name) for name in unusable}
    with tempfile.TemporaryDirectory(prefix="course-jupyter-", ignore_cleanup_errors=True) as spare:
        moved = {name: str(Path(spare) / name.lower()) for name in unusable}
        for directory in moved.values():
            Path(directory).mkdir()
        os.environ.update(moved)
        try:
            yield moved
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _directories() -> dict[str, Path]:
    from jupyter_core import paths

    home = Path("~").expanduser()
    return {
        "JUPYTER_CONFIG_DIR": Path(paths.jupyter_config_dir()),
        "JUPYTER_DATA_DIR": Path(paths.jupyter_data_dir()),
        "JUPYTER_RUNTIME_DIR": Path(paths.jupyter_runtime_dir()),
        "IPYTHONDIR": Path(os.environ.get("IPYTHONDIR") or home / ".ipython"),
        "MPLCONFIGDIR": Path(os.environ.get("MPLCONFIGDIR") or home / ".config" / "matplotlib"),
    }


def _can_write(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(bytes(4096))  # fails on a full disk
    except OSError:
        return False
    return True
