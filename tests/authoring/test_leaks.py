import pytest

from tinyml_course.authoring.leaks import find_leaks, notebook_text, solution_lines
from tinyml_course.authoring.source import SourceCell

CELLS = [
    SourceCell("code", "shared = len(range(10))\n### BEGIN SOLUTION\nshared = len(range(10))\nanswer = secret_way(1)\n"
                       "x = 1\n# a comment that is quite long\n### END SOLUTION"),
]  # fmt: skip


def test_only_lines_that_say_something_and_are_not_shown_anyway_count():
    assert solution_lines(CELLS) == ["answer=secret_way(1)"]


def test_a_leak_is_found_however_it_is_spaced():
    assert find_leaks(CELLS, {"a.ipynb": "  answer  =secret_way( 1 )", "b.ipynb": "answer = other_way(1)"}) == [
        "a.ipynb holds a line of the solution: answer=secret_way(1)"
    ]


HIDDEN = [
    SourceCell(
        "code",
        "def f(a, b):\n    ### BEGIN SOLUTION\n    if a < b and 'x' in b:\n        return a\n    ### END SOLUTION",
    )
]


@pytest.mark.parametrize(
    "text",
    [
        "if a &lt; b and &#39;x&#39; in b:",
        'if a < b and "x" in b:',
        "\x1b[38;5;28;01mif\x1b[39;00m a \x1b[38;5;241m<\x1b[39m b and 'x' in b:",
        '<span class="k">if</span> <span class="n">a</span> &lt; b and "x" in b:',
        '{"value": "if a < b and \\"x\\" in b:\\n    return a"}',
        "if a <\n    b and\\n 'x' in b:",
    ],
    ids=["HTML", "quotes", "a terminal's colours", "a web page's colours", "JSON in JSON", "lines"],
)
def test_a_leak_is_found_however_an_output_writes_it(text):
    assert len(find_leaks(HIDDEN, {"a.ipynb": f"before {text} behind"})) == 1


def test_a_solution_that_the_exercise_shows_anyway_is_found():
    solved = "def f(a):\n    ### BEGIN SOLUTION\n    return 2*a\n    ### END SOLUTION"
    cells = [SourceCell("code", solved, task="77.1"), SourceCell("code", "def g(a):\n    return 2 * a")]
    assert find_leaks(cells[:1], {}) == []
    assert find_leaks(cells, {}) == ["The exercise shows the whole solution of task 77.1."]


def test_what_only_the_solution_has_is_a_secret_too():
    cells = [
        SourceCell("code", "### BEGIN SOLUTION\nanswer = secret_way(1)\n### END SOLUTION", task="77.1"),
        SourceCell(
            "code", "from somewhere import x\ntable = compare_with(answer)", metadata={"tags": ["solution-only"]}
        ),
    ]
    found = find_leaks(cells, {"a": "table = compare_with(answer)", "b": "from somewhere import x"})
    assert found == ["a holds a line of the solution: table=compare_with(answer)"]


def test_the_text_of_a_notebook_holds_sources_outputs_and_metadata():
    notebook = {
        "cells": [{"source": 'a "b"', "outputs": [{"data": {"text/html": "<p>c"}}], "metadata": {"key": ["d"]}}]
    }
    text = notebook_text(notebook)
    assert all(part in text for part in ('a "b"', "<p>c", "d", "key"))
