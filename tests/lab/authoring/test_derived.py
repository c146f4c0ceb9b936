"""The mistakes that are made in any exercise's solution."""

from app.lab.authoring.derived import derived
from app.lab.authoring.exercise_cells import BREAK

ENDPOINT = """\
router = APIRouter()


@router.get("/posts", response_model=list[Post])
@cached
async def posts(session):
    return await more(session)


async def more(session):
    return []
"""


def sources(solution: str, *answers: str) -> dict[str, str]:
    return {plan.name: plan.source for plan in derived(solution, answers)}


def test_a_plain_value() -> None:
    found = sources("answers = [1]", "answers")
    assert list(found) == ["a syntax error", "an unknown name", "another type"]
    assert found["an unknown name"] == "undefined_name\nanswers = [1]"
    assert found["another type"].endswith("\nanswers = frozenset()")


def test_an_endpoint_is_moved_and_every_function_broken() -> None:
    found = sources(ENDPOINT, "router")
    assert "@router.get('/posts/elsewhere', response_model" in found["another path"]
    assert found["an unknown name"].count("undefined_name") == 2
    assert "a function that returns nothing" not in found


def test_a_function_that_is_handed_in_returns_nothing() -> None:
    solution = "def load(random):\n    return helper()\n\ndef helper():\n    return 1"
    broken = sources(solution, "load")["a function that returns nothing"]
    assert broken == (
        "def load(random):\n    return None\n    return helper()\n\ndef helper():\n    return 1"
    )


def test_every_mistake_names_the_message_it_must_get() -> None:
    for solution, answers in ((ENDPOINT, ["router"]), ("a = 1", [])):
        assert all(plan.says and plan.derived for plan in derived(solution, answers))


def test_several_cells_stay_apart() -> None:
    found = sources(f"{ENDPOINT}{BREAK}def pool(settings):\n    return 1", "router", "pool")
    assert all(source.count(BREAK) == 1 for source in found.values())
    assert found["an unknown name"].count("undefined_name") == 3
    assert found["another type of pool"].endswith("\npool = frozenset()")
    assert "return None" in found["a function that returns nothing of pool"].split(BREAK)[1]
    assert "/posts/elsewhere" in found["another path"].split(BREAK)[0]
    assert found["an endless loop"].count("while True:") == 1
