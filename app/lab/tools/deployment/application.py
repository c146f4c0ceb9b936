"""The application that the managers load: ``app.lab.tools.deployment.application:create``.

It is the finished shop, or a recipe that the environment carries, with settings from the
environment as in production. Every response says which process sent it.
"""

import base64
import gc
import os
import pickle

from starlette.types import ASGIApp

from app.lab.tools.deployment.journal import LOADED, report
from app.lab.tools.deployment.reporting import Reporting
from app.shop.settings import Settings

RECIPE = "COURSE_RECIPE"
"""The environment variable with a pickled ``Shop``; without it, the finished shop is served."""


def create() -> ASGIApp:
    report(LOADED)  # by the manager, where it loads the application before it forks
    app = Reporting(_shop(Settings()))
    # As app.main does, and so that forked workers share what was allocated before.
    gc.freeze()
    return app


def _shop(settings: Settings) -> ASGIApp:
    recipe = os.environ.get(RECIPE)
    if recipe is None:
        from app.shop import create_app

        return create_app(settings)
    shop: ASGIApp = pickle.loads(base64.b64decode(recipe)).build(settings)
    return shop
