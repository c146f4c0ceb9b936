"""Sampled stacks as a tree, with runs of library code folded into one node each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from app.lab.serving.stacks import PROCESS, Frame, Samples, Stack

_MOST_PACKAGES = 4
"""Libraries that are named in the label of one node."""


@dataclass
class Node:
    """A function of the application, or code of libraries between two of them."""

    label: str
    own: bool
    """Whether it is the application's own code."""
    weight: float = 0.0
    """Of all samples with this node in their stack at this place."""
    children: "dict[str, Node]" = field(default_factory=dict)

    def walk(self, least: float, depth: int = 0) -> "Iterator[tuple[int, Node]]":
        """Each node that weighs at least ``least``, with its depth; the heaviest first."""
        yield depth, self
        for child in self.heaviest_first():
            if child.weight >= least:
                yield from child.walk(least, depth + 1)

    def heaviest_first(self) -> "list[Node]":
        return sorted(self.children.values(), key=lambda child: -child.weight)

    def to_json(self, least: float) -> dict[str, Any]:
        """The same nodes as nested data."""
        children = [
            child.to_json(least) for child in self.heaviest_first() if child.weight >= least
        ]
        return {"n": self.label, "o": self.own, "w": self.weight, "c": children}


def tree_of(samples: Samples) -> Node:
    """All samples below one root."""
    root = Node("all samples", own=False)
    for stack, weight in samples.items():
        node = root
        node.weight += weight
        for label, own in _steps(stack):
            node = node.children.setdefault(label, Node(label, own))
            node.weight += weight
    return root


def _steps(stack: Stack) -> Iterator[tuple[str, bool]]:
    """The stack with each run of library code as one step, named after its libraries."""
    for kind, frames in groupby(stack, key=_kind):
        if kind == "library":
            packages = list(dict.fromkeys(str(frame.package) for frame in frames))
            shown = packages[-_MOST_PACKAGES:]
            yield " > ".join(["…", *shown] if len(packages) > len(shown) else shown), False
        else:
            yield from ((_label(frame), kind == "own") for frame in frames if not frame.is_part)


def _kind(frame: Frame) -> str:
    if frame.file == PROCESS:
        return "process"
    return "own" if frame.package is None else "library"


def _label(frame: Frame) -> str:
    return frame.name if frame.file == PROCESS else str(frame)
