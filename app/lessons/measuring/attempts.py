"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "faster, although the interval includes 1",
        edits=(('"first": "cannot tell"', '"first": "faster"'),),
        says="from 0.88× to 1.30× and includes 1",
    ),
    Attempt(
        "the same, because the interval includes 1",
        edits=(('"first": "cannot tell"', '"first": "same"'),),
        says="“Same” takes a narrow interval",
    ),
    Attempt(
        "sound but short, called invalid",
        edits=(('"first": "cannot tell"', '"first": "invalid"'),),
        says="only too short to answer",
    ),
    Attempt(
        "3 % errors trusted",
        edits=(('"second": "invalid"', '"second": "faster"'),),
        says="262 of the new version's 8,664 replies are errors",
    ),
    Attempt(
        "errors mistaken for a lack of requests",
        edits=(('"second": "invalid"', '"second": "cannot tell"'),),
        says="more time would not help",
    ),
    Attempt(
        "a run that measured the client trusted",
        edits=(('"third": "invalid"', '"third": "slower"'),),
        says="Both numbers are about the script",
    ),
    Attempt(
        "more of a run that measured the client",
        edits=(('"third": "invalid"', '"third": "cannot tell"'),),
        says="would still measure the script",
    ),
    Attempt(
        "one window of each trusted",
        edits=(('"fourth": "cannot tell"', '"fourth": "slower"'),),
        says="it is one window of each, and there is no interval",
    ),
    Attempt(
        "no difference claimed from one window of each",
        edits=(('"fourth": "cannot tell"', '"fourth": "same"'),),
        says="neither a difference nor the absence of one",
    ),
    Attempt(
        "the midpoint of a narrow interval trusted",
        edits=(('"fifth": "same"', '"fifth": "slower"'),),
        says="would be only 4 % slower",
    ),
    Attempt(
        "a narrow interval mistaken for a wide one",
        edits=(('"fifth": "same"', '"fifth": "cannot tell"'),),
        says="look how narrow this one is",
    ),
    Attempt(
        "partly filled in",
        edits=(('"third": "invalid"', '"third": None'), ('"fifth": "same"', '"fifth": None')),
        says='Still None: "third", "fifth"',
    ),
    Attempt(
        "a word that is not an option",
        edits=(('"third": "invalid"', '"third": "useless"'),),
        says="The third is 'useless'; choose one of",
    ),
    Attempt(
        "a key left out",
        edits=(('    "fourth": "cannot tell",\n', ""),),
        says='lacks the key "fourth"',
    ),
    Attempt(
        "a misnamed key",
        edits=(('"fifth"', '"sixth"'),),
        says='unknown key "sixth"',
    ),
    Attempt(
        "a list instead of the dict",
        source='answers = ["cannot tell", "invalid", "invalid", "cannot tell", "same"]',
        says="The check received a list",
    ),
    Attempt(
        "capitals and spaces",
        edits=(
            ('"first": "cannot tell"', '"first": " Cannot Tell "'),
            ('"second": "invalid"', '"second": "INVALID"'),
        ),
        outcome="passed",
    ),
    Attempt(
        "another order",
        source='answers = {"fifth": "same", "third": "invalid", "second": "invalid",\n'
        '           "fourth": "cannot tell", "first": "cannot tell"}',
        outcome="passed",
    ),
    Attempt(
        "built from lists",
        source='names = ["first", "second", "third", "fourth", "fifth"]\n'
        'words = ["cannot tell", "invalid", "invalid", "cannot tell", "same"]\n'
        "answers = dict(zip(names, words, strict=True))",
        outcome="passed",
    ),
    Attempt(
        "keyword arguments and underscores",
        source='answers = dict(first="cannot_tell", second="invalid", third="invalid",\n'
        '               fourth="cannot_tell", fifth="same")',
        outcome="passed",
    ),
)
