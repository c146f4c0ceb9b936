"""What a profile makes of sampled stacks."""

import sysconfig
from html import unescape
from pathlib import Path

import pytest

from app.lab.serving.stacks import Frame, Samples, merged, of_application, of_event_loops
from app.lab.tools.profiling.profile import Profile
from app.lab.tools.profiling.py_spy import PySpyFailed, PySpyRefused, check, parsed

LIBRARY = sysconfig.get_path("purelib")
STANDARD = sysconfig.get_path("stdlib")
RAW = f"""\
run_thread ({Path("app/lab/serving/loop.py").resolve()}:10);run ({STANDARD}/asyncio/events.py:5);page (/srv/page.py:3);Label.clean (/srv/page.py:9);Label.clean.<locals>.<genexpr> (/srv/page.py:10) 60
run_thread ({Path("app/lab/serving/loop.py").resolve()}:10);run ({STANDARD}/asyncio/events.py:5);page (/srv/page.py:3);execute ({LIBRARY}/sqlalchemy/engine.py:7) 30
run_thread ({Path("app/lab/serving/loop.py").resolve()}:10);select ({STANDARD}/selectors.py:5) 9
_bootstrap ({STANDARD}/threading.py:1);work ({STANDARD}/threading.py:2) 1
"""  # noqa: E501


def profile(text: str = RAW, note: str = "") -> Profile:
    return Profile("/page", parsed(text), "py-spy", "py-spy record", 12, note)


def test_a_function_s_share_includes_what_it_calls() -> None:
    seen = profile()
    assert (seen.share("page"), seen.share("clean"), seen.share("nothing")) == (0.9, 0.6, 0)
    rows = [list(row) for row in seen.functions().rows]
    assert rows == [
        ["Label.clean (page.py:9)", "60 %", "60 %"],
        ["page (page.py:3)", "30 %", "90 %"],
    ]


def test_libraries_are_folded_into_one_line() -> None:
    lines = [line.strip() for line in profile().text().splitlines()]
    assert lines == [
        "100 % all samples",
        "90 %   the lab > asyncio",
        "90 %     page (page.py:3)",
        "60 %       Label.clean (page.py:9)",
        "30 %       sqlalchemy",
        "9 %   the lab > selectors",
        "1 %   threading",
    ]


def test_the_flame_graph_shows_what_the_text_shows() -> None:
    seen = profile(note="A `remedy`.")
    html = seen._repr_html_()
    graph = unescape(html.partition('srcdoc="')[2].partition('"')[0])
    for line in seen.text().splitlines():
        label = line.partition("% ")[2].strip()
        assert f'"n": "{label}"' in graph
    assert "<code" in html
    assert "<table" in html
    assert 'sandbox="allow-scripts"' in html
    assert "A `remedy`." in str(seen)


def test_no_text_of_a_frame_ends_the_script() -> None:
    html = profile("</script><b> (/srv/page.py:3) 5\n")._repr_html_()
    graph = unescape(html.partition('srcdoc="')[2].partition('"')[0])
    assert graph.count("</script>") == 1
    assert "the processes did nothing" in profile("")._repr_html_()


def test_samples_of_several_processes_are_told_apart() -> None:
    text = 'process 7:"python -m x";page (/a.py:1) 3\nprocess 8:"python";page (/a.py:1) 1\n'
    seen = profile(text)
    assert seen.processes == ("process 7", "process 8")
    assert seen.share("page") == 1
    assert "process 7" in seen.text()


def test_only_threads_that_matter_are_kept() -> None:
    samples = parsed(RAW)
    assert sum(of_event_loops(samples).values()) == 99
    other: Samples = {(Frame("work", "/srv/page.py", 1),): 5.0}
    assert of_application(merged([samples, other])) == {**of_event_loops(samples), **other}


@pytest.mark.parametrize(
    ("file", "package"),
    [
        (f"{LIBRARY}/starlette/routing.py", "starlette"),
        (f"{STANDARD}/selectors.py", "selectors"),
        ("<frozen importlib._bootstrap>", "importlib"),
        ("<built-in>", "sleep (built in)"),
        ("/srv/shop/page.py", None),
        ("/tmp/ipykernel_5/1.py", None),
    ],
)
def test_a_frame_knows_its_library(file: str, package: str | None) -> None:
    assert Frame("sleep", file).package == package


def test_failures_are_told_apart() -> None:
    check(0, "")
    with pytest.raises(PySpyRefused, match=r"ptrace|sudo|administrator"):
        check(1, "Permission Denied: Try running again with elevated permissions")
    with pytest.raises(PySpyFailed, match="No such process"):
        check(1, "\nError: No such process (os error 3)\n")
