"""What a lesson is made of, and the shop as it stands at each of them.

A lesson is a folder in ``app/lessons``. This package has the words it is written in: its
description, the overlay it removes, its exercise, and the steps that judge an answer.
"""
