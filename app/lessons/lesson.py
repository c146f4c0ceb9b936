"""What the course knows of each lesson."""

from dataclasses import dataclass

ORDER = (
    "start_here",
    "measuring",
    "pooling",
    "eager_loading",
    "bulk_insert",
    "memory_cache",
    "redis_cache",
    "parallel_queries",
    "compression",
    "serialization",
    "streaming",
    "profiling",
    "production",
    "load_testing",
    "frameworks",
    "capstone",
)
"""All lessons, written or to come. What each will remove is there already as its ``before``."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson. Its number is its position in ``LESSONS``; timetables are computed from here."""

    slug: str
    title: str
    """The question it answers, as a colleague would ask it."""
    minutes: int
    """To read and run the notebook, without the exercise."""
    exercise_minutes: int
    takeaway: str
    """What it leaves the learner with, in one sentence."""

    @property
    def number(self) -> int:
        return LESSONS.index(self)

    @property
    def stem(self) -> str:
        """The notebook's file name without its suffix, such as ``02_pooling``."""
        return f"{self.number:02d}_{self.slug}"


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        slug="start_here",
        title="What does one request cost?",
        minutes=15,
        exercise_minutes=5,
        takeaway="Count the work of a request first; a count is the same on every machine.",
    ),
    Lesson(
        slug="measuring",
        title="Can this number be trusted?",
        minutes=35,
        exercise_minutes=10,
        takeaway="A measurement names its client, its load and its interval, or it proves nothing.",
    ),
    Lesson(
        slug="pooling",
        title="Why is the first query of every request so slow?",
        minutes=35,
        exercise_minutes=15,
        takeaway="A pool saves the connection, AUTOCOMMIT saves two round trips, and a budget over "
        "all workers keeps the server reachable.",
    ),
    Lesson(
        slug="eager_loading",
        title="Why did this page make 21 queries?",
        minutes=35,
        exercise_minutes=15,
        takeaway="Load related rows in a fixed number of statements, and let a test hold it there.",
    ),
    Lesson(
        slug="frameworks",
        title="Should we rewrite it in Go?",
        minutes=35,
        exercise_minutes=15,
        takeaway="A ratio between frameworks is a ratio between two requests: take your own "
        "request apart, and change what it spends its time on.",
    ),
)
"""Those that are written, in the order of ``ORDER``."""


def stages() -> tuple[str, ...]:
    """The slugs of all lessons in order: after each of them the shop looks a little different."""
    return ORDER


def lesson_named(slug: str) -> Lesson:
    """The lesson with that slug. Raises ``LookupError`` with the known slugs."""
    for lesson in LESSONS:
        if lesson.slug == slug:
            return lesson
    known = ", ".join(lesson.slug for lesson in LESSONS)
    raise LookupError(f"There is no lesson {slug!r}. The lessons are: {known}.")
