"""Only tokens signed by the shop are accepted, until they expire and only for their scopes."""

import base64
import hmac
import json
import math
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import jwt
import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from app.shop import create_app
from app.shop.accounts.authorization import CurrentUser, User, requires
from app.shop.accounts.tokens import InvalidToken, issue_token, read_token
from app.shop.settings import Settings
from tests.shop.auth import bearer
from tests.shop.conftest import client_of
from tests.shop.test_errors import assert_problem

SECRET = Settings().secret_key.get_secret_value()
OTHER = "another secret of at least 32 bytes"
HEADER = {"alg": "HS256", "typ": "JWT"}
MISSING = object()


def probe_router() -> APIRouter:
    router = APIRouter()

    @router.get("/whoami")
    async def whoami(user: CurrentUser) -> dict[str, Any]:
        return {"id": user.id, "scopes": sorted(user.scopes)}

    @router.get("/write")
    async def write(user: Annotated[User, requires("catalog:write")]) -> int:
        return user.id

    @router.get("/both")
    async def both(user: Annotated[User, requires("catalog:write", "orders:write")]) -> int:
        return user.id

    return router


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(settings, routers=[probe_router()])) as client:
        yield client


def encode(part: object) -> str:
    content = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def sign(header: object, claims: object, key: str = SECRET, digest: str = "sha256") -> str:
    """A token with a valid HMAC, whatever its header and claims are."""
    content = f"{encode(header)}.{encode(claims)}"
    return f"{content}.{encode(hmac.digest(key.encode(), content.encode(), digest))}"


def claims(**changes: object) -> dict[str, object]:
    """The claims of a valid token, with changes."""
    valid = jwt.decode(
        issue_token(User(1, frozenset()), Settings()), options={"verify_signature": False}
    )
    changed = {**valid, **changes}
    return {name: value for name, value in changed.items() if value is not MISSING}


def tampered() -> str:
    """The id of another account under the original signature."""
    header, _, signature = sign(HEADER, claims()).split(".")
    return f"{header}.{encode(claims(sub='2'))}.{signature}"


async def get_with_token(
    client: httpx.AsyncClient, token: str | bytes, path: str = "whoami"
) -> httpx.Response:
    raw = token if isinstance(token, bytes) else token.encode()
    return await client.get(f"/api/{path}", headers=[(b"Authorization", b"Bearer " + raw)])


async def assert_rejected(client: httpx.AsyncClient, token: str | bytes) -> httpx.Response:
    response = await get_with_token(client, token)
    assert_problem(response, 401)
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    return response


async def test_a_token_identifies_the_account_and_its_scopes(client: httpx.AsyncClient) -> None:
    for account, scopes in ((1, []), (2147483647, ["catalog:write", "orders:write"])):
        response = await client.get("/api/whoami", headers=bearer(account, *scopes))
        assert response.json() == {"id": account, "scopes": scopes}


async def test_an_issued_token_is_a_standard_jwt(client: httpx.AsyncClient) -> None:
    """Each token rejected below differs from this valid one in one property."""
    assert (await get_with_token(client, sign(HEADER, claims()))).json() == {"id": 1, "scopes": []}
    assert jwt.get_unverified_header(issue_token(User(1, frozenset()), Settings())) == HEADER


async def test_the_authorization_scheme_is_case_insensitive(client: httpx.AsyncClient) -> None:
    for scheme in ("bearer", "BEARER"):
        header = {"Authorization": f"{scheme} {sign(HEADER, claims())}"}
        assert (await client.get("/api/whoami", headers=header)).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic dGVzdDp0ZXN0", "Token abc", "Bearer\t"]
)
async def test_a_request_without_a_token_gets_a_challenge_without_an_error(
    client: httpx.AsyncClient, header: str | None
) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = await client.get("/api/whoami", headers=headers)
    assert_problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("minutes", [1, 60])
def test_the_lifetime_of_a_token_comes_from_the_settings(minutes: int) -> None:
    settings = Settings(token_minutes=minutes)
    content = jwt.decode(
        issue_token(User(1, frozenset()), settings), options={"verify_signature": False}
    )
    assert content["exp"] - content["iat"] == minutes * 60


