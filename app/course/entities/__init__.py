"""Reads the shop through the ORM, as the endpoints do until a lesson replaces it.

Rows become ORM objects, from which Pydantic builds the response.
"""
