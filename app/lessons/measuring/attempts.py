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
        "p99 from 447 requests trusted",
        edits=(('"fourth": "cannot tell"', '"fourth": "slower"'),),
        says="trusts a p99 from 447 requests",
    ),
    Attempt(
        "no difference in p99 claimed",
        edits=(('"fourth": "cannot tell"', '"fourth": "same"'),),
        says="neither a difference nor the absence of one",
    ),
    Attempt(
        "the closed loop's p99 at face value",
        edits=(('"fifth": "faster"', '"fifth": "slower"'),),
        says="takes the closed loop's p99 at face value",
    ),
    Attempt(
        "closed and open loop mistaken for a contradiction",
        edits=(('"fifth": "faster"', '"fifth": "cannot tell"'),),
        says="they answer different questions",
    ),
    Attempt(
        "partly filled in",
        edits=(('"third": "invalid"', '"third": None'), ('"fifth": "faster"', '"fifth": None')),
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
        source='answers = ["cannot tell", "invalid", "invalid", "cannot tell", "faster"]',
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
        source='answers = {"fifth": "faster", "third": "invalid", "second": "invalid",\n'
        '           "fourth": "cannot tell", "first": "cannot tell"}',
        outcome="passed",
    ),
    Attempt(
        "built from lists",
        source='names = ["first", "second", "third", "fourth", "fifth"]\n'
        'words = ["cannot tell", "invalid", "invalid", "cannot tell", "faster"]\n'
        "answers = dict(zip(names, words, strict=True))",
        outcome="passed",
    ),
    Attempt(
        "keyword arguments and underscores",
        source='answers = dict(first="cannot_tell", second="invalid", third="invalid",\n'
        '               fourth="cannot_tell", fifth="faster")',
        outcome="passed",
    ),
)
