"""The learner's machine: what the course needs from it, and JupyterLab on it."""
