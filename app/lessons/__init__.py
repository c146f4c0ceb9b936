"""The lessons, in order. A lesson's position here is the number in its file names."""

from app.lessons.lesson import LESSONS, Lesson, lesson_named

__all__ = ["LESSONS", "Lesson", "lesson_named"]
