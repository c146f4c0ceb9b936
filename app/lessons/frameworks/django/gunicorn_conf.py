"""Threads, as Gunicorn's documentation recommends for requests that wait on a database: the default
worker serves one request at a time and closes every connection. Gunicorn itself reads
WEB_CONCURRENCY.
"""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
threads = int(os.environ["POOL_SIZE"])  # one connection per thread
keepalive = 75  # seconds; longer than the proxy in front keeps idle connections
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112
