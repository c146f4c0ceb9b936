"""Flask on Gunicorn."""
