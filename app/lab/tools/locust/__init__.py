"""Locust from a notebook, always in processes of its own: gevent patches whatever it runs in."""
