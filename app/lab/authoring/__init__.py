"""Generates notebooks from the lessons' text, compares them with it, and verifies exercises."""
