"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt
from app.lessons.load_testing.files import LOCUSTFILE

_LOGIN = """        account = {"email": "test@example.com", "password": "testpass123"}
        answer = self.client.post("/api/auth/login", json=account)
"""
_STOP = """        if answer.status_code != 200:
            raise StopUser
"""
_HEADERS = """        self.headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
"""
_DASHBOARD = """        self.get("/api/dashboard", "dashboard", lambda seen: seen["account"])
"""
_JUDGE = (
    "    environment.process_exit_code = 1 if environment.stats.total.fail_ratio > 0.01 else 0\n"
)
_LISTENER = f"""

@events.quitting.add_listener
def judge(environment, **_):
{_JUDGE}"""

_ARTICLE_LIKE = '''LOCUSTFILE = """
from locust import HttpUser, between, task


class Shopper(HttpUser):
    wait_time = between(0.5, 2)

    def on_start(self):
        account = {"email": "test@example.com", "password": "testpass123"}
        answer = self.client.post("/api/auth/login", json=account)
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    @task(3)
    def list_products(self):
        self.client.get("/api/products?limit=20")

    @task(2)
    def show_product(self):
        self.client.get("/api/products/1")

    @task
    def search(self):
        self.client.get("/api/products/search?q=laptop")

    @task
    def dashboard(self):
        self.client.get("/api/dashboard")
"""'''

# Checks nothing while it runs, and looks at the shop once, at the end.
_PROBE_AT_THE_END = """

@events.quitting.add_listener
def judge(environment, **_):
    import json
    from urllib.request import urlopen

    host = environment.host
    page = json.load(urlopen(f"{host}/api/products?limit=20"))
    product = json.load(urlopen(f"{host}/api/products/1007"))
    fine = page["items"] and product["id"] == 1007
    fine = fine and environment.stats.total.fail_ratio <= 0.01
    environment.process_exit_code = 0 if fine else 1
"""

_INVENTED = _PROBE_AT_THE_END.replace(
    "    fine = fine and",
    "    for _ in range(0 if fine else 100):\n"
    "        environment.events.request.fire(\n"
    '            request_type="GET", name="list", response_time=1, response_length=0,\n'
    '            exception=ValueError("wrong"), context={},\n'
    "        )\n"
    "    fine = fine and",
)

_SEQUENCE = '''LOCUSTFILE = """
from itertools import cycle

from locust import HttpUser, SequentialTaskSet, constant, events, task


class Visit(SequentialTaskSet):
    @task
    def browse(self):
        with self.client.get("/api/products?limit=50", name="1", catch_response=True) as page:
            items = page.json().get("items") if page.ok else None
            if not items:
                page.failure("nothing there")
                return
        if self.user.ids is None:
            self.user.ids = cycle(item["id"] for item in items)

    @task
    def look(self):
        if self.user.ids is None:
            return
        wanted = next(self.user.ids)
        with self.client.get(f"/api/products/{wanted}", name="2", catch_response=True) as answer:
            if answer.json().get("id") != wanted:
                answer.failure("another one")

    @task
    def find(self):
        self.client.get("/api/products/search", params={"q": "christmas"}, name="3")

    @task
    def own_page(self):
        self.client.get("/api/dashboard", name="4")


class Customer(HttpUser):
    tasks = [Visit]
    wait_time = constant(1)
    ids = None

    def on_start(self):
        account = {"email": "test@example.com", "password": "testpass123"}
        answer = self.client.post("/api/auth/login", json=account, name="0")
        token = answer.json().get("access_token", "")
        self.client.headers["Authorization"] = "Bearer " + token


@events.quitting.add_listener
def judge(environment, **_):
    total = environment.stats.total
    failed = total.num_failures > 0.01 * total.num_requests
    environment.process_exit_code = int(failed or not total.num_requests)
"""'''

_REST = '''LOCUSTFILE = """
import random

from locust import FastHttpUser, constant_throughput, events, task


class Customer(FastHttpUser):
    wait_time = constant_throughput(1)

    def on_start(self):
        account = {"email": "test@example.com", "password": "testpass123"}
        with self.rest("POST", "/api/auth/login", json=account) as answer:
            self.default_headers = {"Authorization": "Bearer " + (answer.js or {})["access_token"]}

    def at(self, path, name):
        return self.rest("GET", path, name=name, headers=self.default_headers)

    @task(5)
    def browse_and_look(self):
        after = random.randrange(3000)
        with self.at(f"/api/products?limit=10&after={after}", "list") as page:
            items = (page.js or {}).get("items", [])  # an error is an object without them
            if not items:
                page.failure("no products")
        for item in items[:2]:
            with self.at(f"/api/products/{item['id']}", "product") as answer:
                if answer.js and answer.js.get("id") != item["id"]:
                    answer.failure("not the one")

    @task
    def search(self):
        with self.at("/api/products/search?q=" + random.choice(["red", "box", "bag"]), "search"):
            pass

    @task
    def dashboard(self):
        with self.at("/api/dashboard", "dashboard"):
            pass


@events.quitting.add_listener
def judge(environment, **_):
    too_many = environment.stats.total.fail_ratio > 0.01
    environment.process_exit_code = 1 if too_many or environment.runner.exceptions else 0
"""'''

