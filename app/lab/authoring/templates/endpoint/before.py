"""The shop as this lesson finds it. TODO: the flaw that the lesson removes.

``Overlay(routers=(router,))`` puts the endpoints of a router in the place of the shop's own.
Delete this file if the lesson changes nothing in the shop.
"""

from app.course.overlay import Overlay

BEFORE = Overlay()
