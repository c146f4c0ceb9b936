"""The README's picture: the last chart of a lesson, as its notebook measured it."""

import base64
import re

from app.lab.notebooks.notebook import code_cells, read_notebook
from app.lab.notebooks.project import Project

LESSON = "eager_loading"
PATH = "docs/measured.png"
_CHART = re.compile(r'src="data:image/png;base64,([^"]+)"[^>]*alt="Requests per second')


def write_picture(project: Project) -> None:
    """Take the picture from the notebook, where both are there."""
    lessons = [lesson for lesson in project.lessons if lesson.slug == LESSON]
    if not lessons or not project.notebook(lessons[0], "lesson").exists():
        return
    pages = [
        "".join(output.get("data", {}).get("text/html", ""))
        for _, cell in code_cells(read_notebook(project.notebook(lessons[0], "lesson")))
        for output in cell["outputs"]
    ]
    charts = [chart for page in pages for chart in _CHART.findall(page)]
    if charts:
        path = project.root / PATH
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(charts[-1]))
