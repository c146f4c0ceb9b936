"""Reading the shop through the ORM, as the endpoints do until a lesson does without it.

Rows become objects, and from the objects the answer's models are filled.
"""
