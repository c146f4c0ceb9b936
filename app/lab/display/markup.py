"""The little Markdown that sentences hold, as HTML."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def code_spans(text: str) -> str:
    """``text`` with what stands between backticks as code. All else is literal, so that a message
    may quote anything, such as an exception's text."""
    return str(_reader("backticks").renderInline(text))


def sentence(markdown: str) -> str:
    """A sentence with code spans and links."""
    return str(_reader("backticks", "link").renderInline(markdown))


@cache
def _reader(*rules: str) -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(rules)
