"""Notebooks: made from the lessons' text, compared with it, and their exercises tried."""
