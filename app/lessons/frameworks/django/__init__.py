"""Django on Gunicorn."""
