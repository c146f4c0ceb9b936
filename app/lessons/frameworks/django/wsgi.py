"""WSGI on Gunicorn with threads, the deployment Django's documentation names first. Not ASGI: the
ORM is synchronous, so each query would occupy a thread there as well.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "app.lessons.frameworks.django.settings")

application = get_wsgi_application()
