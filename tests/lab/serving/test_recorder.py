"""Every request is written down as the server saw it."""

import httpx
from fastapi import FastAPI
from starlette.responses import Response

from app.lab.serving.recorder import Recorder
from app.lab.serving.server import Server


def test_what_a_server_has_seen() -> None:
    def sized(number: str) -> Response:
        return Response(b"x" * int(number)) if number.isdigit() else Response(b"[]", 404)

    app = FastAPI()
    app.get("/api/products/{number}")(sized)
    app.post("/api/auth/login")(lambda: Response(b"", 401))
    recorder = Recorder()
    with Server(recorder.around(app)) as server, httpx.Client(base_url=server.url) as client:
        for number in (1, 7, 7):
            client.get(f"/api/products/{number}", headers={"Authorization": "Bearer mine"})
        client.get("/api/products/search?q=red")
        client.get("/api/products/7?full=1")
        client.post("/api/auth/login")
        client.get("/nowhere", headers={"Authorization": "Basic mine"})
    seen = recorder.visits
    assert len(seen) == 7
    assert seen.statuses == {200: 4, 401: 1, 404: 2}
    assert [one.size for one in seen.products.requests] == [1, 7, 7, 7]
    assert seen.products.distinct == 3
    assert [one.token for one in seen.products.requests] == ["mine", "mine", "mine", None]
    assert [one.query for one in seen.to("/api/products/s").requests] == ["q=red"]
    assert len(seen.exactly("/api/auth/login", method="POST")) == 1
    assert not len(seen.exactly("/api/auth/login"))
    assert len({one.client for one in seen.requests}) == 1
    assert seen.products.hit_rate == 1  # no SQL at all
    assert not recorder.visits.exactly("/none").hit_rate


def test_a_request_that_raises_is_written_down_too() -> None:
    app = FastAPI()

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    recorder = Recorder()
    with Server(recorder.around(app)) as server, httpx.Client(base_url=server.url) as client:
        assert client.get("/broken").status_code == 500
    [seen] = recorder.visits.requests
    assert seen.status == 500
