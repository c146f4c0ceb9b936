"""Database URLs, as asyncpg and SQLAlchemy accept them."""

import pytest
from sqlalchemy.engine import make_url

from app.lab.services import ServicesError
from app.lab.services.external import plain_url, sqlalchemy_url, with_database, without_password


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("postgres://h/d", "postgresql://h/d"),
        ("postgresql+asyncpg://u:p%40@h:1/d", "postgresql://u:p%40@h:1/d"),
        ("postgresql+asyncpg://h/d?ssl=require", "postgresql://h/d?sslmode=require"),
        ("postgresql:///d?host=/a%20b", "postgresql:///d?host=%2Fa%20b"),
    ],
)
def test_every_driver_is_accepted(given: str, plain: str) -> None:
    assert plain_url(given) == plain


@pytest.mark.parametrize("given", ["mysql://h/d", "h:5432", ""])
def test_an_invalid_url_is_explained(given: str) -> None:
    with pytest.raises(ServicesError, match="must look like"):
        plain_url(given)


def test_sqlalchemys_url_has_the_copy_and_its_own_parameter_names() -> None:
    url = make_url(sqlalchemy_url("postgresql://u:p%40@h:1/d?sslmode=require", "copy"))
    assert (url.drivername, url.password, url.port) == ("postgresql+asyncpg", "p@", 1)
    assert (url.database, dict(url.query)) == ("copy", {"ssl": "require"})


def test_a_unix_socket_is_preserved() -> None:
    plain = "postgresql://postgres@/postgres?host=%2Fa%20b&port=5432"
    url = make_url(sqlalchemy_url(plain, "copy"))
    assert (url.host, url.database) == (None, "copy")
    assert dict(url.query) == {"host": "/a b", "port": "5432"}
    assert with_database(plain, "x") == "postgresql://postgres@/x?host=%2Fa%20b&port=5432"


def test_passwords_are_hidden() -> None:
    assert without_password("redis://:secret@h/0") == "redis://@h/0"
    assert without_password("postgresql://u:secret@h/d") == "postgresql://u@h/d"
