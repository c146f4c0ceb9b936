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
                "the new version has the higher p99. But how many requests does it rest on?"
            ),
            "slower": (
                "this trusts a p99 from 447 requests. It rests on the four slowest, and one "
                "bad moment can supply all four; a p99 takes at least 10,000 requests. (The "
                "two versions were the same program.)"
            ),
            "same": (
                "nothing shows that. From 410 and 447 requests, the p99 shows neither a "
                "difference nor the absence of one."
            ),
            "invalid": (
                "the run is sound as far as it goes: no errors, and wrk is far from its "
                "limit. It has too few requests for a p99, and more would help."
            ),
        },
    ),
    Case(
        "fifth",
        "faster",
        {
            "slower": (
                "this takes the closed loop's p99 at face value. Its 8 clients wait while the "
                "old version stalls, so they send nothing when it would hurt most. Visitors "
                "do not wait for each other."
            ),
            "same": (
                "in the open loop the two are far apart at p90 and p99, and each p99 rests on "
                "more than 10,000 requests."
            ),
            "cannot tell": (
                "the two loops do not contradict each other; they answer different questions. "
                "The open one sends requests the way these visitors do, and has enough of "
                "them for a p99."
            ),
            "invalid": (
                "all four runs are sound. Closed and open loop answer different questions, "
                "and one of these is the question asked."
            ),
        },
    ),
)
