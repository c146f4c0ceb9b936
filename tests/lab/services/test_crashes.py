"""Whichever process is killed, the next start works and nothing is left behind."""

import os
import shutil
from pathlib import Path

import psutil
import pytest

from app.lab.services import ServicesError, connect
from tests.lab.services.databases import databases, keys, put, things
from tests.lab.services.processes import (
    HeldClient,
    eventually,
    kill,
    postgres_servers,
    running_for,
    stop_all,
    supervisors,
)


def data_directory(home: Path) -> Path:
    (found,) = home.glob("*/postgres-*[0-9]")
    return found


def is_ready(status: Path) -> bool:
    return status.exists() and "ready" in status.read_text()


def works() -> bool:
    with connect("next") as client:
        return things(client.lease()) == [1, 2, 3]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_killed_clients_leases_are_released_even_if_its_children_live(home: Path) -> None:
    with connect("witness") as witness, HeldClient("lease", "fork") as held:
        report = held.report()
        lease = report["lease"]
        put(lease["redis_url"], lease["redis_prefix"] + "key")
        assert lease["database"] in databases(witness)
        held.kill()
        assert psutil.pid_exists(report["child"])
        eventually(lambda: lease["database"] not in databases(witness))
        assert keys(str(witness.redis.url)) == set()
        psutil.Process(report["child"]).kill()
    eventually(lambda: not running_for(home))


def test_the_servers_stop_when_their_only_client_is_killed(home: Path) -> None:
    with HeldClient("lease") as held:
        held.report()
        assert running_for(home)
        held.kill()
    eventually(lambda: not running_for(home))


def test_a_killed_supervisor_is_replaced(home: Path) -> None:
    with connect("orphan") as orphan:
        lost = orphan.lease()
        (supervisor,) = supervisors(home)
        kill(supervisor)
        with connect("next") as client:
            assert client.status()["pid"] != supervisor.pid
            assert len(postgres_servers(home)) == 1
            assert things(client.lease()) == [1, 2, 3]
            assert lost.database not in databases(client)
        with pytest.raises(ServicesError, match="connection to the servers' supervisor was lost"):
            orphan.lease()


def test_servers_that_outlived_their_supervisor_are_terminated(home: Path) -> None:
    with connect("first") as client:
        data = data_directory(home)
        (server,) = postgres_servers(home)
        command = server.cmdline()
        owner = server.uids().real
        client.close()
    stop_all(home)
    survivor = psutil.Popen(command, **({"user": owner} if os.geteuid() == 0 else {}))
    eventually(lambda: is_ready(data / "postmaster.pid"))
    assert works()
    assert survivor.wait(20) is not None


def test_killed_servers_are_restarted(home: Path) -> None:
    with connect("patient") as client:
        client.lease()
        for child in supervisors(home)[0].children():
            kill(child)
        client.find_services()
        assert things(client.lease()) == [1, 2, 3]
        put(str(client.redis.url), "a")


@pytest.mark.parametrize("number", [2**22 - 7, os.getpid()])
def test_a_stale_pid_file_does_not_matter(home: Path, number: int) -> None:
    stale = data_directory(home) / "postmaster.pid"
    stale.write_text(f"{number}\n{stale.parent}\n0\n5432\n/tmp\n\n  1  1\nready   \n")
    assert works()


def test_an_incomplete_data_directory_is_recreated(home: Path) -> None:
    data = data_directory(home)
    (data / "PG_VERSION").unlink()
    left = data.with_name("initdb-left")
    left.mkdir()
    assert works()
    assert not left.exists()


def test_a_data_directory_of_another_version_is_recreated(home: Path) -> None:
    (data_directory(home) / "PG_VERSION").write_text("9\n")
    assert works()


def test_a_damaged_data_directory_is_recreated(home: Path) -> None:
    shutil.rmtree(data_directory(home) / "global")
    assert works()


def test_an_incomplete_template_is_reloaded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SEED", "tests.lab.services.stuck_seed")
    monkeypatch.setenv("STUCK", "1")
    with connect("first") as client:
        eventually(lambda: any(name.endswith("_loading") for name in databases(client)))
        kill(supervisors(home)[0])
    monkeypatch.delenv("STUCK")
    with connect("second") as client:
        assert things(client.lease()) == [1, 2, 3]
        assert not any(name.endswith("_loading") for name in databases(client))


@pytest.mark.usefixtures("home")
def test_a_failure_to_load_the_data_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_SEED", "tests.lab.services.broken_seed")
    with (
        connect("unlucky") as client,
        pytest.raises(ServicesError, match="could not be loaded: ValueError: line 7"),
    ):
        client.lease()
