"""How long a lesson may be: short enough for busy people to finish it."""

import re
from collections.abc import Iterator

from app.lab.authoring.notebook import Notebook, code_cells, text_of

MOST_WORDS = 1_100
MOST_CELLS = 25
_WORD = re.compile(r"\w[\w’'.,-]*")


def words(notebook: Notebook) -> int:
    """The words of its prose, without the generated box on top and the links at the end."""
    prose = [text_of(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] != "code"]
    return len(_WORD.findall(" ".join(prose[1:-1])))


def too_long(notebook: Notebook) -> Iterator[str]:
    """A sentence for each limit that the lesson exceeds."""
    if (counted := words(notebook)) > MOST_WORDS:
        yield f"it has {counted:,} words; {MOST_WORDS:,} are the most"
    if (cells := sum(1 for _ in code_cells(notebook))) > MOST_CELLS:
        yield f"it has {cells} cells of code; {MOST_CELLS} are the most"
