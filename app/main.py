"""The finished shop, for an ASGI server: ``uvicorn app.main:app``."""

import gc

from app.shop import create_app

app = create_app()
# Everything allocated so far lives until the process exits. Without freezing it, each full garbage
# collection would scan it again and block the event loop for some 30 ms.
gc.freeze()
