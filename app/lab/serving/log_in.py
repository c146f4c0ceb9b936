"""The test account, logged in."""

from app.course.errors import CourseError
from app.lab.services.seed.accounts import TEST_EMAIL
from app.lab.serving.http import client

PASSWORD = "testpass123"


async def log_in(url: str) -> str:
    """A bearer token of the shop at ``url``. Raises ``CourseError`` where it gives none."""
    import httpx

    login = {"email": TEST_EMAIL, "password": PASSWORD}
    async with client(url, timeout=30) as http:
        try:
            answer = await http.post("/api/auth/login", json=login)
        except httpx.TransportError as error:
            raise CourseError(
                f"No shop answers at {url}: {error or type(error).__name__}."
            ) from None
    if answer.status_code != 200:
        raise CourseError(f"The test account could not log in: {answer.text}")
    return str(answer.json()["access_token"])
