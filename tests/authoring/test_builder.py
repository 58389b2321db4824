import json
import shutil
import sys

import nbformat
import pytest
from small_course import CHECKS, EXERCISE, LESSON, NAME, write, write_modules

from tinyml_course.authoring.builder import build, check, plan_lesson
from tinyml_course.errors import LessonError


def read(course, folder):
    return nbformat.read(course / folder / f"{NAME}.ipynb", as_version=4)


def test_three_notebooks_are_made_and_are_no_drift(built):
    assert check(built) == []
    lesson, exercise, solution = (read(built, folder) for folder in ("notebooks", "exercises", "solutions"))
    assert lesson.cells[0].source == "# A lesson about 96 layers"
    assert lesson.cells[2].outputs[0].data["text/plain"] == "2"
    assert [cell.source for cell in lesson.cells[3:5]] == [exercise.cells[1].source, "Double it."]
    assert "return number * twice" in solution.cells[3].source
    assert "BEGIN" not in json.dumps(solution)
    assert solution.cells[-1].source == "Because."
    assert exercise.cells[-1].source == 'check("77.1", double)'


def test_learners_get_the_blank_and_no_solution(built):
    blank = 'raise NotImplementedError("complete this line: task 77.1")'
    for folder in ("notebooks", "exercises"):
        text = (built / folder / f"{NAME}.ipynb").read_text(encoding="utf-8")
        assert json.dumps(blank)[1:-1] in text
        assert "return number * twice" not in text
        assert "Because." not in text


def test_exercises_are_not_run_and_the_others_are(built):
    assert all(cell.execution_count is None and not cell.outputs for cell in code_cells(read(built, "exercises")))
    for folder in ("notebooks", "solutions"):
        counts = [cell.execution_count for cell in code_cells(read(built, folder))]
        assert counts == list(range(1, len(counts) + 1))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_exercises_carry_nbgrader_metadata(built):
    marks = [cell.metadata["nbgrader"] for cell in read(built, "exercises").cells]
    assert all(mark["schema_version"] == 3 and mark["task"] is False for mark in marks)
    answer, check_cell = marks[-2:]
    assert (answer["solution"], answer["grade"], answer["locked"]) == (True, False, False)
    assert answer["grade_id"] == "task-77-1-answer"
    assert (check_cell["solution"], check_cell["grade"], check_cell["locked"]) == (False, True, True)
    assert check_cell["points"] == 4
    assert len({mark["grade_id"] for mark in marks}) == len(marks)
    assert not any("nbgrader" in cell.metadata for cell in read(built, "notebooks").cells)


def test_what_an_author_writes_for_nbgrader_stays(course):
    marked = EXERCISE.replace('# %% task="77.1"\ncheck(', '# %% task="77.1" nbgrader={"points": 9}\ncheck(')
    write(course, exercise=marked)
    cell = plan_lesson(course, NAME).notebooks["exercise"].cells[-1]
    assert (cell.metadata["nbgrader"]["points"], cell.metadata["nbgrader"]["grade"]) == (9, True)


def test_building_twice_gives_the_same_bytes(built):
    def content():
        return {path: path.read_bytes() for path in built.rglob("*.*") if path.suffix in (".ipynb", ".json")}

    before = content()
    report = build(built)
    assert report.written == ()
    assert len(report.unchanged) == 4
    assert content() == before