async def test_an_expired_token_is_rejected_as_expired(client: httpx.AsyncClient) -> None:
    now = int(time.time())
    response = await assert_rejected(client, sign(HEADER, claims(iat=now - 60, exp=now)))
    assert "expired" in response.json()["detail"]
    assert "expired" not in (await assert_rejected(client, tampered())).json()["detail"]


async def test_a_token_from_an_issuer_whose_clock_is_ahead_is_accepted(
    client: httpx.AsyncClient,
) -> None:
    now = int(time.time())
    assert (
        await get_with_token(client, sign(HEADER, claims(iat=now + 30, exp=now + 90)))
    ).status_code == 200


FORGED = {
    "another key": lambda: sign(HEADER, claims(), OTHER),
    "an empty key": lambda: sign(HEADER, claims(), ""),
    "none, unsigned": lambda: f"{encode({'alg': 'none'})}.{encode(claims())}.",
    "none, signed": lambda: sign({"alg": "none"}, claims()),
    "None": lambda: f"{encode({'alg': 'None'})}.{encode(claims())}.",
    "HS384": lambda: sign({"alg": "HS384"}, claims(), digest="sha384"),
    "HS512": lambda: sign({"alg": "HS512"}, claims(), digest="sha512"),
    "RS256 declared": lambda: sign({"alg": "RS256"}, claims()),
    "no algorithm": lambda: sign({"typ": "JWT"}, claims()),
    "algorithm null": lambda: sign({"alg": None}, claims()),
    "algorithm list": lambda: sign({"alg": ["HS256"]}, claims()),
    "algorithm object": lambda: sign({"alg": {}}, claims()),
    "its own key": lambda: sign(
        {**HEADER, "jwk": {"kty": "oct", "k": encode(b"x")}}, claims(), "x"
    ),
    "tampered payload": tampered,
    "tampered header": lambda: (
        f"{encode({'alg': 'HS256'})}.{sign(HEADER, claims()).partition('.')[2]}"
    ),
    "shorter signature": lambda: sign(HEADER, claims())[:-2],
    "no signature": lambda: sign(HEADER, claims()).rsplit(".", 1)[0] + ".",
    "lowercase": lambda: sign(HEADER, claims()).lower(),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_rejected(client: httpx.AsyncClient, forge: Any) -> None:
    await assert_rejected(client, forge())


INVALID_CLAIMS: dict[str, list[object]] = {
    "exp": [MISSING, None, 0, 1.5, -1, True, "soon", "", [], {}, math.nan, math.inf, -math.inf],
    "sub": [
        *(MISSING, None, 1, True, [], ["1"], {}, "", "0", "-1", "+1", "1.0", "1e0", "1_0", " 1"),
        *("1 ", "1\n", "01", "0x1", "1\x00", "１", "2147483648", "9" * 40, "1;2", "a@example.com"),
    ],
    "scopes": [
        *(MISSING, None, "catalog:write", 1, {}, {"a": 1}, True),
        *([1], [None], [["catalog:write"]], [{}]),
    ],
    "aud": [MISSING, None, "", "elsewhere", [], ["gift-shop"], ["elsewhere"], 1, {}],
    "iss": [MISSING, None, "", "elsewhere", ["gift-shop"], 1],
    "nbf": [2**40, "later"],
    "jti": [1],
}


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        pytest.param(claim, value, id=f"{claim}-{number}")
        for claim, values in INVALID_CLAIMS.items()
        for number, value in enumerate(values)
    ],
)
async def test_a_signed_token_with_an_invalid_claim_is_rejected(
    client: httpx.AsyncClient, claim: str, value: object
) -> None:
    await assert_rejected(client, sign(HEADER, claims(**{claim: value})))


