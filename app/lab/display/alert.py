"""A box that stands out: what went wrong, before everything else."""

from app.lab.display.markup import code_spans

RED, AMBER = "#b3261e", "#b3500c"


def alert(title: str, text: str, colour: str = RED) -> str:
    """HTML with a bold title, and a text in which backticks enclose code."""
    return (
        f'<div style="border-left:6px solid {colour};padding:.4em 1em;margin:.4em 0">'
        f'<b>{code_spans(title)}</b><p style="margin:.3em 0">{code_spans(text)}</p></div>'
    )
