"""Where this lesson's locustfile is. It is not imported: Locust would patch this process."""

from pathlib import Path

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
