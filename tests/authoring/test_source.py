import pytest

from tinyml_course.authoring.source import SourceCell, check_markers, read_source
from tinyml_course.errors import InputError, LessonError

SOLVED = """def f(a):
    ### BEGIN SOLUTION complete this line
    return a
    ### END SOLUTION
    # after"""


def test_a_solution_becomes_a_blank_that_names_its_task():
    cell = SourceCell("code", SOLVED, task="04.2")
    assert cell.has_solution
    assert cell.without_solution() == (
        'def f(a):\n    raise NotImplementedError("complete this line: task 04.2")\n    # after'
    )
    assert cell.with_solution() == "def f(a):\n    return a\n    # after"
    assert cell.solution_lines() == ["    return a"]


@pytest.mark.parametrize("what", ['say "no"', "a\\b", "it's {x}", "µ → 3"])
def test_a_blank_is_python_whatever_its_text(what):
    cell = SourceCell("code", f"### BEGIN SOLUTION {what}\na\n### END SOLUTION", task="04.2")
    with pytest.raises(NotImplementedError) as raised:
        exec(compile(cell.without_solution(), "<cell>", "exec"))
    assert str(raised.value) == f"{what}: task 04.2"


@pytest.mark.parametrize("line", ["# the solution is near", "# in the end, one solution", "x = 'BEGIN SOLUTION'"])
def test_prose_is_no_marker(tmp_path, line):
    check_markers(["# %%", line], tmp_path)


def test_two_solutions_in_a_cell():
    cell = SourceCell("code", "### BEGIN SOLUTION\na\n### END SOLUTION\nb\n### BEGIN SOLUTION\nc\n### END SOLUTION")
    assert cell.without_solution().count("NotImplementedError") == 2
    assert "write your code here" in cell.without_solution()
    assert cell.with_solution() == "a\nb\nc"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# %%\n### BEGIN SOLUTION\na", ":2: .*before the file ends"),
        ("# %%\na\n### END SOLUTION", ":3: .*none has begun"),
        ("# %%\n### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", ":3: .*line 2"),
        ("# %%\n### BEGIN SOLUTION\n# %%\n### END SOLUTION", ":2: .*before its cell ends .line 3"),
        ("# %%\n## BEGIN SOLUTION\na", ":2: expected '### BEGIN SOLUTION'"),
        ("# %%\nx = 1  ### END SOLUTION", ":2: expected"),
        ("# %%\n### begin solution", ":2: expected"),
        ("# %%\n### BEGIN HIDDEN TESTS", ":2: expected"),
        ("# %%\n### BEGIN_SOLUTION", ":2: expected"),
        ("# %%\n### BEGIN: SOLUTION", ":2: expected"),
        ("# %%\n# Begin of the solution", ":2: expected"),
        ("# %%\n### START SOLUTION", ":2: expected"),
        ("# %%\n### SOLUTION BEGIN", ":2: expected"),
        ("# %%\n### BEGIN SOLUTIONS", ":2: expected"),
        ("# %%\n### BEGIN SOLUTION\n\n### END SOLUTION\nreturn a", ":2: this solution is empty"),
        ("# %%\n### BEGIN SOLUTION\na\n#%%\nreturn a\n### END SOLUTION", ":2: .*before its cell ends .line 4"),
        ("# %%\n### BEGIN SOLUTION\na\n# In[3]:\nb\n### END SOLUTION", ":2: .*before its cell ends .line 4"),
        ("# %%\n### BEGIN SOLUTION\na\n# <codecell>\nb\n### END SOLUTION", ":2: .*before its cell ends .line 4"),
        ("# %%\n### BEGIN SOLUTION\na\n  # %%\nb\n### END SOLUTION", ":2: .*before its cell ends .line 4"),
    ],
)
def test_unbalanced_markers_are_refused_with_file_and_line(tmp_path, text, message):
    path = tmp_path / "exercise.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match=rf"exercise\.py{message}"):
        read_source(path)


def test_balanced_markers_pass(tmp_path):
    check_markers(["# %%", "  ### BEGIN SOLUTION fill", "  a", "  ### END SOLUTION"], tmp_path)


def test_cells_keep_names_tasks_tags_and_facts(tmp_path):
    path = tmp_path / "lesson.py"
    path.write_text(
        '# %% [markdown] intro tags=["x"]\n# {gpt3.layers}\n\n# %% task="01.2" nbgrader={"points": 3}\nf"{a.b}"\n\n'
        '# %% [markdown] include="01.2"\n\n# %%\n',
        encoding="utf-8",
    )
    intro, code, include = read_source(path)
    assert (intro.kind, intro.name, intro.text, intro.metadata) == ("markdown", "intro", "96 layers", {"tags": ["x"]})
    assert (code.kind, code.task, code.text) == ("code", "01.2", 'f"{a.b}"')
    assert code.metadata == {"nbgrader": {"points": 3}}
    assert include.include == "01.2"


def test_an_unknown_fact_in_a_text_is_refused(tmp_path):
    path = tmp_path / "lesson.py"
    path.write_text("# %% [markdown]\n# {gpt3.nothing}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"gpt3\.nothing"):
        read_source(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_source_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "lesson.py"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LessonError, match=r"lesson\.py"):
        read_source(path)
