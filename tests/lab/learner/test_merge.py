"""The merge of a new version of a notebook into the learner's own."""

from typing import Any

import pytest

from app.lab.authoring.notebook import Notebook, new_notebook, text_of
from app.lab.authoring.project import Kind
from app.lab.authoring.source import Cell
from app.lab.learner.work_copy.merge import Merged, merge

TITLE = Cell("markdown", "# Why?")
SETUP = Cell("code", "start()")
STUB = Cell("code", "answer = None", ("answer",))
CHECK = Cell("code", "check(answer)")
CELLS = (TITLE, SETUP, STUB, CHECK)


def notebook(*cells: Cell, kind: Kind = "exercise") -> Notebook:
    return new_notebook(list(cells), "why", kind)


def texts(merged: Merged) -> list[str]:
    return [text_of(cell["source"]) for cell in merged.notebook["cells"]]


def edited(number: int, text: str, *cells: Cell, kind: Kind = "exercise") -> Notebook:
    own = notebook(*cells, kind=kind)
    own["cells"][number]["source"] = text
    return own


def own_cell(text: str, name: str | None = "mine") -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": "markdown", "metadata": {}, "source": text}
    return cell if name is None else cell | {"id": name}


def test_an_untouched_notebook_becomes_the_new_one() -> None:
    new = notebook(TITLE, Cell("code", "begin()"), STUB, Cell("code", "look()"), CHECK)
    merged = merge(notebook(*CELLS), new, notebook(*CELLS))
    assert merged == Merged(new, 0, False)


def test_the_answer_stays_and_the_course_changes_around_it() -> None:
    new = notebook(TITLE, Cell("code", "begin()"), STUB, CHECK)
    merged = merge(notebook(*CELLS), new, edited(2, "answer = 7", *CELLS))
    assert texts(merged) == ["# Why?", "begin()", "answer = 7", "check(answer)"]
    assert (merged.conflicts, merged.answer_outdated) == (0, False)


def test_outputs_of_cells_that_did_not_change_stay() -> None:
    own = notebook(*CELLS)
    own["cells"][1] |= {"outputs": ["shown"], "execution_count": 4}
    own["cells"][3] |= {"outputs": ["old"], "execution_count": 5}
    merged = merge(notebook(*CELLS), notebook(TITLE, SETUP, STUB, Cell("code", "check()")), own)
    assert [cell.get("outputs") for cell in merged.notebook["cells"]] == [None, ["shown"], [], []]


def test_an_answer_stays_where_its_cell_changed_and_that_is_reported() -> None:
    new = notebook(TITLE, SETUP, Cell("code", "answer = []", ("answer",)), CHECK)
    merged = merge(notebook(*CELLS), new, edited(2, "answer = 7", *CELLS))
    assert texts(merged)[2] == "answer = 7"
    assert (merged.conflicts, merged.answer_outdated) == (0, True)
    assert not merge(notebook(*CELLS), new, notebook(*CELLS)).answer_outdated


def test_a_cell_that_both_changed_is_the_courses_and_counts_as_a_conflict() -> None:
    new = notebook(TITLE, Cell("code", "begin()"), STUB, CHECK)
    merged = merge(notebook(*CELLS), new, edited(1, "start(2)", *CELLS))
    assert texts(merged)[1] == "begin()"
    assert merged.conflicts == 1


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    new = notebook(TITLE, Cell("code", "begin()"), STUB, CHECK)
    assert merge(notebook(*CELLS), new, edited(1, "begin()", *CELLS)).conflicts == 0


def test_a_prediction_in_a_lesson_stays() -> None:
    cells = (TITLE, Cell("code", "lab.predict(x=None)"))
    new = notebook(*cells, Cell("code", "more()"), kind="lesson")
    own = edited(1, "lab.predict(x=7)", *cells, kind="lesson")
    merged = merge(notebook(*cells, kind="lesson"), new, own)
    assert texts(merged) == ["# Why?", "lab.predict(x=7)", "more()"]


