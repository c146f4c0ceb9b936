import re

from app.lab.display.code import Code
from app.lab.display.notes import source
from app.shop.database import Database

CODE = Code("`app/x.py`", 'async def f() -> str:\n    return "<&>"')


def test_it_is_monospaced_whatever_the_page_says_of_output() -> None:
    assert re.search(r'<pre style="font-family:[^"]*monospace', CODE._repr_html_())


def test_its_colours_are_the_themes() -> None:
    page = CODE._repr_html_()
    assert "color: var(--jp-mirror-editor-keyword-color)" in page
    assert not re.search(r"color: #|background", page)


def test_the_page_holds_the_code_to_the_letter() -> None:
    shown = re.search(r"<pre[^>]*>(.*)</pre>", CODE._repr_html_(), re.DOTALL)
    assert shown
    text = re.sub(r"<[^>]*>", "", shown[1])
    assert text == CODE.text.replace("<&>", "&lt;&amp;&gt;").replace("->", "-&gt;")


def test_in_a_terminal_it_is_text() -> None:
    assert repr(CODE) == f"{CODE.title}\n\n{CODE.text}"


def test_source_names_the_file_and_takes_off_the_indentation() -> None:
    shown = source(Database.reading)
    assert shown.title == "`app/shop/database.py`"
    assert shown.text.startswith("@asynccontextmanager\nasync def reading(")
