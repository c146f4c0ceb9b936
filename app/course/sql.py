"""SQL for people: as short labels that still differ, with its values, and laid out in lines."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_CLAUSE = re.compile(
    r"""'(?:[^']|'')*' | "[^"]*" | [()] |
    \b(?:FROM | WHERE | GROUP\ BY | HAVING | ORDER\ BY | LIMIT | OFFSET | UNION(?:\ ALL)? |
    (?:(?:LEFT|RIGHT|FULL|INNER|CROSS)\ (?:OUTER\ )?)?JOIN | VALUES | SET | RETURNING |
    ON\ CONFLICT | FOR\ UPDATE)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_CAST = (
    r"::[A-Za-z_]\w*(?: WITH(?:OUT)? TIME ZONE| VARYING| PRECISION)?"
    r"(?:\(\d+(?:, ?\d+)?\))?(?:\[\])?"
)
_PARAMETER = re.compile(rf"\$(\d+)(?:{_CAST})?")
_COLUMNS, _END = re.compile("^SELECT … "), re.compile(" …$")
_SHORT_LIST = 30
"""Characters that a list of columns may have in a label."""
_EXPENDABLE = ("JOIN", "ORDER BY", "GROUP BY", "RETURNING", "LIMIT")
"""Clauses that a label leaves out, these first, where it would be too long."""


def with_values(sql: str, values: Sequence[str | None]) -> str:
    """``sql`` with its parameters in place of ``$1`` and so on, without their casts."""

    def value_of(found: re.Match[str]) -> str:
        number = int(found[1])
        value = values[number - 1] if number <= len(values) else None
        return f"${number}" if value is None else value

    return _PARAMETER.sub(value_of, sql)


def laid_out(sql: str) -> str:
    """``sql`` with each clause on a line of its own."""
    return "\n".join(clause.strip() for clause in _clauses(sql))


def labels(statements: Sequence[str], width: int) -> list[str]:
    """One of at most ``width`` characters for each of the statements, in their order. Different
    statements have different labels."""
    distinct = list(dict.fromkeys(statements))
    short = {sql: _shortened(sql, width) for sql in distinct}
    counts = Counter(short.values())
    unique = {
        sql: label if counts[label] == 1 else _around_difference(sql, distinct, width)
        for sql, label in short.items()
    }
    return [unique[sql] for sql in statements]


def _clauses(sql: str) -> Iterator[str]:
    """The parts that begin with the keyword of a clause, outside of brackets and quotes."""
    depth = begin = 0
    for found in _CLAUSE.finditer(sql):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0 and found[0][0].isalpha() and found.start() > begin:
            yield sql[begin : found.start()]
            begin = found.start()
    yield sql[begin:]


def _shortened(sql: str, width: int) -> str:
    clauses = [_brief(clause.strip()) for clause in _clauses(sql)]
    table = next((c.split()[1] for c in clauses if re.match(r"FROM \w", c)), None)
    if table:
        clauses = [re.sub(rf"\b{re.escape(table)}\.", "", clause) for clause in clauses]
    for keyword in _EXPENDABLE:
        if len(" ".join(clauses)) <= width:
            break
        clauses = ["…" if clause.startswith(keyword) else clause for clause in clauses]
    text = re.sub(r"…(?: …)+", "…", " ".join(clauses))
    for dispensable in (_COLUMNS, _END):
        text = text if len(text) <= width else dispensable.sub("", text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _brief(clause: str) -> str:
    """A clause without lists of columns, casts and join conditions."""
    clause = _PARAMETER.sub(r"$\1", clause)
    verb, _, rest = clause.partition(" ")
    if verb.upper() == "SELECT" and len(rest) > _SHORT_LIST:
        return "SELECT …"
    if join := re.match(r"(?:\w+ )*JOIN (?:LATERAL )?(\S+)", clause, re.IGNORECASE):
        return f"JOIN {join[1]}"
    if verb.upper() in ("INSERT", "VALUES", "RETURNING") and len(clause) > _SHORT_LIST:
        head = clause.partition("(")[0].rstrip()
        return f"{head} (…)" if "(" in clause else f"{verb} …"
    return clause


def _around_difference(sql: str, others: Sequence[str], width: int) -> str:
    """The beginning, and from where it differs from the one that is most like it."""
    text = _PARAMETER.sub(r"$\1", sql)
    alike = [_PARAMETER.sub(r"$\1", other) for other in others if other != sql]
    shared = max((_shared(text, other) for other in alike), default=0)
    word = text.rfind(" ", 0, shared) + 1
    head = " ".join(text.split()[:1])
    label = f"{head} … {text[word:]}" if word > len(head) + 1 else text
    return label if len(label) <= width else f"{label[: width - 1]}…"


def _shared(one: str, other: str) -> int:
    """The length of the common beginning."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