def test_the_solution_of_a_changed_exercise_is_the_new_one() -> None:
    new = notebook(TITLE, Cell("code", "answer = 8", ("answer",)), kind="solution")
    old = (TITLE, Cell("code", "answer = 7", ("answer",)))
    own = edited(1, "answer = 6", *old, kind="solution")
    merged = merge(notebook(*old, kind="solution"), new, own)
    assert texts(merged)[1] == "answer = 8"
    assert merged.conflicts == 1


@pytest.mark.parametrize("place", range(5))
def test_an_added_cell_stays_below_the_cell_it_was_below(place: int) -> None:
    own = notebook(*CELLS)
    own["cells"][place:place] = [own_cell("one", "one"), own_cell("two", "two")]
    new = notebook(TITLE, SETUP, Cell("markdown", "New."), STUB, CHECK)
    result = texts(merge(notebook(*CELLS), new, own))
    at = result.index("one")
    assert result[at : at + 2] == ["one", "two"]
    assert (result[at - 1] if at else None) == (text_before(place) if place else None)
    assert len(result) == 7


def text_before(place: int) -> str:
    return CELLS[place - 1].source


def test_an_added_cell_below_one_that_is_gone_stays_above_the_next() -> None:
    own = notebook(*CELLS)
    own["cells"].insert(2, own_cell("mine"))
    new = notebook(TITLE, Cell("code", "begin()"), STUB, CHECK)
    assert texts(merge(notebook(*CELLS), new, own))[:3] == ["# Why?", "begin()", "mine"]


def test_a_deleted_cell_stays_deleted_until_the_course_changes_it() -> None:
    own = notebook(TITLE, STUB, CHECK)
    new = notebook(*CELLS, Cell("markdown", "New."))
    assert "start()" not in texts(merge(notebook(*CELLS), new, own))
    new = notebook(TITLE, Cell("code", "begin()"), STUB, CHECK)
    assert "begin()" in texts(merge(notebook(*CELLS), new, own))


@pytest.mark.parametrize("name", [None, "other", "answer"])
def test_ids_that_an_editor_dropped_replaced_or_doubled(name: str | None) -> None:
    own = edited(2, "answer = 7", *CELLS)
    for cell in own["cells"]:
        cell.pop("id")
        if name is not None:
            cell["id"] = name
    new = notebook(TITLE, Cell("code", "begin()"), STUB, CHECK)
    merged = merge(notebook(*CELLS), new, own)
    assert sorted(texts(merged)) == sorted(["# Why?", "begin()", "answer = 7", "check(answer)"])
    ids = [cell["id"] for cell in merged.notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert texts(merged)[ids.index("answer")] == "answer = 7"


def test_without_a_base_nothing_of_the_learners_is_dropped() -> None:
    own = edited(2, "answer = 7", *CELLS)
    own["cells"][1]["source"] = "start(2)"
    merged = merge(None, notebook(TITLE, SETUP, STUB, Cell("code", "check()")), own)
    assert texts(merged) == ["# Why?", "start(2)", "answer = 7", "check(answer)", "check()"]
    assert merged.conflicts == 0


def test_a_merge_that_was_interrupted_can_be_repeated() -> None:
    new = notebook(TITLE, Cell("code", "begin()"), Cell("code", "answer = []", ("answer",)), CHECK)
    own = edited(2, "answer = 7", *CELLS)
    own["cells"].append(own_cell("mine"))
    once = merge(notebook(*CELLS), new, own).notebook
    assert merge(notebook(*CELLS), new, once).notebook == once
    assert merge(new, new, once).notebook == once


def test_the_learners_kernel_stays() -> None:
    own = notebook(*CELLS)
    own["metadata"]["kernelspec"] = {"name": "mine"}
    new = notebook(TITLE, STUB)
    merged = merge(notebook(*CELLS), new, own)
    assert merged.notebook["metadata"] == new["metadata"] | {"kernelspec": {"name": "mine"}}
