"""Visitors of the shop: ``locust --headless -f locustfile.py --users 50 --run-time 2m --host URL``.

The exit code is 0 if the limits below were kept, and 1 if not.
"""

import os
import random
from collections.abc import Callable
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import WorkerRunner

EMAIL = os.environ.get("SHOP_EMAIL", "test@example.com")
PASSWORD = os.environ.get("SHOP_PASSWORD", "testpass123")
WORDS = ("heart", "red", "christmas", "bag", "light", "paper", "box")

MOST_FAILED = 0.001
P99_MS = 200
FEWEST = 50
"""Requests; fewer show nothing."""
LOGIN = "/api/auth/login"


class Visitor(FastHttpUser):
    """Logs in once, then looks around."""

    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        login = self.client.post(LOGIN, json={"email": EMAIL, "password": PASSWORD})
        if login.status_code != 200:
            raise StopUser  # it has been counted as a failure
        self.headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        self.categories = self.read("/api/categories", "/api/categories", bool)
        self.products: list[int] = []
        if not self.categories:
            raise StopUser

    @task(3)
    def list_products(self) -> None:
        category = random.choice(self.categories)["id"]
        path = f"/api/products?limit=20&category={category}"
        page = self.read(path, "/api/products?category=…", lambda page: bool(page["items"]))
        if page:
            self.products = [product["id"] for product in page["items"]]

    @task(2)
    def show_product(self) -> None:
        """One of those listed; the first ones most often."""
        if self.products:
            weights = [1 / rank for rank in range(1, len(self.products) + 1)]
            [wanted] = random.choices(self.products, weights)
            path = f"/api/products/{wanted}"
            self.read(path, "/api/products/…", lambda product: bool(product["id"] == wanted))

    @task(1)
    def search(self) -> None:
        path = f"/api/products/search?q={random.choice(WORDS)}"
        self.read(path, "/api/products/search?q=…", bool)

    @task(1)
    def dashboard(self) -> None:
        path = "/api/dashboard"
        self.read(path, path, lambda seen: bool(seen["account"]["email"] == EMAIL))

    def read(self, path: str, name: str, is_right: Callable[[Any], bool]) -> Any:
        """The JSON at ``path``; ``None``, and a failure, if it is wrong."""
        with self.client.get(path, name=name, headers=self.headers, catch_response=True) as answer:
            try:
                found = answer.json()
                if answer.status_code == 200 and is_right(found):
                    return found
            except (ValueError, LookupError, TypeError):
                pass
            answer.failure(f"status {answer.status_code}, wrong content")
            return None


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Set the exit code. Without this, it is 1 for a single failure and 0 however slow it was."""
    runner = environment.runner
    if runner is None or isinstance(runner, WorkerRunner):
        return  # the master judges
    stats = environment.stats
    waits = {
        name: entry.get_response_time_percentile(0.99)
        for (name, _), entry in stats.entries.items()
        if name != LOGIN  # slow on purpose: it hashes a password
    }
    reasons = [
        *([f"only {stats.total.num_requests} requests"] * (stats.total.num_requests < FEWEST)),
        *([f"{stats.total.fail_ratio:.2%} failed"] * (stats.total.fail_ratio > MOST_FAILED)),
        *(f"{name}: p99 {wait:.0f} ms" for name, wait in waits.items() if wait > P99_MS),
        *(f"raised {one['msg']}" for one in runner.exceptions.values()),
    ]
    print("; ".join(reasons) or "All limits were kept.")
    environment.process_exit_code = 1 if reasons else 0
