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


def test_the_text_of_a_notebook_holds_sources_outputs_and_metadata():
    notebook = {"cells": [{"source": 'a "b"', "outputs": [{"data": {"text/html": "<p>c"}}], "metadata": {"k": ["d"]}}]}
    text = notebook_text(notebook)
    assert all(part in text for part in ('a "b"', "<p>c", "d"))
