"""The shop as this lesson finds it. TODO: the flaw that the lesson removes.

``Overlay(middleware=layers)`` gives the shop the layers that this function returns.
Delete this file if the lesson changes nothing in the shop.
"""

from app.course.overlay import Overlay

BEFORE = Overlay()
