"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_IDS = "random.randint(1, 3_800)"
_COUNTED = "statuses=(200, 200)"
_WHOLE_PATH = f"/api/products/{{{_IDS}}}/sales"

_SALES = '"/api/products/{}/sales".format'

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "the failures no longer counted, but still sent",
        edits=((_IDS, "random.randint(1, 1_000_000)"),),
        says="But it still sends those requests",
    ),
    Attempt(
        "fewer ids that do not exist, still counted",
        edits=((_IDS, "random.randint(1, 100_000)"), (_COUNTED, "statuses=(200, 499)")),
        says="how the two versions report a missing product",
    ),
    Attempt(
        "a few ids that do not exist",
        edits=((_IDS, "random.choice([*range(1, 3_801), *range(3_809, 5_000)])"),),
        says="of the replies had status 404",
    ),
    Attempt(
        "the ids repaired, but a 404 still counted",
        edits=((_COUNTED, "statuses=(200, 499)"),),
        says="it answers every request with 404",
    ),
    Attempt(
        "one product over and over",
        edits=((_IDS, "17"),),
        says="they ask for 1 product; expected at least 100",
    ),
    Attempt(
        "ten products",
        edits=((_IDS, "random.randint(1, 10)"),),
        says="they ask for 10 different products",
    ),
    Attempt(
        "a hundred products, and one of them nearly always",
        source=f"""
def load(random):
    path = {_SALES}
    rare = [Request(path(n)) for n in random.sample(range(1, 3_801), 120)]
    return [*rare, Request(path(17), weight=100)]
""",
        says="of the requests ask for product 17; expected at most",
    ),
    Attempt(
        "only the first products",
        edits=((_IDS, "random.randint(1, 900)"),),
        says="No request asks for any product from 953 to 1,904",
    ),
    Attempt(
        "another page, which the shop caches",
        edits=((_WHOLE_PATH, f"/api/products/{{{_IDS}}}"),),
        says="ask for something else, most often /api/products/",
    ),
    Attempt(
        "a page that is always the same",
        edits=((f'f"{_WHOLE_PATH}"', '"/api/categories"'),),
        says="100 % of the requests ask for something else, most often /api/categories",
    ),
    Attempt(
        "only missing products counted",
        edits=((_COUNTED, "statuses=(404, 404)"),),
        says="your load counted none of them",
    ),
    Attempt(
        "paths instead of requests",
        edits=((f'Request(f"{_WHOLE_PATH}", {_COUNTED})', f'f"{_WHOLE_PATH}"'),),
        says="a load is a list of Request; there is a str in it",
        outcome="error",
    ),
    Attempt(
        "no requests at all",
        edits=(("range(200)", "range(0)"),),
        says="this list is empty",
        outcome="error",
    ),
    Attempt(
        "every twentieth product up to the last, with the default statuses",
        source=f"""
def load(random):
    path = {_SALES}
    return [Request(path(number)) for number in range(3_808, 0, -20)]
""",
        outcome="passed",
    ),
    Attempt(
        "a sample without repetition",
        source=f"""
def load(random):
    path = {_SALES}
    drawn = random.sample(range(1, 3_809), k=120)
    return tuple(Request(path(number), statuses=(200, 299)) for number in drawn)
""",
        outcome="passed",
    ),
    Attempt(
        "some products requested more often than others",
        source=f"""
def load(random):
    path = {_SALES}
    drawn = random.sample(range(1, 3_801), k=300)
    return [Request(path(n), weight=1 / rank) for rank, n in enumerate(drawn, start=1)]
""",
        outcome="passed",
    ),
    Attempt(
        "exactly a hundred products, in order",
        source=f"""
def load(random):
    path = {_SALES}
    return [Request(path(number)) for number in range(1, 3_801, 38)]
""",
        outcome="passed",
    ),
)
