"""The exercise: a load that asks for what is not there, and counts "not there" as an answer."""

from fastapi import APIRouter

from app.course.evidence import Evidence
from app.course.exercise import Exercise, Refusal
from app.course.loads import LoadObservation
from app.lessons.frameworks.catalogue import PRODUCTS, elsewhere, products_asked
from app.lessons.frameworks.sales import PATH, by_sql
from app.shop.errors import NotFound

FEWEST = 100
"""Different products."""
LARGEST_SHARE = 0.25
QUARTERS = 4

finds_nothing = APIRouter()


@finds_nothing.get(PATH)
async def sales_of_nothing(product_id: int) -> None:
    raise NotFound("product", product_id)


def _sound(evidence: Evidence) -> LoadObservation:
    found: LoadObservation = evidence.extra["sound"]
    return found


def asks_the_page(evidence: Evidence) -> Refusal | None:
    """All requests are for the page that the comparison is about."""
    seen = _sound(evidence)
    others, example = elsewhere(seen)
    if not others:
        return None
    return Refusal(
        f"{_percent(others, seen.requests)} of the requests asked for something else, most often "
        f"{example}; expected GET /api/products/ID/sales. The two versions do not differ anywhere "
        "else, so this load cannot tell them apart.",
        hint=1,
    )


def counts_answers(evidence: Evidence) -> Refusal | None:
    """A page that was sent with status 200 counts."""
    seen = _sound(evidence)
    right = seen.statuses.get(200, 0)
    if seen.counted or not right:
        return None
    return Refusal(
        f"The server answered {right:,} requests with status 200, and your load counted none of "
        "them: look at `statuses`, the lowest and the highest that count.",
        hint=3,
    )


def asks_for_what_exists(evidence: Evidence) -> Refusal | None:
    """No request is for a product that there is not."""
    seen = _sound(evidence)
    others = {status: n for status, n in seen.statuses.items() if status != 200}
    if not others:
        return None
    status = max(others, key=others.__getitem__)
    told = (
        f"{_percent(sum(others.values()), seen.requests)} of the replies had status {status}, and "
        f"PostgreSQL sent {seen.work.rows / max(seen.work.requests, 1):.2f} rows for a request. "
    )
    if seen.counted > seen.statuses.get(200, 0):
        return Refusal(
            f"{told}Your load counted them as answers. It compares how two versions say that there "
            "is nothing.",
            hint=2,
        )
    return Refusal(
        f"{told}Your load no longer counts them, and that is right. But it still sends these "
        "requests, and to say no is the work that is measured. Ask for products that there are.",
        hint=2,
    )


def many_products(evidence: Evidence) -> Refusal | None:
    """The same few rows over and over would be another workload."""
    asked = len(products_asked(_sound(evidence)))
    if asked >= FEWEST:
        return None
    noun = "product" if asked == 1 else "different products"
    return Refusal(
        f"All requests are answered, but they ask for {asked} {noun}; expected at least {FEWEST}. "
        "How fast a few products are says little about the catalogue: some were sold once, some "
        "more than two thousand times.",
        hint=3,
    )


def no_favourite(evidence: Evidence) -> Refusal | None:
    """Weights may differ, as long as it is not in truth one product."""
    asked = products_asked(_sound(evidence))
    favourite, times = asked.most_common(1)[0]
    if times <= LARGEST_SHARE * asked.total():
        return None
    return Refusal(
        f"{_percent(times, asked.total())} of the requests ask for product {favourite}; expected "
        f"that none has more than {100 * LARGEST_SHARE:.0f} %. In effect, one product is measured.",
        hint=3,
    )


def whole_catalogue(evidence: Evidence) -> Refusal | None:
    """Each quarter of the catalogue has its part."""
    size = PRODUCTS // QUARTERS
    found = {(number - 1) // size for number in products_asked(_sound(evidence))}
    for quarter in range(QUARTERS):
        if quarter not in found:
            first, last = quarter * size + 1, (quarter + 1) * size
            return Refusal(
                f"No request asks for any product from {first:,} to {last:,}; expected some from "
                "each quarter of the catalogue. The first quarter sold more than twice as often as "
                "the others, so a part is not like the whole.",
                hint=3,
            )
    return None


def refuses_a_broken_version(evidence: Evidence) -> Refusal | None:
    """A version that never finds anything does not look good."""
    seen: LoadObservation = evidence.extra["finds nothing"]
    if not seen.counted:
        return None
    return Refusal(
        f"The requests are right now. Then your load was put to a version with a fault: it answers "
        f"404 whatever is asked. {seen.counted:,} of its answers counted as good, expected 0. The "
        "next mistake would look like a fast server again.",
        hint=3,
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.0f} %"


EXERCISE = Exercise(
    seam="load",
    goal="The load asks for the sales of at least a hundred products from the whole catalogue, all "
    "of which exist, and counts nothing but their pages as an answer.",
    difficulty="medium",
    versions={"sound": by_sql, "finds nothing": finds_nothing},
    steps=(
        asks_the_page,
        counts_answers,
        asks_for_what_exists,
        many_products,
        no_favourite,
        whole_catalogue,
        refuses_a_broken_version,
    ),
    hints=(
        "Look at the counts of the report, not at the times. How many rows does PostgreSQL send "
        "for a page of up to 200 sales? And how long is the body?",
        "Run the cell that makes five of the requests one by one. What does the server answer, and "
        "why did the report have no failed requests? `lab.source(sales.existing_product)` is what "
        "both versions do first. Find out with "
        "`await lab.get('/api/products?after=3700&limit=200')` how far the ids go.",
        "Two things must change. The ids have to be those of products that there are, from 1 to "
        "3,808, and many of them. And a reply with status 404 must be a failure: `statuses` is "
        "the range that counts as success.",
        '`Request(f"/api/products/{random.randint(1, 3_800)}/sales", statuses=(200, 200))`, two '
        "hundred of them. Without `statuses`, 200 to 299 count.",
    ),
)
