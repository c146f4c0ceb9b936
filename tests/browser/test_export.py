"""A notebook exported as HTML, as a browser shows it."""

import json
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from app.lab.display.notes import source
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
