"""The exercise: a load that requests missing products and counts their 404s as answers."""

from fastapi import APIRouter

from app.course.evidence import Evidence
from app.course.exercise import Refusal
from app.course.kinds import LoadExercise
from app.course.loads import LoadObservation
from app.lessons.frameworks.catalogue import PRODUCTS, other_requests, requested_products
from app.lessons.frameworks.sales import PATH, by_sql
from app.shop.errors import NotFound

FEWEST = 100
"""Different products a load must request."""
LARGEST_SHARE = 0.25
"""Of the requests, for any one product."""
QUARTERS = 4

finds_nothing = APIRouter()


@finds_nothing.get(PATH)
async def no_sales(product_id: int) -> None:
    raise NotFound("product", product_id)


def _sound(evidence: Evidence) -> LoadObservation:
    found: LoadObservation = evidence.extra["sound"]
    return found


def requests_the_page(evidence: Evidence) -> Refusal | None:
    """All requests are for the page under comparison."""
    seen = _sound(evidence)
    others, example = other_requests(seen)
    if not others:
        return None
    return Refusal(
        f"{_percent(others, seen.requests)} of the requests ask for something else, most often "
        f"{example}; expected GET /api/products/ID/sales. Everywhere else the two versions are the "
        "same, so this load cannot tell them apart.",
        hint=1,
    )


def counts_answers(evidence: Evidence) -> Refusal | None:
    """A page sent with status 200 counts as an answer."""
    seen = _sound(evidence)
    right = seen.statuses.get(200, 0)
    if seen.counted or not right:
        return None
    return Refusal(
        f"The server answered {right:,} requests with status 200, and your load counted none of "
        "them. Look at `statuses`, the lowest and the highest status that count.",
        hint=3,
    )


def requests_existing_products(evidence: Evidence) -> Refusal | None:
    """Every request is for a product that exists."""
    seen = _sound(evidence)
    others = {status: n for status, n in seen.statuses.items() if status != 200}
    if not others:
        return None
    status = max(others, key=others.__getitem__)
    found = (
        f"{_percent(sum(others.values()), seen.requests)} of the replies had status {status}, and "
        f"PostgreSQL sent {seen.work.rows / max(seen.work.requests, 1):.2f} rows per request. "
    )
    if seen.counted > seen.statuses.get(200, 0):
        return Refusal(
            f"{found}Your load counted these replies as answers, so it compares how the two "
            "versions report a missing product.",
            hint=2,
        )
    return Refusal(
        f"{found}Your load rightly does not count these replies. But it still sends those "
        "requests, so reporting a missing product is the work that is measured. Ask for products "
        "that exist.",
        hint=2,
    )


def many_products(evidence: Evidence) -> Refusal | None:
    """The load covers enough products; a few rows over and over are another workload."""
    requested = len(requested_products(_sound(evidence)))
    if requested >= FEWEST:
        return None
    noun = "product" if requested == 1 else "different products"
    return Refusal(
        f"All requests are answered, but they ask for {requested} {noun}; expected at least "
        f"{FEWEST}. A few products say little about the catalogue: some were sold once, some more "
        "than two thousand times.",
        hint=3,
    )


def no_dominant_product(evidence: Evidence) -> Refusal | None:
    """Products may have different weights, but none makes up most of the load."""
    requested = requested_products(_sound(evidence))
    favourite, times = requested.most_common(1)[0]
    if times <= LARGEST_SHARE * requested.total():
        return None
    return Refusal(
        f"{_percent(times, requested.total())} of the requests ask for product {favourite}; "
        f"expected at most {100 * LARGEST_SHARE:.0f} % for any one product. In effect, this "
        "measures one product.",
        hint=3,
    )


def whole_catalogue(evidence: Evidence) -> Refusal | None:
    """The load covers every quarter of the catalogue."""
    size = PRODUCTS // QUARTERS
    found = {(number - 1) // size for number in requested_products(_sound(evidence))}
    for quarter in range(QUARTERS):
        if quarter not in found:
            first, last = quarter * size + 1, (quarter + 1) * size
            return Refusal(
                f"No request asks for any product from {first:,} to {last:,}; expected some from "
                "each quarter of the catalogue. The first quarter sold more than twice as often as "
                "the others, so a part does not represent the whole.",
                hint=3,
            )
    return None


def rejects_a_broken_version(evidence: Evidence) -> Refusal | None:
    """A version that never finds a product has no answers counted."""
    seen: LoadObservation = evidence.extra["finds nothing"]
    if not seen.counted:
        return None
    return Refusal(
        f"The requests are right now. Your load was then run against a broken version: it answers "
        f"every request with 404. {seen.counted:,} of its replies counted as answers; expected 0. "
        "The next bug would look like a fast server again.",
        hint=3,
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.0f} %"


EXERCISE = LoadExercise(
    goal="The load requests the sales of at least a hundred existing products from the whole "
    "catalogue, and counts nothing but their pages as answers.",
    versions={"sound": by_sql, "finds nothing": finds_nothing},
    steps=(
        requests_the_page,
        counts_answers,
        requests_existing_products,
        many_products,
        no_dominant_product,
        whole_catalogue,
        rejects_a_broken_version,
    ),
    hints=(
        "Look at the counts in the report, not at the times. How many rows does PostgreSQL send "
        "for a page of up to 200 sales? And how long is the body?",
        "Run the cell that makes five of the requests one by one. What does the server answer, and "
        "why does the report have no failed requests? `lab.source(sales.existing_product)` shows "
        "what both versions do first. `await lab.get('/api/products?after=3700&limit=200')` shows "
        "where the ids end.",
        "Two things must change. The ids must be those of existing products, from 1 to 3,808, and "
        "many of them. And a reply with status 404 must be a failure: `statuses` is "
        "the range that counts as success.",
        '`Request(f"/api/products/{random.randint(1, 3_800)}/sales", statuses=(200, 200))`, two '
        "hundred of them. Without `statuses`, 200 to 299 count.",
    ),
)
