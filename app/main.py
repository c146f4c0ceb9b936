"""The finished shop, for an ASGI server: ``uvicorn app.main:app``."""

from app.shop import create_app

app = create_app()
