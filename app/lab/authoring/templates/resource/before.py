"""The shop as this lesson finds it. TODO: the flaw that the lesson removes.

``Overlay(database=open_database)`` has the shop open its database with that function.
Delete this file if the lesson changes nothing in the shop.
"""

from app.course.overlay import Overlay

BEFORE = Overlay()
