"""Gin: compiled from Debian's packages of Go sources, or else from Go modules."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.lab.environment import neutral
from app.lab.tools.frameworks.building import BuildError, build_once, run_tool, tool_version
from app.lab.tools.frameworks.framework import FOLDER, Framework, Missing

DEBIAN = Path("/usr/share/gocode")
GIN = DEBIAN / "src/github.com/gin-gonic/gin"
PGX = DEBIAN / "src/github.com/jackc/pgx/v4"
PACKAGES = "golang-go golang-github-gin-gonic-gin-dev golang-github-jackc-pgx-v4-dev"
GET_GO = f"On Debian and Ubuntu: sudo apt install {PACKAGES}; elsewhere, see go.dev."
PROGRAM = "server.exe" if sys.platform == "win32" else "server"


@dataclass(frozen=True)
class GoStart:
    framework: Framework
    versions: Mapping[str, str]
    folder: Path

    def command(self, port: int, processes: int) -> list[str]:  # noqa: ARG002
        return [str(self.folder / PROGRAM)]

    def variables(self, processes: int, connections: int) -> dict[str, str]:
        # One process uses all cores, so it gets the whole pool.
        return {
            "GOMAXPROCS": str(processes),
            "POOL_SIZE": str(connections),
            "SQL_FOLDER": str(FOLDER / "sql"),
        }


def start_gin(framework: Framework) -> GoStart | Missing:
    go = shutil.which("go")
    go_version = tool_version([go, "version"]) if go else None
    if go is None or go_version is None:
        return Missing(framework, f"Go is not installed. {GET_GO}")
    from_debian = GIN.is_dir() and PGX.is_dir()

    def compile_server(folder: Path) -> None:
        # Gin's own tag: without MessagePack, which no job uses, it compiles faster.
        build = [go, "build", "-trimpath", "-tags", "nomsgpack", "-o", PROGRAM]
        if from_debian:
            variables = {"GO111MODULE": "off", "GOPATH": str(DEBIAN), "GOFLAGS": ""}
            run_tool([*build, "."], folder, _environment(folder) | variables)
        else:
            # Go verifies the checksums with its database and writes them to go.sum.
            run_tool([*build, "-mod=mod", "."], folder, _environment(folder))

    sources = [*framework.folder.glob("*.go"), framework.folder / "go.mod"]
    try:
        folder = build_once("gin", sources, f"{go_version}, Debian: {from_debian}", compile_server)
    except (BuildError, OSError) as error:
        return Missing(framework, f"Go could not compile it ({error}). {GET_GO}")
    version = re.sub(r"go version go(\S+).*", r"\1", go_version)
    return GoStart(framework, {"go": version, **_versions(from_debian, folder)}, folder)


def _environment(folder: Path) -> dict[str, str]:
    """Go needs a cache directory, and HOME may not be set."""
    cache = {} if "HOME" in os.environ else {"GOCACHE": str(folder.parent / "go-cache")}
    return {**neutral(os.environ), **cache, "CGO_ENABLED": "0"}


def _versions(from_debian: bool, folder: Path) -> dict[str, str]:
    if from_debian:
        versions = {"gin": _packaged("gin-gonic-gin"), "pgx": _packaged("jackc-pgx-v4")}
    else:
        required = (folder / "go.mod").read_text(encoding="utf-8")
        pairs = re.findall(r"(gin|pgx)(?:/v\d+)? v(\S+)", required)
        versions = dict(pairs)
    return {name: version for name, version in versions.items() if version}


def _packaged(name: str) -> str | None:
    """The version of a Debian package of Go sources, without the Debian revision."""
    command = ["dpkg-query", "--show", "--showformat=${Version}", f"golang-github-{name}-dev"]
    version = tool_version(command)
    return version and version.rpartition("-")[0]
