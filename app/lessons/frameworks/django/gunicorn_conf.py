"""Threads, as Gunicorn's documentation recommends where requests wait for a database: the default
worker answers one at a time and closes every connection. Gunicorn reads WEB_CONCURRENCY itself.
"""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
threads = int(os.environ["POOL_SIZE"])  # a connection for each of them
keepalive = 75  # seconds; more than the proxy in front keeps a connection
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112