def test_nothing_of_this_machine_is_in_a_notebook(built):
    for folder in ("notebooks", "exercises", "solutions"):
        notebook = read(built, folder)
        assert notebook.metadata == {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
        assert not any("execution" in cell.metadata for cell in notebook.cells)


def test_a_small_edit_changes_one_line(built):
    before = (built / "exercises" / f"{NAME}.ipynb").read_text(encoding="utf-8").splitlines()
    write(built, exercise=EXERCISE.replace("Double it.", "Double the number."))
    build(built)
    after = (built / "exercises" / f"{NAME}.ipynb").read_text(encoding="utf-8").splitlines()
    assert len(after) == len(before)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize(
    "drift",
    [
        lambda nb: nb.cells.pop(),
        lambda nb: nb.cells[0].update(source="another title"),
        lambda nb: nb.cells[0].update(id="other"),
        lambda nb: nb.cells[1].metadata.update(tags=["other"]),
        lambda nb: nb.cells.reverse(),
    ],
)
@pytest.mark.parametrize("folder", ["notebooks", "exercises", "solutions"])
def test_drift_is_found(built, folder, drift):
    path = built / folder / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    drift(notebook)
    nbformat.write(notebook, path)
    assert [problem for problem in check(built) if folder in problem and "drifted" in problem]


def test_opening_running_and_saving_in_jupyterlab_is_no_drift(built):
    path = built / "notebooks" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.language_info.version = "3.12.1"
    notebook.cells[2].metadata["scrolled"] = True
    notebook.cells[2].execution_count = 17
    notebook.cells[2].outputs = []
    nbformat.write(notebook, path)
    assert check(built) == []


@pytest.mark.parametrize("content", ["{", "[]", '{"cells": 3}', ""])
def test_what_is_no_notebook_is_named(built, content):
    (built / "solutions" / f"{NAME}.ipynb").write_text(content, encoding="utf-8")
    assert any(f"solutions/{NAME}.ipynb" in problem for problem in check(built))


def test_missing_unrun_and_stray_notebooks_are_named(built):
    (built / "exercises" / f"{NAME}.ipynb").unlink()
    (built / "notebooks" / "78_stray.ipynb").write_text("{}", encoding="utf-8")
    notebook = read(built, "solutions")
    code_cells(notebook)[0].execution_count = None
    nbformat.write(notebook, built / "solutions" / f"{NAME}.ipynb")
    problems = "\n".join(check(built))
    assert f"exercises/{NAME}.ipynb is missing" in problems
    assert "notebooks/78_stray.ipynb has no source" in problems
    assert "were not run" in problems


def test_outputs_in_an_exercise_are_found(built):
    notebook = read(built, "exercises")
    code_cells(notebook)[0].outputs = [nbformat.v4.new_output("stream", text="42")]
    nbformat.write(notebook, built / "exercises" / f"{NAME}.ipynb")
    assert any("holds outputs" in problem for problem in check(built))


def test_a_leak_in_a_text_stops_the_build(course):
    write(course, exercise=EXERCISE.replace("Double it.", "Write: return number * twice  # why"))
    with pytest.raises(LessonError, match=r"leaks.*exercises/77_small\.ipynb"):
        build(course)
    assert not list(course.rglob("*.ipynb"))


def test_a_leak_in_an_output_stops_the_build(course):
    write(
        course,
        lesson=(course / "content" / NAME / "lesson.py").read_text()
        + '\n# %%\nprint("return number *", "twice  # why")\n',
    )
    with pytest.raises(LessonError, match=r"leaks.*notebooks/77_small\.ipynb"):
        build(course)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "77_small, lesson does not run.*ZeroDivisionError"),
        ("import sys; print('careful', file=sys.stderr)", "77_small, lesson: code cell .* standard error.*careful"),
        ("import warnings; warnings.warn('old')", "standard error"),
    ],
)
def test_a_lesson_that_fails_or_warns_is_not_written(course, code, message):
    write(course, lesson=LESSON.replace('\n# %% [markdown] include="77.1"\n', f"\n# %%\n{code}\n"))
    with pytest.raises(LessonError, match=f"(?s){message}"):
        build(course)
    assert not list(course.rglob("*.ipynb"))


def test_a_cell_that_takes_too_long_is_stopped(course):
    write(course, lesson=LESSON.replace('\n# %% [markdown] include="77.1"\n', "\n# %%\nimport time; time.sleep(60)\n"))
    with pytest.raises(LessonError, match="77_small, lesson does not run"):
        build(course, timeout_s=1)


@pytest.mark.parametrize(
    ("lesson", "exercise", "message"),
    [
        (LESSON.replace("77.1** d", "77.2** d"), EXERCISE, r"77\.1.*does not promise"),
        (LESSON + "\n# %% [markdown]\n", EXERCISE.replace('check("77.1", double)', "1"), "calls its check"),
        (LESSON, EXERCISE.replace("    ### BEGIN SOLUTION complete this line\n", "")
                         .replace("    ### END SOLUTION\n", ""), "one cell with its solution"),
        (LESSON.replace('["objectives"]', '["x"]'), EXERCISE, "promises nothing"),
        (LESSON.replace('include="77.1"', 'include="77.9"'), EXERCISE, r"includes task 77\.9"),
        (LESSON.replace("sum tags", "title tags"), EXERCISE, "different names"),
        (LESSON, EXERCISE.replace("def double(", "def twofold("), "defines no function double"),
    ],
)  # fmt: skip
def test_objectives_tasks_and_checks_must_match(course, lesson, exercise, message):
    write(course, lesson, exercise)
    with pytest.raises(LessonError, match=message):
        plan_lesson(course, NAME)


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        (CHECKS.replace("Check(\n", "Chek(\n"), "checks.py does not run: NameError"),
        ("CHECKS = [1]", "a tuple of checks"),
        (CHECKS.replace("77.1", "76.1"), r"own objectives in their order, got \['76\.1'\]"),
        (CHECKS.replace("[(3,)]", "[]"), "the part 'all' has no questions"),
    ],
)
def test_definitions_of_checks_must_be_sound(course, checks, message):
    write(course, checks=checks)
    with pytest.raises(LessonError, match=message):
        plan_lesson(course, NAME)


def test_a_lesson_without_checks_is_refused(course):
    (course / "content" / NAME / "checks.py").unlink()
    with pytest.raises(LessonError, match=r"has no checks\.py and no checks/__init__\.py"):
        plan_lesson(course, NAME)


