"""One supervisor and one pair of servers for all clients."""

import time
from pathlib import Path

import pytest

from app.lab.services import connect, supervisor_status
from tests.lab.services.databases import databases, keys, log_position, put, query, things
from tests.lab.services.processes import HeldClient, eventually, running_for, supervisors


def test_servers_start_with_the_first_client_and_stop_after_the_last(home: Path) -> None:
    assert supervisor_status() is None
    with connect("only") as client:
        assert client.postgres.problem is None
        assert client.redis.problem is None
        status = client.status()
        assert status["clients"] == ["only"]
        assert query(str(client.postgres.url), "SELECT 1") == [1]
        put(str(client.redis.url), "a")
        assert supervisor_status() == status
    eventually(lambda: not running_for(home))
    assert supervisor_status() is None
    assert not list(home.glob("*/supervisor.json"))


def test_a_copy_is_not_written_to_our_own_servers_log(home: Path) -> None:
    with connect("only") as client:
        client.lease()  # loads the template
        before = log_position(str(client.postgres.url))
        assert things(client.lease()) == [1, 2, 3]
        assert log_position(str(client.postgres.url)) < before + 2_000_000
    eventually(lambda: not running_for(home))


def test_clients_share_one_supervisor(home: Path) -> None:
    with connect("one") as one, connect("two") as two:
        assert one.status()["pid"] == two.status()["pid"]
        assert one.status()["clients"] == ["one", "two"]
        assert one.postgres == two.postgres
    assert len(supervisors(home)) <= 1


def test_clients_that_start_together_share_one_supervisor(empty_home: Path) -> None:
    clients = [HeldClient() for _ in range(5)]
    try:
        assert len({client.report()["pid"] for client in clients}) == 1
        eventually(lambda: len(supervisors(empty_home)) == 1)
    finally:
        for client in clients:
            client.kill()


@pytest.mark.usefixtures("home")
def test_a_client_within_the_grace_period_keeps_the_servers_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSE_GRACE", "1.5")
    with connect("first") as first:
        pid = first.status()["pid"]
    with connect("second") as second:
        time.sleep(2)  # longer than the grace period that began with the first one's exit
        assert second.status()["pid"] == pid
        assert second.lease().database in databases(second)


@pytest.mark.usefixtures("home")
def test_clients_that_reach_a_closing_supervisor_get_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSE_GRACE", "0")
    for _ in range(4):
        with connect("again") as client:
            assert query(str(client.postgres.url), "SELECT 1") == [1]


@pytest.mark.usefixtures("home")
def test_leases_are_isolated() -> None:
    with connect("writer") as writer, connect("reader") as reader:
        one, other = writer.lease(), reader.lease()
        assert one.database != other.database
        assert one.redis_prefix != other.redis_prefix
        query(one.database_url, "DELETE FROM things WHERE id = 1")
        assert things(one) == [2, 3]
        assert things(other) == [1, 2, 3]


@pytest.mark.usefixtures("home")
def test_leases_are_dropped_on_release_or_disconnection() -> None:
    with connect("stays") as stays:
        with connect("goes") as goes:
            leases = [goes.lease(), goes.lease()]
            for lease in leases:
                put(str(lease.redis_url), lease.redis_prefix + "key")
            goes.release(leases[0])
            eventually(lambda: leases[0].database not in databases(stays))
            assert leases[1].database in databases(stays)
            assert keys(str(stays.redis.url)) == {leases[1].redis_prefix + "key"}
        eventually(lambda: leases[1].database not in databases(stays))
        assert keys(str(stays.redis.url)) == set()


@pytest.mark.usefixtures("empty_home")
def test_the_first_lease_reports_the_loading_progress() -> None:
    reported: list[tuple[str, float]] = []
    with connect("curious") as client:
        client.lease(lambda text, fraction: reported.append((text, fraction)))
    assert ("Loading things", 0.5) in reported
