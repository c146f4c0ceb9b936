"""The exercise's measurements, and what each wrong verdict overlooks."""

from collections.abc import Mapping
from dataclasses import dataclass

OPTIONS = ("faster", "slower", "same", "cannot tell", "invalid")


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement, its right verdict, and why every other one is wrong."""

    name: str
    right: str
    mistakes: Mapping[str, str]
    """The explanation for each wrong option; completes "The first measurement, “faster”: …"."""


CASES = (
    Case(
        "first",
        "cannot tell",
        {
            "faster": (
                "1.07× is only the midpoint. The interval runs from 0.88× to 1.30× and "
                "includes 1: the new version may just as well be slower."
            ),
            "slower": (
                "part of the interval lies below 1, but a larger part above. From 0.88× to "
                "1.30×, it could be either."
            ),
            "same": (
                "the interval includes 1, but it runs from 12 % slower to 30 % faster. “Same” "
                "takes a narrow interval."
            ),
            "invalid": (
                "nothing is wrong with this run: no errors, versions interleaved, an "
                "interval. It is only too short to answer the question."
            ),
        },
    ),
    Case(
        "second",
        "invalid",
        {
            "faster": (
                "262 of the new version's 8,664 replies are errors, 3 %. Errors are quick to "
                "send, and wrk counts them as requests like any other."
            ),
            "slower": (
                "the new version has the higher number of requests. The question is what kind "
                "of requests they were: look at the line that only the new version has."
            ),
            "same": (
                "1,145 and 1,710 are far apart. But look at the line that only the new version has."
            ),
            "cannot tell": (
                "more time would not help. 3 % of the new version's replies are errors, so it "
                "does not do the work of the old one, however long you measure."
            ),
        },
    ),
    Case(
        "third",
        "invalid",
        {
            "faster": (
                "the new version has the lower number. But first compare the processor time "
                "of the script with that of the server: whose limit is this?"
            ),
            "slower": (
                "the script used 94 and 95 % of a core, and the server spent most of the time "
                "waiting for it. Both numbers are about the script. Measured with a client "
                "that has headroom, the new version was about twice as fast."
            ),
            "same": (
                "724 and 429 are far apart. But first compare the processor time of the "
                "script with that of the server: whose limit is this?"
            ),
            "cannot tell": (
                "more of the same would still measure the script. It used a whole core while "
                "the server waited for it."
            ),
        },
    ),
    Case(
        "fourth",
        "cannot tell",
        {
            "faster": (
                "the new version has the lower number. And how far apart may two windows of "
                "one and the same server lie?"
            ),
            "slower": (
                "27 % looks like a lot, but it is one window of each, and there is no interval. "
                "Look how far apart the lesson's windows of a single server lie. (The two "
                "versions were the same program.)"
            ),
            "same": (
                "nothing shows that. One window of each, one after the other, shows neither a "
                "difference nor the absence of one."
            ),
            "invalid": (
                "the run is sound as far as it goes: no errors, and wrk was far from its limit. "
                "It is a single pair of windows, and more of them would help."
            ),
        },
    ),
    Case(
        "fifth",
        "same",
        {
            "faster": "the midpoint lies below 1, and the interval includes 1.",
            "slower": (
                "the midpoint lies below 1, but the interval includes 1. And even at its lower "
                "end the new version would be only 4 % slower."
            ),
            "cannot tell": (
                "the interval includes 1, as in the first measurement. But look how narrow this "
                "one is: a difference of more than a few percent is ruled out."
            ),
            "invalid": (
                "nothing is wrong with this run: no errors, versions interleaved, and a client "
                "that could do more."
            ),
        },
    ),
)
