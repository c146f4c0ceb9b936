"""Gin: compiled with Debian's packages of Go sources, or else with the user's own Go modules."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.lab.frameworks.building import BuildError, built, run_tool, tool_version
from app.lab.frameworks.framework import FOLDER, Framework, Missing

DEBIAN = Path("/usr/share/gocode")
GIN = DEBIAN / "src/github.com/gin-gonic/gin"
PGX = DEBIAN / "src/github.com/jackc/pgx/v4"
PACKAGES = "golang-go golang-github-gin-gonic-gin-dev golang-github-jackc-pgx-v4-dev"
GET_GO = f"On Debian and Ubuntu: sudo apt install {PACKAGES}; elsewhere: go.dev."
PROGRAM = "server.exe" if sys.platform == "win32" else "server"


@dataclass(frozen=True)
class GoStart:
    framework: Framework
    versions: Mapping[str, str]
    folder: Path

    def command(self, port: int, processes: int) -> list[str]:  # noqa: ARG002
        return [str(self.folder / PROGRAM)]

    def variables(self, processes: int, connections: int) -> dict[str, str]:
        # One process for all cores, so the whole pool is its own.
        return {
            "GOMAXPROCS": str(processes),
            "POOL_SIZE": str(connections),
            "SQL_FOLDER": str(FOLDER / "sql"),
        }


def start_gin(framework: Framework) -> GoStart | Missing:
    go = shutil.which("go")
    said = tool_version([go, "version"]) if go else None
    if go is None or said is None:
        return Missing(framework, f"Go is not installed. {GET_GO}")
    of_debian = GIN.is_dir() and PGX.is_dir()

    def compile_server(folder: Path) -> None:
        build = [go, "build", "-trimpath", "-o", PROGRAM]
        if of_debian:
            own = {"GO111MODULE": "off", "GOPATH": str(DEBIAN), "GOFLAGS": ""}
            run_tool([*build, "."], folder, _environment(folder) | own)
        else:
            # Go writes the checksums into go.sum, after it has checked them with its database.
            run_tool([*build, "-mod=mod", "."], folder, _environment(folder))

    sources = [*framework.folder.glob("*.go"), framework.folder / "go.mod"]
    try:
        folder = built("gin", sources, f"{said}, Debian: {of_debian}", compile_server)
    except (BuildError, OSError) as error:
        return Missing(framework, f"Go could not compile it ({error}). {GET_GO}")
    version = re.sub(r"go version go(\S+).*", r"\1", said)
    return GoStart(framework, {"go": version, **_versions(of_debian, folder)}, folder)


def _environment(folder: Path) -> dict[str, str]:
    """Go needs a place for its cache, and there may be no HOME."""
    cache = {} if "HOME" in os.environ else {"GOCACHE": str(folder.parent / "go-cache")}
    return {**os.environ, **cache, "CGO_ENABLED": "0"}


def _versions(of_debian: bool, folder: Path) -> dict[str, str]:
    if of_debian:
        found = {"gin": _packaged("gin-gonic-gin"), "pgx": _packaged("jackc-pgx-v4")}
    else:
        required = (folder / "go.mod").read_text(encoding="utf-8")
        pairs = re.findall(r"(gin|pgx)(?:/v\d+)? v(\S+)", required)
        found = dict(pairs)
    return {name: version for name, version in found.items() if version}


def _packaged(name: str) -> str | None:
    """The version of a Debian package of Go sources, without Debian's own part."""
    command = ["dpkg-query", "--show", "--showformat=${Version}", f"golang-github-{name}-dev"]
    said = tool_version(command)
    return said and said.rpartition("-")[0]
