"""Rendering of results: tables and charts in a notebook, text in a terminal."""
