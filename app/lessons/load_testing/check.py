"""The exercise: a locustfile, judged by what the shop saw of it and by how its runs end."""

from collections.abc import Callable
from functools import partial

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.kinds import LocustExercise
from app.course.kinds.locust import LocustTrial
from app.course.locust import LocustObservation
from app.course.visits import Visits
from app.course.wording import count_of
from app.lessons.load_testing.faults import (
    LISTS,
    LOGIN,
    closed,
    empty_lists,
    failing,
    mixed_up_products,
    renewed,
)

DASHBOARD, SEARCH = "/api/dashboard", "/api/products/search"
FEWEST_PRODUCTS = 5
NAMES = (5, 7)
"""The fewest and the most lines that the statistics may have: one for each kind of request."""
REQUESTS = 110
"""One failure in so many is less than 1 %."""
FEW = 40
NOTHING_FOUND = 2
"""Bytes of an empty list."""

Judge = Callable[[LocustObservation], Refusal | None]


def of_trial(name: str, judge: Judge) -> Callable[[Evidence], Refusal | None]:
    """A step that judges that trial once it has run."""

    def step(evidence: Evidence) -> Refusal | None:
        seen = evidence.extra.get(name)
        return None if seen is None else judge(seen)

    return step


def runs(seen: LocustObservation) -> Refusal | None:
    """No user raises an exception."""
    for message, times in seen.results.exceptions.items():
        return Refusal(
            f"With a healthy shop, {count_of(times, 'exception')} of your users: {message}.",
            outcome="error",
        )
    return None


def counts_what_was_sent(seen: LocustObservation) -> Refusal | None:
    """Locust's statistics are about requests that the shop has received."""
    counted, received = seen.results.total.requests, len(seen.seen)
    if counted > received:
        return Refusal(
            f"Locust counted {counted} requests, and the shop received {received}. Its statistics "
            "have to come from requests."
        )
    return None


def logs_in_once(seen: LocustObservation) -> Refusal | None:
    """As many logins as users."""
    logins = len(seen.seen.exactly(LOGIN, method="POST"))
    if logins == seen.users:
        return None
    why = (
        "A login hashes a password, slowly on purpose, so a shop that is busy with logins says "
        "little about anything else."
        if logins > seen.users
        else "With one token for all, the shop sees a single customer."
    )
    return Refusal(f"{seen.users} users logged in {count_of(logins, 'time')}. {why}")


def shows_dashboards(seen: LocustObservation) -> Refusal | None:
    """The dashboard is requested by those who are logged in."""
    refused = [one for one in seen.seen.exactly(DASHBOARD).requests if one.status == 401]
    if refused:
        return Refusal(
            f"The shop refused {count_of(len(refused), 'dashboard')} with status 401: the token of "
            "the login has to go with the request.",
        )
    return None


def visits_everything(seen: LocustObservation) -> Refusal | None:
    """Every kind of page is requested."""
    pages = {
        "a list of products": seen.seen.exactly(LISTS),
        "a product": seen.seen.products,
        "a search": seen.seen.exactly(SEARCH),
        "the dashboard": seen.seen.exactly(DASHBOARD),
    }
    missing = [name for name, visits in pages.items() if not visits]
    if missing:
        return Refusal(f"None of {len(seen.seen)} requests was for {' or '.join(missing)}.")
    return None


def shows_different_products(seen: LocustObservation) -> Refusal | None:
    """Not the same one again and again."""
    products = seen.seen.products
    if products.distinct >= FEWEST_PRODUCTS:
        return None
    return Refusal(
        f"{count_of(len(products), 'request')} for {count_of(products.distinct, 'product')}: a "
        "page that everybody requests comes from the cache. Expected at least "
        f"{FEWEST_PRODUCTS} different ones.",
        hint=2,
    )


def shows_products_that_exist(seen: LocustObservation) -> Refusal | None:
    """Of those in the catalogue."""
    missing = seen.seen.products.statuses.get(404, 0)
    if missing:
        return Refusal(
            f"{missing} of {count_of(len(seen.seen.products), 'product')} that your users "
            "requested do not exist (404). The lists say which ones do.",
            hint=2,
        )
    return None


def finds_something(seen: LocustObservation) -> Refusal | None:
    """At least half of the searches have results."""
    searches = seen.seen.exactly(SEARCH)
    empty = [one for one in searches.requests if one.size <= NOTHING_FOUND]
    if 2 * len(empty) > len(searches):
        return Refusal(
            f"{len(empty)} of {len(searches)} searches found nothing, such as "
            f"`{SEARCH}?{empty[0].query}`. An empty result costs the shop less than what its "
            "customers look for.",
        )
    return None


def groups_names(seen: LocustObservation) -> Refusal | None:
    """A line in the statistics for each kind of request."""
    fewest, most = NAMES
    lines = len(seen.results.entries)
    if lines > most:
        examples = ", ".join(f"`{one.name}`" for one in seen.results.entries[:3])
        return Refusal(
            f"Locust's statistics have {lines} lines, among them {examples}. Each has a handful of "
            f"requests, too few for any percentile. Expected at most {most}: one for each kind.",
            hint=3,
        )
    if lines < fewest:
        return Refusal(
            f"Locust's statistics have {count_of(lines, 'line')}: different kinds of request share "
            "a name, and nobody can tell which of them is slow.",
            hint=3,
        )
    return None