def test_checks_in_modules_of_a_folder_make_the_same(course):
    single = plan_lesson(course, NAME)
    write_modules(course, doubling=CHECKS, __init__="from .doubling import CHECKS\n")
    assert plan_lesson(course, NAME).sheets == single.sheets
    write_modules(course, doubling=CHECKS.replace("2 * a", "2 * a + 3"))
    assert [sheet.expected for sheet in plan_lesson(course, NAME).sheets] == [(9,)]
    assert not [name for name in sys.modules if NAME in name]


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"__init__": "from .doubling import CHECKS", "doubling": "\nCHECKS = one"},
         r"checks/__init__\.py does not run: NameError: .*'one'.* \(doubling\.py, line 2\)"),
        ({"__init__": "from .doubling import CHECKS", "doubling": "CHECKS = ("},
         r"checks/__init__\.py does not run: SyntaxError: .*\(doubling\.py, line 1\)$"),
        ({"__init__": "from .tripling import CHECKS"}, "does not run: ModuleNotFoundError: .*tripling"),
        ({"__init__": ""}, r"checks/__init__\.py should define CHECKS"),
        ({"doubling": CHECKS}, r"no checks/__init__\.py"),
    ],
)  # fmt: skip
def test_modules_of_checks_must_be_sound(course, modules, message):
    write_modules(course, **modules)
    with pytest.raises(LessonError, match=message):
        plan_lesson(course, NAME)


def test_a_file_and_a_folder_of_checks_contradict_each_other(course):
    write_modules(course, __init__=CHECKS)
    write(course, checks=CHECKS)
    with pytest.raises(LessonError, match="keep one of them"):
        plan_lesson(course, NAME)


def test_sheets_that_have_drifted_are_found(built):
    assert check(built) == []
    path = built / "tinyml_course" / "grading" / "sheets" / "77.json"
    text = path.read_text()
    for damaged in (text.replace("[6]", "[7]"), text[:50], text.replace('{"version": ', '{"version": 9')):
        path.write_text(damaged)
        assert "sheets/77.json has drifted" in " ".join(check(built))
    path.write_text(text)
    (path.parent / "78.json").write_text(text)
    assert "78.json has no source" in " ".join(check(built))


def test_a_lesson_that_is_not_there_is_named_with_those_that_are(course):
    with pytest.raises(LessonError, match=r"'99'.*77_small"):
        build(course, ["99"])


def test_folders_need_a_number(course):
    (course / "content" / "drafts").mkdir()
    with pytest.raises(LessonError, match="content/drafts"):
        build(course)


def test_some_lessons_can_be_chosen_by_number(course):
    assert len(build(course, ["77"]).written) == 4


def test_a_solution_in_any_lesson_or_in_the_package_is_found(built):
    secret = "return number * twice"
    other = built / "exercises" / "78_other.ipynb"
    path = built / "tinyml_course" / "grading" / "helper.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"def f(number):\n    {secret}\n", encoding="utf-8")
    assert "tinyml_course/grading/helper.py holds a line of the solution: returnnumber*twice" in check(built)
    path.unlink()
    folder = built / "content" / "78_other"
    shutil.copytree(built / "content" / NAME, folder)
    for file in folder.glob("*.py"):
        text = (
            file.read_text(encoding="utf-8")
            .replace("77.1", "78.1")
            .replace("return number * twice", "return 2 * number")
        )
        file.write_text(text.replace("1 + 1", f'"{secret}"'), encoding="utf-8")
    with pytest.raises(LessonError, match=r"notebooks/78_other\.ipynb holds a line .*: returnnumber\*twice"):
        build(built)
    assert not other.exists()


def test_a_solution_in_an_output_of_html_is_found(course):
    shown = "from IPython.display import HTML\nHTML('<b>return</b> number &#42; twice')"
    write(course, lesson=LESSON.replace("1 + 1", shown))
    with pytest.raises(LessonError, match=r"A solution leaks\. notebooks/77_small\.ipynb"):
        build(course)


def test_a_solution_outside_of_its_markers_is_found(course):
    moved = EXERCISE.replace("    ### END SOLUTION\n", "").replace("    return", "    ### END SOLUTION\n    return")
    write(course, exercise=moved)
    with pytest.raises(LessonError, match="this solution is empty"):
        build(course)


def test_a_solution_that_is_written_down_twice_is_found(course):
    again = EXERCISE.replace(
        '\n# %% task="77.1"\ncheck(',
        '\n# %%\ndef f(number):\n    return number * twice  # why\n\n# %% task="77.1"\ncheck(',
    )
    assert again != EXERCISE
    write(course, exercise=again)
    with pytest.raises(LessonError, match=r"The exercise shows the whole solution of task 77\.1"):
        build(course)
