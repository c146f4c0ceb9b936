"""Merges a new version of a notebook into the learner's own: cell by cell, three ways.

Not with nbdime: it aligns cells by similarity where ids tell which is which, marks conflicts inside
the text of a cell, and brings a Git client and a server extension.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.lab.authoring.assemble import ANSWER
from app.lab.authoring.notebook import Notebook, tags_of, text_of

Cell = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge."""

    notebook: Notebook
    conflicts: int
    """The number of cells that the learner edited and the new version changed or dropped. Only the
    learner's former file has them."""
    answer_outdated: bool
    """Whether the learner's answer replaces a cell to edit that the new version changed."""


def merge(base: Notebook | None, new: Notebook, own: Notebook) -> Merged:
    """``new`` with what the learner changed in ``own`` since ``base``.

    Without a base, which is what was handed out last, nothing of ``own`` is taken for unedited.
    In an exercise, an answer in the cell to edit always stays.
    """
    old, coming = _by_id(base["cells"] if base else []), _by_id(new["cells"])
    mine = _identified(own["cells"], {**old, **coming})
    present = _by_id(mine)
    answers = new["metadata"]["course"]["kind"] == "exercise"
    cells = [
        _merged(old.get(name), cell, present[name], answers) if name in present else cell
        for name, cell in coming.items()
        if name in present or name not in old  # otherwise the learner deleted it
    ]
    cells = _with_added(cells, mine, {name for name in present if name not in {**old, **coming}})
    kept = {_essence(cell) for cell in cells}
    edited = [cell for cell in mine if _differ(cell, old.get(cell["id"]))]
    metadata = new["metadata"] | own.get("metadata", {}) | {"course": new["metadata"]["course"]}
    return Merged(
        notebook=new | {"cells": cells, "metadata": metadata},
        conflicts=sum(_essence(cell) not in kept for cell in edited),
        answer_outdated=any(
            _is_answer(cell) and _differ(cell, coming[name]) and _differ(old[name], coming[name])
            for cell in edited
            if (name := cell["id"]) in coming and name in old and _essence(cell) in kept
        ),
    )


def same_cells(one: Notebook, other: Notebook) -> bool:
    """Whether two notebooks have the same cells, whatever they were run with."""
    return [(cell.get("id"), *_essence(cell), tags_of(cell)) for cell in one["cells"]] == [
        (cell.get("id"), *_essence(cell), tags_of(cell)) for cell in other["cells"]
    ]


def _merged(before: Cell | None, new: Cell, own: Cell, answers: bool) -> Cell:
    """One cell that both sides have."""
    keeps_own = (
        not _differ(own, new)
        or before is None
        or (_differ(own, before) and (not _differ(new, before) or (answers and _is_answer(new))))
    )
    if not keeps_own:
        return new
    return own | {"metadata": own.get("metadata", {}) | new["metadata"]}


def _with_added(cells: Sequence[Cell], mine: Sequence[Cell], added: set[str]) -> list[Cell]:
    """``cells`` with the learner's own ones, each below the cell that it was below."""
    result = list(cells)
    for index, cell in enumerate(mine):
        if cell["id"] in added:
            ids = [other["id"] for other in result]
            result.insert(_place(ids, [other["id"] for other in mine], index), cell)
    return result


def _place(ids: Sequence[str], own: Sequence[str], index: int) -> int:
    if index == 0:
        return 0
    if own[index - 1] in ids:
        return ids.index(own[index - 1]) + 1
    following = next((name for name in own[index + 1 :] if name in ids), None)
    return ids.index(following) if following else len(ids)


def _identified(cells: Sequence[Cell], known: Mapping[str, Cell]) -> list[Cell]:
    """``cells`` with unique ids. Where an editor dropped, replaced or repeated an id, a cell is
    recognized by its tag or its text."""
    count = Counter(cell.get("id") for cell in cells)
    taken = {name for name in count if count[name] == 1}
    missing = {name: cell for name, cell in known.items() if name not in taken}
    by_text = {_essence(cell): name for name, cell in missing.items()}
    answers = [name for name, cell in missing.items() if _is_answer(cell)]
    used: set[str] = set()
    result = []
    for cell in cells:
        name = cell.get("id")
        if name not in known or name not in taken:
            if _is_answer(cell) and answers:
                name = answers.pop(0)
            else:
                name = by_text.pop(_essence(cell), name)
        if not isinstance(name, str) or name in used:
            name = _free_id(used | set(count) | set(known))
        used.add(name)
        result.append(cell | {"id": name})
    return result


def _free_id(taken: set[Any]) -> str:
    number = 1
    while f"own-{number}" in taken:
        number += 1
    return f"own-{number}"


def _is_answer(cell: Cell) -> bool:
    return ANSWER in tags_of(cell)


def _by_id(cells: Sequence[Cell]) -> dict[str, Cell]:
    return {cell["id"]: cell for cell in cells}


def _differ(one: Cell, other: Cell | None) -> bool:
    return other is None or _essence(one) != _essence(other)


def _essence(cell: Cell) -> tuple[str, str]:
    return cell["cell_type"], text_of(cell["source"])
