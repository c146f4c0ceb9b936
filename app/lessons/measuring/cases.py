"""The measurements of the exercise notebook, and what each wrong decision overlooks."""

from collections.abc import Mapping
from dataclasses import dataclass

OPTIONS = ("faster", "slower", "same", "cannot tell", "invalid")


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement."""

    name: str
    right: str
    mistakes: Mapping[str, str]
    """For each of the other options, why it is wrong."""


CASES = (
    Case(
        "first",
        "cannot tell",
        {
            "faster": (
                "1.07× is only the middle. The interval goes from 0.88× to 1.30×, and 1 lies in "
                "it: the new version may as well be slower."
            ),
            "slower": (
                "a part of the interval lies below 1, and a larger part above. From 0.88× to "
                "1.30×, it may be either."
            ),
            "same": (
                "the interval holds 1, but it reaches from 12 % slower to 30 % faster. “The "
                "same” takes an interval that is narrow, too."
            ),
            "invalid": (
                "nothing is wrong with this run: no errors, the versions in turn, an interval. "
                "It is only too short for the question."
            ),
        },
    ),
    Case(
        "second",
        "invalid",
        {
            "faster": (
                "262 of the new version's 8,664 replies are errors, 3 %. An error is quickly "
                "sent, and wrk counts it as a request like any other."
            ),
            "slower": (
                "the new version has the larger number of requests. The question is what kind "
                "of requests they were: look at the line that only the new version has."
            ),
            "same": (
                "1,145 and 1,710 are far apart. But look at the line that only the new version has."
            ),
            "cannot tell": (
                "more time would not help. 3 % of the new version's replies are errors, so it "
                "does not do the work that the old one does, however long you measure."
            ),
        },
    ),
    Case(
        "third",
        "invalid",
        {
            "faster": (
                "the number of the new version is the lower one. But before that, compare the "
                "processor time of the script with that of the server: whose limit is this?"
            ),
            "slower": (
                "the script used 94 and 95 % of a core, and the server waited for it most of "
                "the time. These are two numbers about the script. Measured with a client that "
                "has room to spare, the new version was about twice as fast."
            ),
            "same": (
                "724 and 429 are far apart. But before that, compare the processor time of the "
                "script with that of the server: whose limit is this?"
            ),
            "cannot tell": (
                "more of this would still measure the script. It used a whole core, and the "
                "server waited for it."
            ),
        },
    ),
    Case(
        "fourth",
        "cannot tell",
        {
            "faster": (
                "the p99 of the new version is the higher one. But how many requests does it "
                "rest on?"
            ),
            "slower": (
                "you trust a p99 from 447 requests. It rests on the four slowest, and one bad "
                "moment supplies four; 10,000 requests are the least for a p99. (The two "
                "versions were the same program.)"
            ),
            "same": (
                "nothing shows that. A p99 from 410 and one from 447 requests say neither that "
                "the two differ nor that they do not."
            ),
            "invalid": (
                "the run is sound as far as it goes: no errors, and wrk is far from its limit. "
                "It has too few requests for a p99, and more of them would help."
            ),
        },
    ),
    Case(
        "fifth",
        "faster",
        {
            "slower": (
                "you took the closed loop's p99 at face value. Its 8 clients wait while the old "
                "version stands still, so they ask nothing when it would hurt most. Visitors do "
                "not wait for each other."
            ),
            "same": (
                "in the open loop the two are far apart in p90 and p99, and each p99 rests on "
                "more than 10,000 requests."
            ),
            "cannot tell": (
                "the two loops do not contradict each other, they answer different questions. "
                "The open one sends requests as these visitors come, and it has enough of them "
                "for a p99."
            ),
            "invalid": (
                "all four runs are sound. Closed and open loop answer different questions, and "
                "one of these is the question that was asked."
            ),
        },
    ),
)
