"""The course's instruments: ``from app.lab import lab``."""