MALFORMED: dict[str, str | bytes] = {
    "a word": "x",
    "two parts": "a.b",
    "three short parts": "a.b.c",
    "dots": "....",
    "one dot": ".",
    "empty parts": "..",
    "four parts": "e30.e30.e30.e30",
    "empty objects": "e30.e30.e30",
    "not base64": "!!!!.????.****",
    "padding": "====.====.====",
    "a list as claims": sign(HEADER, [1]),
    "a number as claims": sign(HEADER, 1),
    "null as claims": sign(HEADER, None),
    "claims not JSON": sign(HEADER, b"\xff\xfe"),
    "empty claims": sign(HEADER, b""),
    "deeply nested claims": sign(HEADER, b"[" * 2000),
    "a number too long for Python to parse": sign(HEADER, b'{"exp":' + b"9" * 2500 + b"}"),
    "a list as header": sign([], {}),
    "header not JSON": sign(b"{", {}),
    "deeply nested header": sign(b"[" * 2000, {}),
    "unknown extension": sign({**HEADER, "crit": ["x"], "x": 1}, {}),
    "extensions not a list": sign({**HEADER, "crit": "x"}, {}),
    "detached payload": sign({**HEADER, "b64": False, "crit": ["b64"]}, {}),
    "a number as key": sign({**HEADER, "kid": 1}, {}),
    "two tokens": "a.b.c d.e.f",
    "a comma": "a.b.c, Bearer d.e.f",
    "quotes": '"a.b.c"',
    "not ASCII": "é.ü.ß",
    "not UTF-8": b"\xff\xfe.\x80.\xc3",
    "long": "a" * 5000,
    "long parts": f"{'a' * 9000}.{'b' * 9000}.{'c' * 9000}",
}


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_token_is_rejected(client: httpx.AsyncClient, token: str | bytes) -> None:
    await assert_rejected(client, token)


@pytest.mark.parametrize("token", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_token_is_rejected_over_a_socket(
    shop_url: str, token: str | bytes
) -> None:
    async with httpx.AsyncClient(base_url=shop_url) as client:
        response = await get_with_token(client, token, "me")
    assert_problem(response, 401)


def test_a_token_that_is_too_long_is_rejected() -> None:
    padded = sign(HEADER, claims(more="x" * 4096))
    with pytest.raises(InvalidToken):
        read_token(padded, Settings())


def test_applications_with_different_secrets_do_not_trust_each_other() -> None:
    mine, theirs = Settings(), Settings(secret_key=SecretStr(OTHER))
    token = issue_token(User(7, frozenset()), theirs)
    assert read_token(token, theirs).id == 7
    with pytest.raises(InvalidToken):
        read_token(token, mine)


async def test_a_missing_scope_is_rejected_with_403_and_named(client: httpx.AsyncClient) -> None:
    for scopes, path, missing in (
        ([], "write", "catalog:write"),
        (["catalog:read", "catalog:writer", "catalog"], "write", "catalog:write"),
        (["catalog:write"], "both", "orders:write"),
        ([], "both", "catalog:write orders:write"),
    ):
        response = await client.get(f"/api/{path}", headers=bearer(1, *scopes))
        assert_problem(response, 403)
        assert response.json()["detail"] == f"The token lacks the scope {missing}."
        assert response.headers["www-authenticate"] == (
            f'Bearer error="insufficient_scope", scope="{missing}"'
        )


async def test_a_token_with_the_required_scopes_is_accepted(client: httpx.AsyncClient) -> None:
    for scopes, path in (
        (["catalog:write"], "write"),
        (["orders:write", "catalog:write"], "write"),
        (["orders:write", "catalog:write"], "both"),
    ):
        response = await client.get(f"/api/{path}", headers=bearer(5, *scopes))
        assert (response.status_code, response.json()) == (200, 5)


async def test_a_missing_or_forged_token_is_401_even_if_a_scope_is_required(
    client: httpx.AsyncClient,
) -> None:
    forged = sign(HEADER, claims(scopes=["catalog:write"]), OTHER)
    assert_problem(await get_with_token(client, forged, "write"), 401)
    assert_problem(await client.get("/api/write"), 401)


def test_openapi_documents_the_scheme_and_the_scopes() -> None:
    document = create_app(Settings(), routers=[probe_router()]).openapi()
    scheme = document["components"]["securitySchemes"]["HTTPBearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")
    assert scheme["description"]
    paths = document["paths"]
    assert paths["/api/whoami"]["get"]["security"] == [{"HTTPBearer": []}]
    assert paths["/api/both"]["get"]["security"] == [
        {"HTTPBearer": ["catalog:write", "orders:write"]}
    ]
    assert "security" not in paths["/api/auth/login"]["post"]
    assert "security" not in paths["/api/users"]["get"]
