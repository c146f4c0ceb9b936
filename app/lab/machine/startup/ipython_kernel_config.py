"""IPython's configuration for the kernels of the course's environment."""

import sys

import course_first  # type: ignore[import-untyped]

if course_first.ACTIVE:
    # IPython would put the notebook's directory before the packages, and a file there, such as
    # redis.py, in the place of a package.
    sys.path.append("")
    configuration = get_config()  # type: ignore[name-defined]  # noqa: F821 (IPython's loader)
    # The user's file is for a terminal, and may fail here.
    configuration.InteractiveShellApp.exec_PYTHONSTARTUP = False
