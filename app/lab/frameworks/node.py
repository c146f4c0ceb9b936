"""Express: from npm, exactly as its lock file says, into a folder of this user's."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.lab.frameworks.building import BuildError, built, run_tool, tool_version
from app.lab.frameworks.framework import FOLDER, Framework, Missing

OLDEST_NODE = 18
GET_NODE = "On Debian and Ubuntu: sudo apt install nodejs npm; elsewhere: nodejs.org."


@dataclass(frozen=True)
class NodeStart:
    framework: Framework
    versions: Mapping[str, str]
    node: str
    folder: Path

    def command(self, port: int, processes: int) -> list[str]:  # noqa: ARG002
        return [self.node, str(self.folder / "server.js")]

    def variables(self, processes: int, connections: int) -> dict[str, str]:  # noqa: ARG002
        return {"NODE_ENV": "production", "SQL_FOLDER": str(FOLDER / "sql")}


def start_express(framework: Framework) -> NodeStart | Missing:
    node, npm = shutil.which("node"), shutil.which("npm")
    said = tool_version([node, "--version"]) if node else None
    if node is None or said is None:
        return Missing(framework, f"Node is not installed. {GET_NODE}")
    if int(said.lstrip("v").partition(".")[0]) < OLDEST_NODE:
        return Missing(framework, f"Node {said} is older than {OLDEST_NODE}. {GET_NODE}")
    if npm is None:
        return Missing(framework, f"npm is not installed. {GET_NODE}")

    def install(folder: Path) -> None:
        options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        run_tool([npm, "ci", *options], folder, os.environ)

    try:
        folder = built("express", framework.folder.glob("*.js*"), said, install)
    except (BuildError, OSError) as error:
        remedy = "It takes a network the first time; then try again."
        return Missing(framework, f"npm could not install its packages ({error}). {remedy}")
    return NodeStart(framework, {"node": said.lstrip("v"), **_versions(folder)}, node, folder)


def _versions(folder: Path) -> dict[str, str]:
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    names = lock["packages"][""]["dependencies"]
    return {name: lock["packages"][f"node_modules/{name}"]["version"] for name in names}
