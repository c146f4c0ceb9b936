"""A notebook exported as HTML, as a browser shows it."""

import json
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from app.lab.display.alert import alert
from app.lab.display.code import code_html
from app.lab.display.dots import Dots
from app.lab.display.notes import source
from app.lab.display.table import Table
from app.shop.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_source_is_monospaced_and_coloured(browser: Chrome, tmp_path: Path, theme: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(exported(source(Database.reading)._repr_html_(), theme), encoding="utf-8")
    browser.get(page.as_uri())
    code = browser.find_element(By.CSS_SELECTOR, ".jp-OutputArea-output pre")
    assert "monospace" in code.value_of_css_property("font-family")
    keyword = code.find_element(By.TAG_NAME, "span")
    assert keyword.text == "async"
    assert keyword.value_of_css_property("color") != code.value_of_css_property("color")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sql_and_answers_are_monospaced(browser: Chrome, tmp_path: Path, theme: str) -> None:
    html = Table(["statement"], [["SELECT 1"]], code=["statement"]).html()
    html += code_html("SELECT 1;", "sql") + code_html('{"a": 1}') + alert("Failed", "At `x = 1`.")
    page = tmp_path / "page.html"
    page.write_text(exported(html, theme), encoding="utf-8")
    browser.get(page.as_uri())
    code = browser.find_elements(By.CSS_SELECTOR, ".jp-OutputArea-output :is(pre, code)")
    assert len(code) == 4
    for one in code:
        assert "monospace" in one.value_of_css_property("font-family")


@pytest.mark.parametrize(("theme", "inverted"), [("light", "invert(0)"), ("dark", "invert(0.93)")])
def test_charts_follow_the_theme(
    browser: Chrome, tmp_path: Path, theme: str, inverted: str
) -> None:
    page = tmp_path / "page.html"
    page.write_text(exported(Dots([1, 2], "n", "one")._repr_html_(), theme), encoding="utf-8")
    browser.get(page.as_uri())
    image = browser.find_element(By.CSS_SELECTOR, ".jp-OutputArea-output img")
    assert inverted in image.value_of_css_property("filter")


def exported(html: str, theme: str) -> str:
    output = {"output_type": "display_data", "data": {"text/html": html}, "metadata": {}}
    cell = {"cell_type": "code", "id": "one", "source": "", "metadata": {}, "outputs": [output]}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{**cell, "execution_count": None}],
    }
    node = nbformat.reads(json.dumps(notebook), as_version=4)  # type: ignore[no-untyped-call]
    text: str
    exporter = HTMLExporter(theme=theme)  # type: ignore[no-untyped-call]
    text, _ = exporter.from_notebook_node(node)
    return text
