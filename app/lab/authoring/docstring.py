"""A docstring in sections: what it says, its arguments, its result, what it raises."""

import re
from dataclasses import dataclass, field
from inspect import cleandoc

from app.course.errors import CourseError

_HEADING = re.compile(r"^(Args|Returns|Yields|Raises):$")
_ITEM = re.compile(r"^    ([\w.]+): (.*)$")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Docstring:
    """All text is Markdown."""

    text: str
    args: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    """Or what it yields."""
    raises: tuple[tuple[str, str], ...] = ()
    """Each exception's name and when it is raised."""

    @property
    def summary(self) -> str:
        """The first sentence."""
        paragraph = " ".join(self.text.partition("\n\n")[0].split())
        return re.split(r"(?<=\.)\s", paragraph)[0]


def parse_docstring(docstring: str) -> Docstring:
    """Raises ``CourseError`` for a section that cannot be read."""
    lines = cleandoc(docstring).replace("``", "`").splitlines()
    sections: dict[str, list[str]] = {"": []}
    name = ""
    for line in lines:
        if heading := _HEADING.match(line):
            name = heading[1]
            sections[name] = []
        else:
            sections[name].append(line)
    return Docstring(
        text="\n".join(sections.pop("")).strip(),
        args=dict(_items(sections.get("Args", []))),
        returns=_flowing(sections.get("Returns", sections.get("Yields", []))),
        raises=tuple(_items(sections.get("Raises", []))),
    )


def _items(lines: list[str]) -> list[tuple[str, str]]:
    """``name: text`` entries; a line that is indented further continues the one above."""
    found: list[tuple[str, str]] = []
    for line in filter(str.strip, lines):
        if item := _ITEM.match(line):
            found.append((item[1], item[2]))
        elif found and line.startswith(2 * _INDENT):
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        else:
            raise CourseError(f"A docstring's section has a line without a name: {line.strip()!r}.")
    return found


def _flowing(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
