"""Connections opened from a URL: transport, authentication, database."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis import exceptions

from app.shop.cache.redis_opening import RedisOpener
from tests.shop.cache.server import RedisProcess


async def reply_to(url: str, *command: str, seconds: float = 10) -> object:
    """The reply to one command on a new connection."""
    pipeline = await RedisOpener(url, seconds).open()
    try:
        return await pipeline.ask(*command)
    finally:
        await pipeline.close()


@pytest.mark.parametrize("address", ["url", "tcp_url"])
async def test_database_and_client_name_come_from_the_url(
    redis_server: RedisProcess, address: str
) -> None:
    url: str = getattr(redis_server, address)
    separator = "&" if "?" in url else "?"
    described = await reply_to(f"{url}{separator}client_name=till-4", "CLIENT", "INFO")
    assert isinstance(described, bytes)
    assert b" db=3 " in described
    assert b" name=till-4 " in described


@pytest.mark.parametrize("user", ["", "till"])
async def test_the_password_comes_from_the_url(disposable_redis: RedisProcess, user: str) -> None:
    with disposable_redis.client() as client:
        rules = ("on", "resetpass", ">p@ss", "+@all", "~*")
        client.execute_command("ACL", "SETUSER", user or "default", *rules)
    address = disposable_redis.tcp_url.removeprefix("redis://")
    assert await reply_to(f"redis://{user}:p%40ss@{address}", "ACL", "WHOAMI") == (
        user.encode() or b"default"
    )
    with pytest.raises(exceptions.ResponseError, match="WRONGPASS"):
        await reply_to(f"redis://{user}:wrong@{address}", "ACL", "WHOAMI")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1", "must specify one of the following schemes"),
        ("redis://127.0.0.1?colour=red", "an option that is not valid: .*colour"),
        ("redis://127.0.0.1?db=one", "Invalid value for 'db'"),
    ],
)
def test_an_invalid_url_is_rejected(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RedisOpener(url, 1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a self-signed certificate for 127.0.0.1 and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("There is no openssl on this machine.")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate_file = folder / "key.pem", folder / "certificate.pem"
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate_file}"
    subprocess.run(command.split(), check=True, capture_output=True)
    certificate_file.write_text(certificate_file.read_text() + key.read_text())
    return certificate_file


@asynccontextmanager
async def behind_tls(server: RedisProcess, certificate: Path) -> AsyncIterator[str]:
    """The address of a proxy that terminates TLS."""
    writers: list[asyncio.StreamWriter] = []

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = server.url.removeprefix("unix://").partition("?")[0]
        redis_reader, redis_writer = await asyncio.open_unix_connection(path)
        writers.extend((writer, redis_writer))
        await asyncio.gather(
            copy(reader, redis_writer), copy(redis_reader, writer), return_exceptions=True
        )

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    proxy = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    async with proxy:
        yield f"rediss://127.0.0.1:{proxy.sockets[0].getsockname()[1]}/3"
        for writer in writers:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_tls_connection_verifies_the_certificate(
    redis_server: RedisProcess, certificate: Path
) -> None:
    async with behind_tls(redis_server, certificate) as url:
        trusted = f"{url}?ssl_ca_certs={certificate}"
        assert await reply_to(trusted, "ECHO", "a") == b"a"
        with pytest.raises(ssl.SSLCertVerificationError):
            await reply_to(url, "ECHO", "a")


async def test_an_incomplete_tls_handshake_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(exceptions.TimeoutError, match=r"did not accept .* in 0\.2 s"):
            await reply_to(f"rediss://127.0.0.1:{port}", "ECHO", "a", seconds=0.2)
