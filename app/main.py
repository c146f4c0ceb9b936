"""The finished shop, for an ASGI server: ``uvicorn app.main:app``."""

import gc

from app.shop import create_app

app = create_app()
# What is there now stays until the process ends. To look through it again for garbage would stop
# the event loop for some 30 ms each time, which requests that make many objects bring about.
gc.freeze()
