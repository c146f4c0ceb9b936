"""What a lesson consists of, and the shop at each stage of the course.

A lesson is a folder in ``app/lessons``. This package defines what it is written in terms of: its
description, the overlay it removes, its exercise, and the steps that judge an answer.
"""
