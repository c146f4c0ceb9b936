from app.lab.authoring.project import Project, this_project
from app.lab.learner.asked import predictions_asked


def test_it_knows_the_names_of_all_calls(course: Project) -> None:
    assert predictions_asked("counting", course) == ()
    source = course.source(course.lessons[1], "lesson")
    calls = "lab.predict(one=None, two=None)\nlab.predict(\n    three=None,\n)\n"
    source.write_text(f"Text.\n\n```python\n{calls}```\n")
    assert predictions_asked("counting", course) == ("one", "two", "three")


def test_what_is_recalled_was_asked_for() -> None:
    """In the course's own lessons."""
    assert "round_trips" in predictions_asked("start_here", this_project())
