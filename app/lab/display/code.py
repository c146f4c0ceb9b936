"""Code as a notebook shows it: monospaced and highlighted, in a light or a dark theme."""

from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from app.lab.display.markup import sentence

if TYPE_CHECKING:
    from pygments.formatters import HtmlFormatter

CODE_FONT = "font-family:var(--jp-code-font-family,monospace)"
# Inline, because JupyterLab's and nbconvert's own rules for output give it the font of prose.
_STYLE = (
    f"{CODE_FONT};"
    "font-size:var(--jp-code-font-size,13px);"
    "line-height:var(--jp-code-line-height,1.3);"
    "white-space:pre;overflow-x:auto;"
    "border-left:3px solid var(--jp-border-color2,#bdbdbd);padding:0 0 0 .8em;margin:.4em 0"
)


@dataclass(frozen=True)
class Code:
    """Python code below a title."""

    title: str
    """A line of Markdown, with code spans and links."""
    text: str

    def __repr__(self) -> str:
        return f"{self.title}\n\n{self.text}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        printer.text(repr(self))

    def _repr_html_(self) -> str:
        return f"<p>{sentence(self.title)}</p>{code_html(self.text, 'python')}"


def code_html(text: str, language: str = "text") -> str:
    """Code in a ``<pre>``, highlighted as Pygments' lexer for ``language`` reads it."""
    from pygments import highlight
    from pygments.lexers import get_lexer_by_name

    coloured = highlight(text, get_lexer_by_name(language), _formatter())
    return f'<pre style="{_STYLE}">{coloured.rstrip()}</pre>'


def folded(summary: str, html: str) -> str:
    """HTML that is shown once its summary is clicked."""
    return f"<details><summary>{escape(summary)}</summary>{html}</details>"


@cache
def _formatter() -> "HtmlFormatter[str]":
    from jupyterlab_pygments import JupyterStyle
    from pygments.formatters import HtmlFormatter
    from pygments.token import Comment, Keyword, Number, Operator, String

    # Its colours are variables of JupyterLab's themes; where they are unknown, code is plain.
    # Names and punctuation keep the page's colour: marking each would triple what is stored.
    colours = {token: JupyterStyle.styles[token] for token in (Comment, Keyword, Number, String)}
    colours[Operator.Word] = colours[Keyword]
    style = type("CodeStyle", (JupyterStyle,), {"styles": colours})
    return HtmlFormatter(style=style, noclasses=True, nowrap=True)
