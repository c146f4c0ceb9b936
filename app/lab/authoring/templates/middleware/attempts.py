"""TODO: at least five wrong answers, each with a part of its message, and three right ones."""

from app.course.exercise import Attempt

_PAIR = '(b"x-served-by", b"shop")'

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "a misspelt header",
        edits=((_PAIR, '(b"x-server-by", b"shop")'),),
        says="has no header x-served-by",
    ),
    Attempt(
        "another value",
        edits=((_PAIR, '(b"x-served-by", b"me")'),),
        says="x-served-by is 'me'; expected 'shop'",
    ),
    Attempt(
        "another status",
        edits=((f"{_PAIR}]", f'{_PAIR}]\n                message["status"] = 200'),),
        says="GET /api/products/9999999 answered with status 200",
    ),
    Attempt(
        "the body left out",
        edits=(
            (
                "            await send(message)",
                '            await send({**message, "body": b"null"} if "body" in message '
                "else message)",
            ),
            (
                f'[*message["headers"], {_PAIR}]',
                f'[(b"content-type", b"application/json"), {_PAIR}]',
            ),
        ),
        says="is None",
    ),
    Attempt(
        "an exception",
        edits=((f'[*message["headers"], {_PAIR}]', f'message["header"] + [{_PAIR}]'),),
        says="KeyError",
        outcome="error",
    ),
    Attempt(
        "the first header",
        edits=((f'[*message["headers"], {_PAIR}]', f'[{_PAIR}, *message["headers"]]'),),
        outcome="passed",
    ),
    Attempt(
        "by Starlette's own class",
        source="""from starlette.datastructures import MutableHeaders


class ServedBy:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def send_marked(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Served-By"] = "shop"
            await send(message)

        await self.app(scope, receive, send_marked)
""",
        outcome="passed",
    ),
    Attempt(
        "as a function of a function",
        source="""def ServedBy(app):
    async def served_by(scope, receive, send):
        async def send_marked(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-served-by", b"shop")]
            await send(message)

        await app(scope, receive, send_marked)

    return served_by
""",
        outcome="passed",
    ),
)
