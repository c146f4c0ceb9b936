"""A shop in several processes below one that py-spy has started.

``python -m app.lab.tools.profiling.family``. What to serve is read from standard input, and served
until that ends. A line of JSON on standard output says where, or why not.
"""

import json
import sys
from contextlib import suppress

from app.course.errors import CourseError
from app.lab.serving.pipe import Pipe
from app.lab.serving.workers import Workers


def main() -> int:
    pipe = Pipe(sys.stdin.buffer, sys.stdout.buffer)
    try:
        sys.path += [entry for entry in pipe.receive() if entry not in sys.path]
        shop, settings = pipe.receive()
    except EOFError:
        return 0
    try:
        workers = Workers(shop, settings)
    except CourseError as error:
        print(json.dumps({"failed": str(error)}), flush=True)
        return 1
    print(json.dumps({"url": workers.url}), flush=True)
    with suppress(EOFError, OSError):
        pipe.receive()
    workers.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
