"""The shop on a port, for a terminal: ``course serve``."""

import time
from contextlib import suppress

from app.course.errors import CourseError
from app.course.shop import Shop
from app.course.shops import flaws_after

_LOOK_SECONDS = 0.5


def serve(after: str | None, *, workers: int, port: int) -> None:
    """Serve until Ctrl-C. Raises ``CourseError`` for an unknown lesson, a port that is taken, or a
    server that ends by itself."""
    from app.lab.services import connect
    from app.lab.serving.arm import Arm
    from app.lab.serving.copies import Copies

    try:
        shop = Shop(flaws=flaws_after(after), workers=workers)
    except LookupError as error:
        raise CourseError(str(error.args[0])) from None
    with connect("course serve") as client, Arm(shop, Copies(client), port=port) as arm:
        state = f"as it stands after {after}" if after else "finished"
        processes = "1 process" if workers == 1 else f"{workers} processes"
        print(f"The shop, {state}, in {processes}: {arm.url}/docs. Ctrl-C ends it.", flush=True)
        with suppress(KeyboardInterrupt):
            while arm.host.alive:
                time.sleep(_LOOK_SECONDS)
            raise CourseError("The server has ended by itself.")
