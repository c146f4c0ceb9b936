import shutil
from pathlib import Path

import pytest

from app.course.lesson import Lesson
from app.lab.authoring.project import Project

LESSON = """\
Count them.

```sql
SELECT 1
```

```python
numbers = [1, 2, 3]
```

```python tags=["raises-exception"]
raise ValueError("as expected")
```

{{ timetable }}

```python
sum(numbers)
```
"""

EXERCISE = """\
Make a list of three numbers.

```python
from minilab import lab

await lab.start("counting")
```

<!-- #region tags=["only-exercise"] -->
Edit the next cell.
<!-- #endregion -->

```python tags=["stub"]
answer = None
```

```python tags=["solution"]
answer = [1, 2, 3]
```

<!-- #region tags=["only-solution"] -->
Three, because the goal says so.
<!-- #endregion -->

```python
await lab.check(answer)
```
"""

ATTEMPTS = """\
from app.course.exercise import Attempt

ATTEMPTS = (
    Attempt("two", "Got 2 numbers", edits=((", 3]", "]"),)),
    Attempt("none", "Got 0 numbers", source="answer = []"),
    Attempt("four", "Got 4 numbers", edits=(("3]", "3, 4]"),)),
    Attempt("five", "Got 5 numbers", edits=(("3]", "3, 4, 5]"),)),
    Attempt("divided by zero", "ZeroDivisionError", source="answer = [1 / 0]", outcome="error"),
    Attempt("tuple of three", source="answer = list((4, 5, 6))", outcome="passed"),
    Attempt("comprehension", source="answer = [n for n in range(3)]", outcome="passed"),
    Attempt("awaited", source="import asyncio\\nanswer = await asyncio.sleep(0, [1, 2, 3])",
            outcome="passed"),
)
"""

README = """\
# A course

<!-- timetable -->
<!-- /timetable -->

The end.
"""

LESSONS = (
    Lesson(
        "welcome",
        0,
        "What is this?",
        abilities="read",
        takeaway="It is small.",
        changes="nothing",
        prerequisites="Python",
        written=True,
    ),
    Lesson(
        "counting",
        1,
        "How many are there?",
        exercise_title="three numbers",
        exercise_minutes=10,
        exercise_difficulty="hard",
        abilities="count",
        takeaway="Three.",
        changes="a list",
        builds_on=("welcome", "planned"),
        written=True,
    ),
)


@pytest.fixture
def course(tmp_path: Path) -> Project:
    """A course of two lessons, the second with an exercise. Nothing is built."""
    sources = tmp_path / "sources"
    for folder in ("welcome", "counting"):
        (sources / folder).mkdir(parents=True)
    (sources / "welcome" / "lesson.md").write_text("Add them.\n\n```python\n1 + 1\n```\n")
    (sources / "counting" / "lesson.md").write_text(LESSON)
    (sources / "counting" / "exercise.md").write_text(EXERCISE)
    (sources / "counting" / "attempts.py").write_text(ATTEMPTS)
    (tmp_path / "README.md").write_text(README)
    for folder in ("exercises", "solutions"):
        (tmp_path / folder).mkdir()
        shutil.copy(Path(__file__).with_name("minilab.py"), tmp_path / folder)
    return Project(root=tmp_path, sources=sources, lessons=LESSONS)
