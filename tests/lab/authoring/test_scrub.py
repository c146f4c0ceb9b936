from pathlib import Path
from typing import Any

from app.lab.authoring.scrub import scrub


def scrubbed(*outputs: dict[str, Any]) -> list[dict[str, Any]]:
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": 7, "metadata": {}}
    cell["outputs"] = list(outputs)
    scrub({"cells": [cell]}, Path("/home/me/course"))
    assert cell["execution_count"] == 1
    return list(cell["outputs"])


def display(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_a_progress_bar_leaves_nothing() -> None:
    assert scrubbed(display({"text/html": [], "text/plain": ""}), stream("")) == []


def test_a_display_of_ipythons_empty_html_leaves_nothing() -> None:
    bar = {"text/html": "", "text/plain": "<IPython.core.display.HTML object>"}
    assert scrubbed(display(bar)) == []


def test_html_without_content_leaves_nothing() -> None:
    assert scrubbed(display({"text/html": '<pre style="a"></pre>\n', "text/plain": ""})) == []
    assert scrubbed(display({"text/html": '<div><img src="x"></div>'})) != []


def test_pictures_stay() -> None:
    picture = display({"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})
    assert scrubbed(picture)[0]["data"]["image/png"] == "iVBORw0KGgo="


def test_data_for_programs_stays() -> None:
    assert scrubbed(display({"application/json": {"a": 0}}))[0]["data"] == {
        "application/json": {"a": 0}
    }


def test_control_sequences_addresses_and_paths_go() -> None:
    text = "\x1b[31mred\x1b[0m <f at 0x7f1122334455> /home/me/course/app/x.py"
    assert scrubbed(stream(text))[0]["text"] == ["red <f at 0x…> app/x.py"]
    error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": [text]}
    assert scrubbed(error)[0]["traceback"] == ["red <f at 0x…> app/x.py"]


def test_a_result_is_numbered_as_its_cell() -> None:
    result = display({"text/plain": "2"}) | {"output_type": "execute_result", "execution_count": 7}
    assert scrubbed(result)[0]["execution_count"] == 1
