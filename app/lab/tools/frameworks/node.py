"""Express: installed by npm, exactly as its lock file says, in the user's state directory."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.lab.environment import neutral
from app.lab.tools.frameworks.building import BuildError, build_once, run_tool, tool_version
from app.lab.tools.frameworks.framework import FOLDER, Framework, Missing

MIN_NODE = 18
GET_NODE = "On Debian and Ubuntu: sudo apt install nodejs npm; elsewhere, see nodejs.org."


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
    version = tool_version([node, "--version"]) if node else None
    if node is None or version is None:
        return Missing(framework, f"Node is not installed. {GET_NODE}")
    if int(version.lstrip("v").partition(".")[0]) < MIN_NODE:
        return Missing(framework, f"Node {version} is older than {MIN_NODE}. {GET_NODE}")
    if npm is None:
        return Missing(framework, f"npm is not installed. {GET_NODE}")

    def install(folder: Path) -> None:
        options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        run_tool([npm, "ci", *options], folder, neutral(os.environ))

    try:
        folder = build_once("express", framework.folder.glob("*.js*"), version, install)
    except (BuildError, OSError) as error:
        remedy = "The first installation needs a network connection; connect and try again."
        return Missing(framework, f"npm could not install its packages ({error}). {remedy}")
    return NodeStart(framework, {"node": version.lstrip("v"), **_versions(folder)}, node, folder)


def _versions(folder: Path) -> dict[str, str]:
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    names = lock["packages"][""]["dependencies"]
    return {name: lock["packages"][f"node_modules/{name}"]["version"] for name in names}