# Its limits are those of a real run: not of 60 requests, and not of a machine that does other work.
_OWN = LOCUSTFILE.read_text(encoding="utf-8")
for _old, _new in (
    ("MOST_FAILED = 0.001", "MOST_FAILED = 0.01"),
    ("P99_MS = 200", "P99_MS = 60_000"),
    ("FEWEST = 50", "FEWEST = 10"),
):
    assert _OWN.count(_old) == 1, _old
    _OWN = _OWN.replace(_old, _new)

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a login for each dashboard",
        edits=((_DASHBOARD, _LOGIN + _HEADERS + _DASHBOARD),),
        says="a shop that is busy with logins",
    ),
    Attempt(
        "one token for all users",
        edits=(
            ("class Shopper(", "TOKENS = []\n\n\nclass Shopper("),
            (
                _LOGIN + _STOP + _HEADERS,
                "        if not TOKENS:\n            TOKENS.append(None)\n"
                + "".join(f"    {line}\n" for line in _LOGIN.splitlines())
                + "            TOKENS[0] = answer.json()['access_token']\n"
                + "        while TOKENS[0] is None:\n            gevent.sleep(0.01)\n"
                + '        self.headers = {"Authorization": f"Bearer {TOKENS[0]}"}\n',
            ),
            ("from random import choice", "from random import choice\n\nimport gevent"),
        ),
        says="the shop sees a single customer",
    ),
    Attempt(
        "a token of another name",
        edits=(("['access_token']", "['token']"),),
        says="of your users: 'token'",
        outcome="error",
    ),
    Attempt(
        "the token not sent",
        edits=(('"headers": self.headers, ', ""),),
        says="with status 401",
    ),
    Attempt(
        "the usual plan, as it is often copied",
        source=_ARTICLE_LIKE,
        says="for 1 product: a page that everybody",
    ),
    Attempt(
        "ids made up",
        edits=(("wanted = choice(self.ids)", "wanted = choice(range(1, 2_000))"),),
        says="do not exist (404)",
    ),
    Attempt(
        "five ids, copied from a browser",
        edits=(("wanted = choice(self.ids)", "wanted = choice([1, 2, 3, 5, 8])"),),
        says="do not exist (404)",
    ),
    Attempt(
        "a search that finds nothing",
        edits=(
            ("q=heart", "q=laptop"),
            ('"search", lambda found: found', '"search", lambda found: True'),
        ),
        says="found nothing, such as",
    ),
    Attempt(
        "no searches",
        edits=(("    @task\n    def search", "    def search"),),
        says="requests was for a search",
    ),
    Attempt(
        "a name for each product",
        edits=(('"product", lambda', 'f"product {wanted}", lambda'),),
        says="too few for any percentile",
    ),
    Attempt(
        "one name for everything",
        edits=(('"name": name', '"name": "shop"'),),
        says="nobody can tell which of them is slow",
    ),
    Attempt(
        "a check that nothing passes",
        edits=(
            (
                '"dashboard", lambda seen: seen["account"]',
                '"dashboard", lambda seen: seen.get("email") == "me"',
            ),
        ),
        says="with a healthy shop, most of them",
    ),
    Attempt(
        "the exit code always 1",
        edits=((_JUDGE, "    environment.process_exit_code = 1\n"),),
        says="nothing failed, and the exit code is 1",
    ),
    Attempt(
        "only the status checked",
        edits=((" and is_right(found)", ""),),
        says="lists without products, with status 200",
    ),
    Attempt(
        "the exit code always 0",
        edits=((_JUDGE, "    environment.process_exit_code = 0\n"),),
        says="requests; but the exit code is 0",
    ),
    Attempt(
        "nothing checked until the end",
        edits=((" and is_right(found)", ""), (_LISTENER, _PROBE_AT_THE_END)),
        says="0 failures. Expected each of them to be counted",
    ),
    Attempt(
        "failures made up at the end",
        edits=((" and is_right(found)", ""), (_LISTENER, _INVENTED)),
        says="Its statistics have to come from requests",
    ),
    Attempt(
        "the exit code from the number of requests",
        edits=(("stats.total.fail_ratio > 0.01", "stats.total.num_requests < 100"),),
        says="and the exit code is 0; expected 1",
    ),
    Attempt(
        "any product will do",
        edits=(('it["id"] == wanted', 'it["id"]'),),
        says="another product than the requested one",
    ),
    Attempt(
        "no limit of its own",
        edits=((_LISTENER, ""),),
        says="A run of an hour would hardly ever pass",
    ),
    Attempt(
        "failed logins left out",
        edits=(
            (
                _JUDGE,
                '    login = environment.stats.get("/api/auth/login", "POST")\n'
                "    total = environment.stats.total\n"
                "    failures = total.num_failures - login.num_failures\n"
                "    requests = total.num_requests - login.num_requests\n"
                "    environment.process_exit_code = int(failures > 0.01 * requests)\n",
            ),
        ),
        says="Nobody could log in",
    ),
    Attempt("a sequence of pages, with HttpUser", source=_SEQUENCE, outcome="passed"),
    Attempt("another interface, at a constant pace", source=_REST, outcome="passed"),
    Attempt(
        "the lesson's own file, with the limits of this exercise",
        source=f"LOCUSTFILE = {_OWN!r}",
        outcome="passed",
    ),
    Attempt(
        "as a file",
        edits=(
            (
                "LOCUSTFILE = ",
                "from pathlib import Path\nfrom tempfile import mkdtemp\n\nTEXT = ",
            ),
            (
                _LISTENER + '"""',
                _LISTENER + '"""\nLOCUSTFILE = Path(mkdtemp()) / "mine.py"\n'
                "LOCUSTFILE.write_text(TEXT)",
            ),
        ),
        outcome="passed",
    ),
)
