import pytest

from app.course.errors import CourseError
from app.lab.authoring.build import build
from app.lab.authoring.compare import faults
from app.lab.authoring.project import Project, this_project
from app.lab.authoring.reference import VERBS, path_of, reference

CALL = """
```python
await lab.serve(
    *routers: Router,
    app: App | None = None,
    at: str = "shop",
    **more: int,
) -> Note
```
"""
PUBLIC = '_HOMES = {"Point": "app.lab.shapes", "opened": "app.lab.shapes"}\n'
SHAPES = '''
@dataclass
class Point:
    """A place."""

    x: float = 0.0
    """To the right, in metres."""

    def moved(self, by: float) -> "Point":
        """Another.

        Args:
            by: In metres.

        Returns:
            The place there.
        """


@contextmanager
def opened(name: str) -> Iterator[str]:
    """A file.

    Args:
        name: Of the file.

    Yields:
        Its text.
    """
'''
STATE = '''
DEFAULT = "shop"
App: TypeAlias = Shop | str
"""What can be served."""
'''
SERVING = '''
from app.lab.session.state import DEFAULT


class Serving:
    """A part of it."""

    async def serve(
        self, *routers: Router, app: "App | None" = None, at: str = DEFAULT, **more: int
    ) -> Note:
        """Serve it. Then go on.

        Args:
            routers: Parts.
            app: The whole | thing.
            at: A name.
            more: Counts.

        Returns:
            Where it is.

        Raises:
            CourseError: where it does not start.
        """

    @property
    def url(self) -> str:
        """Where the shop is."""

    def close(self) -> None:
        """Stop."""

    def _inside(self): ...
'''


@pytest.fixture
def documented(course: Project) -> Project:
    """A course with a lab of two verbs, one property and two names."""
    lab = course.root / "app" / "lab"
    lab.mkdir(parents=True)
    (course.root / "docs").mkdir()
    (lab / "__init__.py").write_text(PUBLIC)
    (lab / "shapes.py").write_text(SHAPES)
    session = lab / "session"
    session.mkdir()
    (session / "state.py").write_text(STATE)
    (session / "serving.py").write_text(SERVING)
    for home, name in list(VERBS.items())[1:]:
        (session / f"{home}.py").write_text(f"class {name}: ...\n")
    return course


def edit(course: Project, module: str, old: str, new: str) -> None:
    path = course.root / "app" / "lab" / f"{module}.py"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_a_verb_has_its_call_arguments_result_and_errors(documented: Project) -> None:
    text = reference(documented)
    assert "### `lab.serve`" in text
    assert CALL in text
    assert "- `app`: The whole | thing.\n- `at`: A name." in text
    assert "**Result**: Where it is." in text
    assert "**Raises**: `CourseError` where it does not start." in text
    assert "`App` is `Shop | str`: What can be served." in text


def test_the_overview_links_to_each_verb(documented: Project) -> None:
    text = reference(documented)
    assert "| [`lab.serve`](#labserve) | Serve it. |" in text
    assert "| [`lab.url`](#laburl) | Where the shop is. |" in text
    assert "[`Point`](#point)" in text


def test_exported_names_stand_with_fields_and_methods(documented: Project) -> None:
    text = reference(documented)
    assert "```python\nPoint(x: float = 0.0)\n```" in text
    assert "- `x`: To the right, in metres." in text
    assert "#### `Point.moved`" in text
    assert "```python\nwith opened(name: str) as str\n```" in text


def test_what_is_private_stays_so(documented: Project) -> None:
    assert "_inside" not in reference(documented)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("session/serving", "            at: A name.\n", ""),
        ("session/serving", "            app: The", "            app_: The"),
        ("session/serving", "        Returns:\n            Where it is.\n", ""),
        ("session/serving", '        """Where the shop is."""', "        ..."),
        ("session/serving", '        """Stop."""', "        ..."),
        ("shapes", '    """To the right, in metres."""\n', ""),
        ("shapes", "    Yields:\n        Its text.\n", ""),
        ("shapes", "def opened", "def closed"),
    ],
)
def test_documentation_that_lacks_something_is_a_fault(
    documented: Project, module: str, old: str, new: str
) -> None:
    edit(documented, module, old, new)
    with pytest.raises(CourseError):
        reference(documented)


def test_it_is_built_and_compared_with_the_notebooks(documented: Project) -> None:
    def told() -> list[str]:
        return [fault for fault in faults(documented) if "docs/lab.md" in fault]

    assert told()
    build(documented, run=False, report=lambda _: None)
    assert path_of(documented).read_text() == reference(documented)
    assert not told()
    edit(documented, "session/serving", "Stop.", "Stop it.")
    assert told() == ["docs/lab.md is not what the docstrings say; run `course build`"]


def test_a_course_without_a_lab_has_no_reference(course: Project) -> None:
    assert reference(course) == ""
    assert not [fault for fault in faults(course) if "lab.md" in fault]


def test_no_verb_of_this_course_hides_its_arguments() -> None:
    assert "**options" not in reference(this_project())
