"""What ``course new`` makes a lesson from: ``common``, and a folder for each kind of exercise.

Each is a part of a working lesson with the slug ``new_lesson``. What an author has to write is
marked with TODO.
"""