def passes_a_healthy_shop(seen: LocustObservation) -> Refusal | None:
    """Nothing failed, and the exit code says so."""
    if seen.results.total.failures:
        what, times = max(seen.results.errors.items(), key=lambda one: one[1])
        return Refusal(
            f"Your file counts {count_of(seen.results.total.failures, 'failure')} with a healthy "
            f"shop, most of them ({times}) {what}.",
            hint=3,
        )
    if seen.results.exit_code:
        return Refusal(
            f"With a healthy shop nothing failed, and the exit code is {seen.results.exit_code}; "
            "expected 0.",
            hint=4,
        )
    return None


def notices(
    seen: LocustObservation, *, wrong: Callable[[Visits], Visits], what: str
) -> Refusal | None:
    """What is wrong with status 200 is counted as failed, and ends with exit code 1."""
    visits = wrong(seen.seen)
    failures = seen.results.total.failures
    if failures < len(visits):
        return Refusal(
            f"{what}, with status 200, {len(visits)} times; your file counted "
            f"{count_of(failures, 'failure')}. Expected each of them to be counted.",
            hint=3,
        )
    if not seen.results.exit_code:
        return Refusal(
            f"{what}, and your file counted {count_of(failures, 'failure')} of "
            f"{seen.results.total.requests} requests; but the exit code is 0.",
            hint=4,
        )
    return None


def forgives_one(seen: LocustObservation) -> Refusal | None:
    """A single failure is below the limit."""
    if seen.results.exit_code:
        return Refusal(
            f"{seen.results.total.failures} of {seen.results.total.requests} requests failed, "
            f"less than 1 %; but the exit code is {seen.results.exit_code}. A run of an hour "
            "would hardly ever pass.",
            hint=4,
        )
    return None


def refuses_many(seen: LocustObservation) -> Refusal | None:
    """One in ten is above it."""
    if not seen.results.exit_code:
        return Refusal(
            f"{seen.results.total.failures} of {seen.results.total.requests} requests failed, and "
            "the exit code is 0; expected 1 from 1 % on.",
            hint=4,
        )
    return None


def refuses_a_closed_shop(seen: LocustObservation) -> Refusal | None:
    """A run in which nobody could log in has shown nothing."""
    if not seen.results.exit_code:
        return Refusal(
            f"Nobody could log in: {count_of(seen.results.total.failures, 'request')} of "
            f"{seen.results.total.requests} failed, and the exit code is 0.",
            hint=4,
        )
    return None


TRIALS = {
    "healthy": LocustTrial(renewed, REQUESTS, users=2),
    "empty lists": LocustTrial(empty_lists, FEW),
    "mixed up": LocustTrial(mixed_up_products, FEW),
    "one failure": LocustTrial(partial(failing, first=20), REQUESTS),
    "many failures": LocustTrial(partial(failing, first=5, every=10), REQUESTS),
    "closed": LocustTrial(closed, FEW),
}

EXERCISE = LocustExercise(
    goal="Repair the locustfile: its users behave as customers do, it counts what is wrong as a "
    "failure, and its exit code says whether more than 1 % failed.",
    trials=TRIALS,
    cached=frozenset({LOGIN}),
    steps=(
        *(of_trial(name, counts_what_was_sent) for name in TRIALS),
        *(
            of_trial("healthy", judge)
            for judge in (
                runs,
                logs_in_once,
                shows_dashboards,
                visits_everything,
                shows_different_products,
                shows_products_that_exist,
                finds_something,
                groups_names,
                passes_a_healthy_shop,
            )
        ),
        of_trial(
            "empty lists",
            partial(
                notices,
                wrong=lambda seen: seen.exactly(LISTS),
                what="The shop answered with lists without products",
            ),
        ),
        of_trial(
            "mixed up",
            partial(
                notices,
                wrong=lambda seen: seen.products,
                what="The shop answered with another product than the requested one",
            ),
        ),
        of_trial("one failure", forgives_one),
        of_trial("many failures", refuses_many),
        of_trial("closed", refuses_a_closed_shop),
    ),
    hints=(
        "Look at the file as the shop would. How often does one user log in? Which product is "
        "shown? Is there a laptop among the products of a shop for gifts? And then as a colleague "
        "who only sees the exit code.",
        "`on_start` runs once for each user; keep the token there. A list of products has their "
        "ids: keep those as well, and show one of them.",
        '`with self.client.get(path, name="…", catch_response=True) as response:` lets you say '
        '`response.failure("why")` of a response whose status is 200; `name` is its line in the '
        "statistics.",
        "A function with `@events.quitting.add_listener` gets the `environment`. Compare "
        "`environment.stats.total.fail_ratio` with 0.01, and set "
        "`environment.process_exit_code` to 1 or to 0: left alone, it is 1 after a single failure.",
    ),
)
